"""A copied identity is noticed: another machine, or starts that take turns; a reboot is none (R22)."""

import pytest

from audit.models import AuditEntry
from devices.presence.identity import MAX_BOOTS, Seen, forget, note, told_in
from tests.make import NOW, make_device

pytestmark = pytest.mark.django_db

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("said", "copied"),
    [
        ([(A, "1"), (A, "1"), (A, "1")], False),  # it connects again
        ([(A, str(n)) for n in range(MAX_BOOTS + 5)], False),  # it is started again and again
        ([("", ""), (A, "1"), ("", ""), (A, "1"), (A, "2")], False),  # an older client tells nothing
        ([(A, ""), ("", "1"), (A, "1")], False),
        ([(A, "1"), (B, "1")], True),
        ([(A, "1"), (B, "2"), (A, "1")], True),
        ([(A, "1"), (A, "2"), (A, "1")], True),  # a whole machine was copied
        ([("", "1"), ("", "2"), ("", "1")], True),
    ],
)
def test_two_that_replace_each_other_are_noticed_and_one_is_not(said, copied):
    device = make_device("LT-1")
    for seen in said:
        note({device.pk: Seen(*seen)}, NOW)
    device.refresh_from_db()
    assert bool(device.copied_at) == copied
    entries = AuditEntry.objects.filter(device_id=device.pk, facts={"reason": "copied"})
    assert entries.count() == copied, "said once"
    forget(device)
    note({device.pk: Seen(*said[-1])}, NOW)
    device.refresh_from_db()
    assert device.copied_at is None


def test_what_is_no_hash_is_as_good_as_nothing():
    assert told_in({"koppel-machine": "x" * 64, "koppel-boot": "1"}) == Seen()
    assert told_in({"koppel-machine": A, "koppel-boot": B}) == Seen(A, B[:16])


def test_what_is_known_costs_one_query(django_assert_num_queries):
    devices = [make_device() for _ in range(20)]
    seen = {device.pk: Seen(A, "1") for device in devices}
    note(seen, NOW)
    with django_assert_num_queries(1):
        note(seen, NOW)
