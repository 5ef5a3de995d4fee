"""The file of a deployment type: uploaded in pieces or with the form, what it says of itself filled in, signed."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.content import uploads
from applications.models import Application, Content, DeploymentType, Upload
from applications.revisions.definitions import signed
from audit.models import AuditEntry
from tests.applications.reading.test_read import CONTROL, control_tar, package
from tests.make import make_application, make_user
from tests.pages.author import author, errors_of, root, type_form

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    options = {**settings.STORAGES["content"]["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = settings.STORAGES | {"content": settings.STORAGES["content"] | {"OPTIONS": options}}


def deb(version="1.0"):
    return package(control_tar(CONTROL.replace("1:2.10~rc1-3", version)), "control.tar").getvalue()


def send(client, data, name, piece=300):
    """As the script of the page does it; the number of the upload."""
    begun = client.post(reverse("applications:upload"), {"name": name, "size": len(data), "modified": 1}).json()
    address, at = reverse("applications:upload_piece", args=[begun["id"]]), begun["offset"]
    while at < len(data):
        body = data[at : at + piece]
        answer = client.put(f"{address}?offset={at}", body, content_type="application/octet-stream")
        assert answer.status_code == 200, answer.text
        at = answer.json()["offset"]
    return begun["id"]


def test_drop_look_save(folder):
    client = root()
    upload = send(client, deb(), "hello.deb")
    address = reverse("applications:create_from_file")
    shown = client.post(address, type_form(upload=upload, read="1"))
    form, about = shown.context["form"], shown.context["about"]
    assert not form.errors
    assert "libc6 (&gt;= 2.34)" in shown.text
    sent = {f"about-{field.name}": field.value() or "" for field in about}
    sent |= {field.name: field.value() for field in form if field.value() not in (None, False)}
    for row in shown.context["requirements"]:
        sent |= {field.html_name: field.value() for field in row if field.value()}
    sent |= {"requirement-TOTAL_FORMS": "3", "requirement-INITIAL_FORMS": "0"}
    answer = client.post(address, sent)
    assert answer.status_code == 302, errors_of(answer)
    application = Application.objects.get()
    each = application.deployment_types.get()
    assert (application.name, application.version, application.publisher) == ("hello-koppel", "1.0", "Jan de Vries")
    assert (each.platform, each.file_name, each.detection["name"]) == ("linux", "hello.deb", "hello-koppel")
    assert each.requirements == [{"kind": "architecture", "in": ["x86_64"]}]
    about = {"sha256": hashlib.sha256(deb()).hexdigest(), "size": len(deb()), "name": "hello.deb"}
    assert signed(application.revision)["deployment_types"][0]["content"] == about
    assert AuditEntry.objects.get(kind="deployment_type").facts["changes"]["content"]["new"] == about["sha256"]


def test_another_file_changes_what_the_one_before_said_and_nothing_that_somebody_wrote():
    client, application = root(), make_application("Hello", types=0)
    address = reverse("applications:type_create", args=[application.pk])
    fields = {
        "install_command": "my own",
        "detection_kind": "package",
        "detection_name": "hello-koppel",
        "detection_version": "1.0",
    }
    assert client.post(address, type_form(upload=send(client, deb(), "a.deb"), **fields)).status_code == 302
    each = application.deployment_types.get()
    address = reverse("applications:type_edit", args=[application.pk, each.pk])
    fields["read"] = "1"
    form = client.post(address, type_form(upload=send(client, deb("2.0"), "b.deb"), **fields)).context["form"]
    assert (form["install_command"].value(), form["detection_version"].value()) == ("my own", "2.0")
    assert "reinstall" in form["repair_command"].value()
    assert client.post(address, type_form(without_file="on")).status_code == 302
    assert DeploymentType.objects.get().content is None


def test_without_script_the_file_comes_with_the_form():
    client, application = root(), make_application("Hello", types=0)
    address = reverse("applications:type_create", args=[application.pk])
    shown = client.post(address, type_form(read="1", file=SimpleUploadedFile("a.deb", deb())))
    assert shown.context["form"]["name"].value() == "Debian package"
    broken = client.post(address, type_form(read="1", file=SimpleUploadedFile("a.deb", deb()[:200])))
    assert "a.deb cannot be read" in broken.text
    assert "The file is empty." in client.post(address, type_form(file=SimpleUploadedFile("a", b""))).text
    assert client.post(address, type_form(file=SimpleUploadedFile("x.run", b"echo"))).status_code == 302
    assert application.deployment_types.get().file_name == "x.run"


def test_a_file_is_taken_from_who_sent_it_only():
    client, application = root(), make_application("Hello", types=0)
    upload = send(client, deb(), "a.deb")
    other = author()
    answer = other.post(reverse("applications:type_create", args=[application.pk]), type_form(upload=upload))
    assert "no longer here" in errors_of(answer)
    assert other.get(reverse("applications:upload_piece", args=[upload])).status_code == 404
    reader = type(client)()
    reader.force_login(make_user("reader"))
    assert reader.post(reverse("applications:upload"), {"name": "a", "size": 1, "modified": 1}).status_code == 403


@pytest.mark.parametrize("swap", ["row", "bytes"])
def test_another_file_put_in_its_place_in_the_database_is_not_signed(swap):
    client, application = root(), make_application("Hello", types=0)
    upload, evil = send(client, deb(), "a.deb"), send(client, deb("6.6"), "evil.deb")
    if swap == "row":
        Upload.objects.filter(pk=upload).update(content=Upload.objects.get(pk=evil).content)
    else:
        Upload.objects.get(pk=evil).content.delete()
        Content.objects.update(sha256=hashlib.sha256(deb("6.6")).hexdigest())
    answer = client.post(reverse("applications:type_create", args=[application.pk]), type_form(upload=upload))
    assert "no longer here" in errors_of(answer)
    assert not application.deployment_types.exists()


def test_what_the_script_is_told():
    client = root()
    begin = reverse("applications:upload")
    begun = client.post(begin, {"name": "a", "size": 4, "modified": 1}).json()
    address = reverse("applications:upload_piece", args=[begun["id"]])
    ask = lambda offset, data: client.put(f"{address}?offset={offset}", data, content_type="application/octet-stream")  # noqa: E731
    assert (begun["offset"], begun["piece"]) == (0, uploads.PIECE)
    assert ask(2, b"cd").json() == {"offset": 0}
    assert ask(0, b"ab").json() == {"offset": 2}
    assert client.get(address).json() == {"offset": 2}
    assert client.post(begin, {"name": "a", "size": 4, "modified": 1}).json() == {**begun, "offset": 2}
    assert (ask("x", b"").status_code, client.post(begin, {"size": "?"}).status_code) == (400, 400)
    assert client.post(begin, {"name": "a", "size": 10**30, "modified": 1}).status_code == 400
    assert "More came" in ask(2, b"cde").json()["detail"]
    assert ask(2, b"cd").json() == {"offset": 4}
    assert ask(2, b"cd").status_code == 409, "an answer that was lost"
    assert client.get(address).json() == {"offset": 4}
    assert Content.objects.get().size == 4
    wrong = client.post(begin, {"name": "a", "size": 1, "modified": 1, "sha256": "0" * 64}).json()
    answer = client.put(
        f"{reverse('applications:upload_piece', args=[wrong['id']])}?offset=0",
        b"x",
        content_type="application/octet-stream",
    )
    assert (answer.status_code, "not the one that was named" in json.loads(answer.content)["detail"]) == (422, True)
