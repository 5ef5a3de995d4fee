"""The page Signature: what is signed, what somebody changed in the database, and the way out."""

from __future__ import annotations

import pytest
from django.urls import reverse

from applications.models import Application, DeploymentType
from applications.revisions import definitions
from audit.models import AuditEntry
from signing.envelope import digest
from tests.make import make_application, make_group, make_reader, make_user

pytestmark = pytest.mark.django_db


def stands(application):
    application.refresh_from_db()
    return definitions.stands_as_signed(application)


@pytest.fixture(params=["application", "group"])
def changed(request):
    """Something that is not what was signed, with its page."""
    application = make_application("GIMP")
    if request.param == "group":
        found = make_group("Office tools", application)
        found.group_members.all().delete()
        return found, reverse("applications:group_signature", args=[found.pk])
    DeploymentType.objects.update(install_command="evil")
    return application, reverse("applications:signature", args=[application.pk])


def test_it_says_so_wherever_the_application_is_shown_and_shows_what_differs(client, changed):
    found, page = changed
    client.force_login(make_user(superuser=True))
    assert "Not what was signed" in client.get(found.get_absolute_url()).content.decode()
    text = client.get(page).content.decode()
    assert "Somebody changed it outside Koppel" in text
    assert ("evil" if not found.is_group else "GIMP") in text


@pytest.mark.parametrize("what", ["put_back", "sign"])
def test_the_two_ways_out(client, changed, what):
    found, page = changed
    client.force_login(make_user(superuser=True))
    seen = digest(definitions.definition_of(found))
    assert client.post(page, {"what": what, "digest": seen}).url == page
    assert stands(found)
    assert "What devices get is what stands here" in client.get(page).content.decode()
    entry = AuditEntry.objects.get(verb__in=["signed", "restored"])
    assert (entry.object_id, entry.facts) == (str(found.pk), {"revision": 1 if what == "put_back" else 2})


def test_what_was_never_signed_is_signed_by_who_looked_at_it(client):
    application = make_application("GIMP")
    Application.objects.update(revision=None)
    application.revisions.all().delete()
    client.force_login(make_user(superuser=True))
    page = reverse("applications:signature", args=[application.pk])
    text = client.get(page).content.decode()
    assert "It is not signed" in text
    assert "put_back" not in text
    client.post(page, {"what": "sign", "digest": "of something else"})
    assert not stands(application)
    client.post(page, {"what": "sign", "digest": digest(definitions.definition_of(application))})
    assert stands(application)


def test_who_may_not_change_it_neither_puts_back_nor_signs(client, changed):
    found, page = changed
    client.force_login(make_reader())
    assert "put_back" not in client.get(page).content.decode()
    for what in ("put_back", "sign"):
        answer = client.post(page, {"what": what, "digest": digest(definitions.definition_of(found))})
        assert answer.status_code == 403
    assert not stands(found)


def test_what_is_neither_is_a_sentence(client, changed):
    client.force_login(make_user(superuser=True))
    assert client.post(changed[1], {"what": "nothing"}).status_code == 400
