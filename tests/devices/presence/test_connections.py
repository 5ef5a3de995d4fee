"""Who is connected and who is online: the writes that stream processes and the presence task do in batches (R23)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from devices.models import Device, Stream
from devices.presence import connections
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def make_device(**facts) -> Device:
    """One that can connect: it has a secret."""
    return make.make_device(secret=str(uuid4()), **facts)


def a_process(last_seen=NOW) -> UUID:
    return Stream.objects.create(pk=uuid4(), host="here", started_at=NOW, last_seen=last_seen).pk


def test_connecting_makes_online_and_counts_as_a_change_of_the_page():
    process, offline, online = a_process(), make_device(online=False), make_device(online=True)
    since = online.online_since
    assert connections.connected(process, [online.pk, offline.pk], LATER) == {}
    offline.refresh_from_db()
    online.refresh_from_db()
    assert (offline.stream, offline.online, offline.online_since, offline.last_contact) == (process, True, LATER, LATER)
    assert offline.revision == 1
    assert (online.online_since, online.last_contact, online.revision) == (since, LATER, 0)


def test_connecting_elsewhere_names_the_process_that_had_it():
    first, second, device = a_process(), a_process(), make_device()
    connections.connected(first, [device.pk], NOW)
    assert connections.connected(second, [device.pk], LATER) == {first: [device.pk]}
    assert connections.connected(second, [device.pk], LATER) == {}


def test_the_end_of_a_connection_counts_only_for_the_process_that_has_the_device():
    first, second, device = a_process(), a_process(), make_device()
    connections.connected(first, [device.pk], NOW)
    connections.connected(second, [device.pk], NOW)
    assert connections.disconnected(first, [device.pk], LATER) == 0
    device.refresh_from_db()
    assert device.stream == second
    assert connections.disconnected(second, [device.pk], LATER) == 1
    device.refresh_from_db()
    assert (device.stream, device.last_contact, device.online) == (None, LATER, True)


def test_a_device_is_offline_a_minute_after_its_connection_ended_not_sooner():
    process, device = a_process(), make_device(online=False)
    connections.connected(process, [device.pk], NOW)
    connections.mark_silent_offline(NOW + timedelta(days=1))
    device.refresh_from_db()
    assert device.online, "an open connection is contact"
    connections.disconnected(process, [device.pk], LATER)
    assert connections.mark_silent_offline(LATER + timedelta(seconds=60)) == 0
    assert connections.mark_silent_offline(LATER + timedelta(seconds=61)) == 1
    device.refresh_from_db()
    assert (device.online, device.online_since, device.last_contact, device.revision) == (False, None, LATER, 2)


def test_a_client_that_only_asks_is_online_by_its_calls():
    device = make_device(online=False)
    connections.record_contact(device, NOW)
    device.refresh_from_db()
    assert (device.online, device.online_since, device.last_contact) == (True, NOW, NOW)
    connections.mark_silent_offline(NOW + timedelta(seconds=61))
    device.refresh_from_db()
    assert not device.online


def test_a_dead_process_loses_its_devices_with_the_time_of_its_last_sign():
    seen = NOW + timedelta(seconds=30)
    dead, device = a_process(last_seen=seen), make_device()
    connections.connected(dead, [device.pk], NOW)
    assert connections.drop_dead_streams(seen + timedelta(seconds=20)) == 0
    assert connections.drop_dead_streams(seen + timedelta(seconds=21)) == 1
    device.refresh_from_db()
    assert (device.stream, device.last_contact, device.online) == (None, seen, True)
    assert not Stream.objects.exists()


def test_a_later_contact_is_not_overwritten_by_the_death_of_the_process():
    dead, device = a_process(), make_device()
    connections.connected(dead, [device.pk], LATER)
    connections.drop_dead_streams(LATER)
    device.refresh_from_db()
    assert device.last_contact == LATER


def test_a_device_of_a_process_that_nobody_knows_is_not_connected():
    device = make_device()
    Device.objects.filter(pk=device.pk).update(stream=uuid4())
    assert connections.drop_dead_streams(NOW) == 1


def test_a_process_that_ends_takes_its_devices_and_its_row_along():
    process, other = a_process(), a_process()
    mine, moved = make_device(), make_device()
    connections.connected(process, [mine.pk, moved.pk], NOW)
    connections.connected(other, [moved.pk], NOW)
    assert connections.ended(process, LATER) == 1
    assert list(Stream.objects.values_list("pk", flat=True)) == [other]
    moved.refresh_from_db()
    assert moved.stream == other


def test_the_row_of_a_process_is_made_when_it_is_not_there():
    process = uuid4()
    assert not connections.alive(process, "here", NOW)
    assert connections.alive(process, "here", LATER)
    row = Stream.objects.get()
    assert (row.host, row.started_at, row.last_seen) == ("here", NOW, LATER)


def test_comparing_finds_what_was_lost():
    process, other = a_process(), a_process()
    right, forgotten, elsewhere, gone, changing, left = (make_device() for _ in range(6))
    connections.connected(process, [right.pk, left.pk], NOW)
    connections.connected(other, [elsewhere.pk], NOW)
    unknown = gone.pk
    gone.delete()
    held = {right.pk, forgotten.pk, elsewhere.pk, unknown, changing.pk}
    difference = connections.compare(process, held, {changing.pk}, LATER)
    assert difference.forgotten == [forgotten.pk]
    assert sorted(difference.elsewhere) == sorted([elsewhere.pk, unknown])
    left.refresh_from_db()
    assert left.stream is None


def test_presence_of_many_takes_few_queries(django_assert_max_num_queries):
    process = a_process()
    devices = [make_device().pk for _ in range(60)]
    with django_assert_max_num_queries(4):
        connections.connected(process, devices, NOW)
    with django_assert_max_num_queries(1):
        connections.disconnected(process, devices, NOW)
    with django_assert_max_num_queries(1):
        connections.mark_silent_offline(LATER)
    with django_assert_max_num_queries(2):
        connections.drop_dead_streams(NOW)
