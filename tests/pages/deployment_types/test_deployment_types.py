"""Making, changing and deleting a deployment type: every kind of detection and requirement, and what is refused."""

from __future__ import annotations

import pytest
from django.urls import reverse

from applications.models import DeploymentType
from tests.make import deploy, make_application, make_collection, make_device, make_group
from tests.pages.author import author, errors_of, root, rows, type_form, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def gimp():
    return make_application("GIMP", types=0)


def save(application, *requirements, **fields):
    return root().post(reverse("applications:type_create", args=[application.pk]), type_form(*requirements, **fields))


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        (
            {"detection_path": "/usr/bin/gimp", "detection_version": "3.0"},
            {"kind": "file", "path": "/usr/bin/gimp", "version": "3.0"},
        ),
        (
            {"detection_kind": "package", "detection_name": "gimp", "detection_version": ""},
            {"kind": "package", "name": "gimp"},
        ),
        (
            {"detection_kind": "command", "detection_command": "gimp --version", "detection_version": "3"},
            {"kind": "command", "command": "gimp --version", "version": "3"},
        ),
        (
            {"detection_kind": "script", "detection_script": "a\r\nb", "detection_version": "3"},
            {"kind": "script", "script": "a\nb"},
        ),
    ],
    ids=["file", "package", "command", "script"],
)
def test_r25_each_kind_of_detection_keeps_its_own_parts_only(gimp, fields, kept):
    assert save(gimp, **fields).status_code == 302
    assert gimp.deployment_types.get().detection == kept


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ({"kind": "memory_mb", "at_least": "4096", "matches": "x"}, {"kind": "memory_mb", "at_least": 4096}),
        ({"kind": "disk_mb", "at_least": "1"}, {"kind": "disk_mb", "at_least": 1}),
        ({"kind": "platform", "platforms": ["linux", "macos"]}, {"kind": "platform", "in": ["linux", "macos"]}),
        ({"kind": "os", "matches": "Debian*", "at_least": "nothing"}, {"kind": "os", "matches": "Debian*"}),
        (
            {"kind": "architecture", "architectures": "x86_64, arm64,"},
            {"kind": "architecture", "in": ["x86_64", "arm64"]},
        ),
        ({"kind": "script", "script": "true\r\nfalse"}, {"kind": "script", "script": "true\nfalse"}),
    ],
    ids=lambda row: row["kind"],
)
def test_r25_each_kind_of_requirement_keeps_its_own_part_only(gimp, row, kept):
    assert save(gimp, row, {"kind": ""}).status_code == 302
    assert gimp.deployment_types.get().requirements == [kept]


def test_r25_a_new_deployment_type_begins_with_two_hours_and_the_usual_return_codes(gimp):
    form = root().get(reverse("applications:type_create", args=[gimp.pk])).context["form"]
    assert form["max_run_minutes"].value() == 120
    assert form["return_code_lines"].value().split("\n") == [
        "0 = success",
        "1707 = success",
        "3010 = restart",
        "1641 = restart_started",
        "1618 = retry",
        "102 = restart",
        "75 = retry",
    ]


def test_commands_lose_the_line_ends_of_browsers(gimp):
    save(gimp, install_command="set -e\r\napt-get update\r\napt-get install -y gimp\r\n")
    assert gimp.deployment_types.get().install_command == "set -e\napt-get update\napt-get install -y gimp"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"install_command": " "}, "required"),
        ({"detection_kind": ""}, "required"),
        ({"detection_kind": "registry"}, "not one of the available choices"),
        ({"detection_path": ""}, "Say the path of the file."),
        ({"detection_path": "gimp"}, "begins at the root"),
        ({"detection_version": "newest"}, "is not a version"),
        ({"detection_version": "1.2.x"}, "is not a version"),
        ({"detection_kind": "command", "detection_command": "gimp -v"}, "Say the version"),
        ({"return_code_lines": "0 success"}, "write it as code = meaning"),
        ({"return_code_lines": "0 = success\n0 = retry"}, "stands in the table twice"),
        ({"return_code_lines": "0 = success\n3010 = restart", "platform": "linux"}, "3010 never occurs there"),
        ({"return_code_lines": "0 = fine"}, "is not a meaning"),
        ({"return_code_lines": "1 = retry"}, "every installation would fail"),
        ({"max_run_minutes": "0"}, "greater than or equal to 1"),
        ({"max_run_minutes": "100000"}, "less than or equal to 1440"),
        ({"platform": "amiga"}, "not one of the available choices"),
    ],
    ids=lambda part: str(part)[:40],
)
def test_what_is_wrong_with_a_deployment_type_is_explained_and_nothing_is_saved(gimp, fields, said):
    assert said in errors_of(save(gimp, **fields))
    assert not DeploymentType.objects.exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "memory_mb", "at_least": ""}, "how many megabytes"),
        ({"kind": "memory_mb", "at_least": "much"}, "how many megabytes"),
        ({"kind": "memory_mb", "at_least": "-5"}, "how many megabytes"),
        ({"kind": "platform"}, "at least one platform"),
        ({"kind": "platform", "platforms": ["windows"]}, "would never hold"),
        ({"kind": "os", "matches": ""}, "which operating systems"),
        ({"kind": "architecture", "architectures": " , "}, "at least one architecture"),
        ({"kind": "script", "script": ""}, "Write the script."),
        ({"kind": "", "matches": "Debian*"}, "Choose what is required"),
    ],
    ids=lambda part: str(part)[:40],
)
def test_what_is_wrong_with_a_requirement_is_explained_and_nothing_is_saved(gimp, row, said):
    assert said in errors_of(save(gimp, row), "requirements")
    assert not DeploymentType.objects.exists()


