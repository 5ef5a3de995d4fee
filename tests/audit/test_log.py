"""The writer of the audit log (R20): who, from where, about what; created, changed, deleted."""

import pytest
from django.test import RequestFactory

from audit.log import CONSOLE, MAX_NAME, Subject, entry, record, record_all, record_change, who_asks
from audit.models import AuditEntry
from tests.make import make_device, make_site, make_user

pytestmark = pytest.mark.django_db

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind
AMS = Subject(Kind.SITE, "AMS", "7")


def test_an_entry_has_verb_kind_number_name_and_facts():
    device, user = make_device("LT-1"), make_user("m.deboer")
    record(Verb.DELETED, AMS, user=user, address="192.0.2.7", device=device, facts={"import": True}, private=True)
    found = AuditEntry.objects.get()
    assert (found.verb, found.kind, found.object_id, found.name) == ("deleted", "site", "7", "AMS")
    assert (found.user, found.actor, found.address, found.device_id) == (user, "m.deboer", "192.0.2.7", device.pk)
    assert (found.facts, found.private) == ({"import": True}, True)


def test_nobody_is_the_console_and_the_name_of_who_did_it_stays():
    user = make_user("m.deboer")
    record_all(
        [entry(Verb.CREATED, AMS), entry(Verb.CREATED, AMS, actor="manage.py"), entry(Verb.CREATED, AMS, user=user)]
    )
    user.delete()
    assert set(AuditEntry.objects.values_list("actor", "user")) == {
        (CONSOLE, None), ("manage.py", None), ("m.deboer", None),
    }  # fmt: skip


def test_an_entry_survives_its_device():
    device = make_device()
    number = device.pk
    record(Verb.ASKED, Subject.of(Kind.DEVICE, device), device=device)
    device.delete()
    assert AuditEntry.objects.get().device_id == number


def test_a_subject_is_what_it_is_called_now():
    site = make_site("AMS")
    assert Subject.of(Kind.SITE, site) == Subject(Kind.SITE, str(site), str(site.pk))
    record(Verb.CREATED, Subject(Kind.SITE, "x" * 999))
    assert AuditEntry.objects.get().name == "x" * MAX_NAME


def test_who_asks_comes_from_the_request():
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    request.user = make_user()
    assert who_asks(request) == {"user": request.user, "address": "192.0.2.7"}


@pytest.mark.parametrize(
    ("before", "after", "verb"),
    [
        (None, {"name": "AMS"}, "created"),
        (None, {}, "created"),
        ({"name": "UTR"}, {"name": "AMS"}, "changed"),
        ({"name": "AMS"}, None, "deleted"),
        ({}, None, "deleted"),
        ({"name": "AMS"}, {"name": "AMS"}, None),
    ],
)
def test_a_change_is_written_down_unless_nothing_changed(before, after, verb):
    changes = record_change(AMS, before, after, {"import": True})
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ([verb] if verb else [])
    if verb:
        assert AuditEntry.objects.get().facts == {"import": True} | ({"changes": changes} if changes else {})
