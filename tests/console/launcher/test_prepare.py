"""`manage.py prepare` fills a new console once and leaves a used one as it is."""

import io
import json
import sys

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command

from devices.models import Device

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepare(monkeypatch, settings, tmp_path):
    def prepare(*options: str, password: str = "a good password") -> dict:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        said = io.StringIO()
        call_command("prepare", *options, stdout=said)
        return json.loads(said.getvalue())

    settings.STATIC_ROOT = tmp_path / "static"
    return prepare


def test_a_new_console_gets_roles_and_its_first_administrator_once(prepare):
    assert prepare("--administrator", "admin") == {"administrator": True, "token": None}
    assert set(Group.objects.values_list("name", flat=True)) >= {"Reader", "Approver"}
    admin = get_user_model().objects.get(is_superuser=True)
    assert admin.check_password("a good password")
    assert prepare("--administrator", "admin", password="another")["administrator"] is False
    admin.refresh_from_db()
    assert admin.check_password("a good password")


def test_demo_data_comes_once_and_never_back(prepare):
    prepare("--administrator", "admin", "--demo")
    assert Device.objects.count() >= 30
    Device.objects.all().delete()
    prepare("--administrator", "admin", "--demo")
    assert Device.objects.count() == 0


def test_a_console_in_use_gets_no_demo_data(prepare):
    get_user_model().objects.create_superuser("somebody")
    prepare("--administrator", "admin", "--demo")
    assert Device.objects.count() == 0


def test_without_being_asked_it_makes_neither_administrator_nor_data_nor_token(prepare, tmp_path):
    assert prepare() == {"administrator": False, "token": None}
    assert get_user_model().objects.count() == 0
    assert any((tmp_path / "static").iterdir())


def test_a_client_on_this_machine_gets_a_token(prepare):
    token = prepare("--client")["token"]
    assert len(token) >= 43
    assert token.isalnum()  # it is pasted into a command line, where a dash would make it an option