def test_two_deployment_types_of_an_application_differ_in_name(gimp):
    save(gimp)
    assert "with this name already" in errors_of(
        author().post(reverse("applications:type_create", args=[gimp.pk]), type_form())
    )


def test_a_change_keeps_what_it_does_not_touch_and_the_audit_log_says_what_changed(gimp):
    save(gimp, {"kind": "memory_mb", "at_least": "4096"})
    each = gimp.deployment_types.get()
    address = reverse("applications:type_edit", args=[gimp.pk, each.pk])
    client = author()
    page = client.get(address).content.decode()
    for said in ("apt-get install -y gimp", "/usr/bin/gimp", "4096", "102 = restart"):
        assert said in page
    row = {"kind": "memory_mb", "at_least": "4096", "DELETE": "on"}
    sent = type_form(uninstall_command="apt-get remove -y gimp") | rows("requirement", row, before=1)
    assert client.post(address, sent).status_code == 302
    each.refresh_from_db()
    assert (each.requirements, each.uninstall_command) == ([], "apt-get remove -y gimp")
    entry = written("changed")
    assert (entry.kind, entry.name, entry.facts["application"]) == ("deployment_type", "Debian package", "GIMP 1.0")
    assert set(entry.facts["changes"]) == {"requirements", "uninstall_command"}


def test_more_rows_come_without_script_and_without_saving(gimp):
    sent = type_form({"kind": "os", "matches": "Debian*"}) | {"more": "1"}
    answer = root().post(reverse("applications:type_create", args=[gimp.pk]), sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Requirement 4" in page
    assert "Debian*" in page
    assert not DeploymentType.objects.exists()


def test_a_deployment_type_is_deleted_after_a_question(gimp):
    save(gimp)
    client = author()
    address = reverse("applications:type_delete", args=[gimp.pk, gimp.deployment_types.get().pk])
    assert "Delete deployment type Debian package?" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert not DeploymentType.objects.exists()
    assert written("deleted").facts["changes"]["detection"] == {
        "old": {"kind": "file", "path": "/usr/bin/gimp"},
        "new": None,
    }


@pytest.mark.parametrize("how", ["itself", "in a group", "instead of another"])
def test_the_last_deployment_type_of_what_is_deployed_stays_and_says_why(how):
    gimp, workstations = make_application("GIMP"), make_collection("Workstations", make_device())
    deployed = {
        "itself": gimp,
        "in a group": make_group("Office", gimp),
        "instead of another": make_application("Old", superseded_by=gimp),
    }[how]
    deploy(deployed, workstations)
    client = root()
    address = reverse("applications:type_delete", args=[gimp.pk, gimp.deployment_types.get().pk])
    assert "nothing would be left to run" in client.get(address).content.decode()
    assert "nothing would be left to run" in client.post(address, follow=True).content.decode()
    assert gimp.deployment_types.count() == 1


def test_a_group_has_no_deployment_types():
    group = make_group("Office", make_application())
    assert root().get(reverse("applications:type_create", args=[group.pk])).status_code == 404


def test_a_deployment_type_is_found_under_its_own_application_only():
    one, other = make_application(), make_application()
    address = reverse("applications:type_edit", args=[one.pk, other.deployment_types.get().pk])
    assert root().get(address).status_code == 404


def test_a_version_is_kept_without_its_v(gimp):
    """R25: `v1.2` is found nowhere; 1.2 is what is meant."""
    address = reverse("applications:type_create", args=[gimp.pk])
    root().post(address, type_form(detection_version="v1.2"))
    assert gimp.deployment_types.get(name="Debian package").detection["version"] == "1.2"
