"""Names have at least one visible character and no control or formatting characters, wherever they come in."""

import pytest
from django.core.exceptions import ValidationError

from devices.names import validate_name
from tests.pages.author import root

UNSEEN = ["two\nlines", "\u200b", "x\u200by", "\u202egpj.exe", "tab\there"]
UNSEEN += ["\u2028", "zero\x00", "\u2066x", " ", "\u00a0"]


@pytest.mark.parametrize("name", ["GIMP 3.0", "7-Zip", "é", "日本語", "🖨", "—", "O'Brien & Söhne (x64)"])
def test_what_people_call_things_is_a_name(name):
    validate_name(name)


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_seen_is_no_name(name):
    with pytest.raises(ValidationError):
        validate_name(name)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["two\nlines", "\u200b", "x\u202ey"])
@pytest.mark.parametrize("address", ["/applications/new", "/application-groups/new", "/sites/add/", "/persons/add/"])
def test_no_form_takes_such_a_name(address, name):
    answer = root().post(address, {"name": name, "username": name, "version": "2111"})
    assert answer.status_code == 200
    assert "invisible characters" in answer.text or "can be seen" in answer.text


@pytest.mark.django_db
def test_no_client_brings_such_a_name(client):
    inventory = {"platform": "linux", "os": "Debian", "client_version": "2111", "signed_in": ["x\u202ey"]}
    body = {"token": "x", "secret_hash": "0" * 64, "name": "LT\u200b-1", "inventory": inventory}
    answer = client.post("/client/v1/enrol", body, content_type="application/json")
    assert answer.status_code == 422
    assert "invisible characters" in answer.json()["detail"]
