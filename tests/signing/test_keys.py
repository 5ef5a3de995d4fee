"""The signing key: made once, kept from others, followed by a new one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from applications.authoring.deployment_types import save_type
from applications.models import DeploymentType, Revision
from applications.revisions import definitions
from signing import keys
from signing.envelope import NotGenuine
from tests.make import make_application, make_user


@pytest.fixture
def path(tmp_path, settings):
    settings.KOPPEL_SIGNING_KEY = tmp_path / "new" / "signing.key"
    return settings.KOPPEL_SIGNING_KEY


def test_a_key_is_made_once_for_its_owner_alone(path, capsys):
    call_command("signing_key", "make")
    assert path.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out.strip() == keys.keys().public
    with pytest.raises(CommandError, match="there already"):
        call_command("signing_key", "make")


def test_a_key_that_is_missing_or_that_others_can_read_is_not_used(path):
    with pytest.raises(CommandError, match=r"manage\.py signing_key make"):
        call_command("signing_key", "show")
    keys.make(path)
    path.chmod(0o640)
    with pytest.raises(CommandError, match="mode to 600"):
        call_command("signing_key", "show")
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("signing_key", "show")


def test_only_what_was_signed_as_this_kind_is_opened(path):
    mine = keys.make(path)
    envelope = mine.sign("order", '{"a":1}')
    assert mine.open("order", envelope) == {"a": 1}
    for kind, lie in (
        ("policy", envelope),
        ("order", {**envelope, "signed": '{"a":2}'}),
        ("order", {**envelope, "signature": "AAAA"}),
        ("order", {**envelope, "key": "0" * 16}),
    ):
        with pytest.raises(NotGenuine):
            mine.open(kind, lie)


@pytest.mark.django_db
def test_a_new_key_is_introduced_by_the_old_one_and_signs_the_revisions_again(path, capsys):
    old = keys.make(path)
    genuine, forged = make_application("GIMP"), make_application("Evil")
    Revision.objects.filter(application=forged).update(envelope={**forged.revision.envelope, "signed": "{}"})
    on_its_way = old.sign("order", "{}")
    call_command("signing_key", "rotate")
    new = keys.keys()
    assert new.public != old.public
    assert capsys.readouterr().err.count("left as it is") == 1, "what somebody put there is not signed"
    assert [definitions.newest(each).envelope["key"] for each in (genuine, forged)] == [new.id, old.id]
    assert definitions.stands_as_signed(genuine)
    assert not definitions.stands_as_signed(forged)
    assert new.open("order", on_its_way) == {}
    (introduction,) = new.introductions
    assert old.open(keys.KEY, introduction)["key"] == new.public
    third = new.followed(datetime.now(UTC))
    assert third.open("order", on_its_way) == {}


@pytest.mark.django_db
def test_each_change_is_a_revision_and_what_changes_nothing_is_none():
    admin, application = make_user(superuser=True), make_application("GIMP")
    each = DeploymentType.objects.get(application=application)
    for command in ("true", "make install", "make install"):
        each.install_command = command
        save_type(each, user=admin)
    assert [(one.number, one.author) for one in application.revisions.all()] == [(2, admin.username), (1, "")]
