"""The audit log keeps facts and is read in the reader's language: what it is about, and its details (R6, R20)."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from django.utils.translation import override

from applications.authoring import applications, deployment_types, deployments, groups
from applications.requests.asking import ask
from applications.rules.reasons import OUTCOMES, REFUSALS
from applications.rules.words import Action
from applications.wording.actions import ACTION_LABELS
from audit.log import Subject, record_change
from audit.models import AuditEntry
from devices.access.ready_made_roles import create_roles
from devices.collections.built_in import create_built_in
from devices.collections.wording import rule_in_words as rule_on_the_page
from devices.primary_users import assign
from pages.audit_log.wording.details import details_of
from pages.audit_log.wording.fields import FIELDS
from pages.audit_log.wording.reasons import reason_in_words
from pages.audit_log.wording.rules import rule_in_words
from pages.audit_log.wording.subjects import SUBJECT_FACTS, subject_of
from pages.collections import edit
from pages.collections.edit import written_rule
from pages.persons import views as persons
from pages.roles import views as roles
from pages.sites import views as sites
from pages.users import views as users
from tests.make import deploy, make_application, make_approver, make_collection, make_device, make_user

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind


REEVALUATE = {"action": "reevaluate", "application": "GIMP 3.0", "device": "LT-1"}


@pytest.mark.parametrize(
    ("verb", "kind", "name", "facts", "english", "dutch"),
    [
        (Verb.ASKED, Kind.REQUEST, "", REEVALUATE, "Re-evaluate: GIMP 3.0, LT-1", "Opnieuw evalueren: GIMP 3.0, LT-1"),
        (Verb.ASKED, Kind.REQUEST, "Install: GIMP, LT-1", {}, "Install: GIMP, LT-1", "Install: GIMP, LT-1"),
        (Verb.CREATED, "", "Role Reader", {}, "Role Reader", "Role Reader"),
        (Verb.CREATED, Kind.APPLICATION, "GIMP 3.0", {}, "Application GIMP 3.0", "Toepassing GIMP 3.0"),
        (Verb.CREATED, Kind.APPLICATION_GROUP, "Office", {}, "Application group Office", "Toepassingsgroep Office"),
        (
            Verb.DELETED,
            Kind.DEPLOYMENT_TYPE,
            "Debian",
            {"application": "GIMP 3.0"},
            "Deployment type Debian of GIMP 3.0",
            "Implementatietype Debian van GIMP 3.0",
        ),
        (
            Verb.CHANGED,
            Kind.DEPLOYMENT,
            "GIMP 3.0 → All devices",
            {},
            "Deployment GIMP 3.0 → All devices",
            "Implementatie GIMP 3.0 → Alle apparaten",
        ),
        (Verb.CHANGED, Kind.PASSWORD, "m.deboer", {}, "Password of m.deboer", "Wachtwoord van m.deboer"),
        (
            Verb.CREATED,
            Kind.ENROLMENT_TOKEN,
            "AMS 2111",
            {},
            "Enrolment token for AMS 2111",
            "Inschrijvingstoken voor AMS 2111",
        ),
        (Verb.EXPORTED, Kind.DEVICE_APPLICATIONS, "LT-1", {}, "Applications of LT-1", "Toepassingen van LT-1"),
        (Verb.EXPORTED, Kind.AUDIT_LOG, "", {}, "Audit log", "Auditlogboek"),
        (Verb.SIGNED_IN, Kind.USER, "Role Reader", {}, "Role Reader", "Role Reader"),
        (Verb.ENROLLED, Kind.DEVICE, "Devices", {}, "Devices", "Devices"),
        (Verb.CREATED, Kind.COLLECTION, "x and OS is y", {}, "Collection x and OS is y", "Verzameling x and OS is y"),
        (Verb.CREATED, Kind.COLLECTION, "100 %(name)s", {}, "Collection 100 %(name)s", "Verzameling 100 %(name)s"),
    ],
)
def test_what_an_entry_is_about(verb, kind, name, facts, english, dutch):
    entry = AuditEntry(verb=verb, kind=kind, name=name, facts=facts)
    assert subject_of(entry) == english
    with override("nl"):
        assert subject_of(entry) == dutch


LAPTOPS = {"kind": "include", "collection": "Laptops"}
ON_DEBIAN = {
    "kind": "query",
    "of": "devices",
    "query": [
        {"attribute": "os", "operator": "begins", "value": "Debian"},
        {"attribute": "platform", "operator": "is_not", "value": "windows"},
    ],
}


@pytest.mark.parametrize(
    ("facts", "english", "dutch"),
    [
        (
            {"changes": {"name": [None, "GIMP"], "version": [None, ""], "superseded_by": [None, None]}},
            "name: GIMP",
            "naam: GIMP",
        ),
        (
            {"changes": {"collections": [["Laptops"], []], "members": [[], []]}},
            "collections: Laptops → –",
            "verzamelingen: Laptops → –",
        ),
        ({"changes": {"comment": ["", "Tea"]}}, "comment: – → Tea", "opmerking: – → Tea"),
        ({"changes": {"requires_approval": [None, False]}}, "requires approval: no", "vereist goedkeuring: nee"),
        (
            {"changes": {"purpose": ["available", "required"]}},
            "purpose: Available → Required",
            "doel: Beschikbaar → Vereist",
        ),
        (
            {"changes": {"primary_user": ["j.visser", "j.visser"], "primary_by": [None, "use"]}},
            "primary user: j.visser; the primary user is: from use",
            "primaire gebruiker: j.visser; de primaire gebruiker is: op basis van gebruik",
        ),
        (
            {"changes": {"detection": [None, {"kind": "file", "path": "/opt/x", "version": "3"}]}},
            "detection rule: A file is there, path /opt/x, version 3",
            "detectieregel: Een bestand is aanwezig, pad /opt/x, versie 3",
        ),
        (
            {"changes": {"requirements": [[], [{"kind": "platform", "in": ["linux", "macos"]}]]}},
            "requirements: – → Platform, one of Linux, macOS",
            "vereisten: – → Platform, een van Linux, macOS",
        ),
        (
            {"changes": {"return_codes": [{"0": "success"}, {"0": "retry"}]}},
            "return codes: 0 success → 0 busy, to be tried again",
            "retourcodes: 0 geslaagd → 0 bezet, wordt opnieuw geprobeerd",
        ),
        (
            {
                "changes": {
                    "permissions": [["devices.read_collection"], ["devices.read_collection", "devices.add_site"]]
                }
            },
            "permissions: Read → Read, devices.add_site",
            "machtigingen: Lezen → Lezen, devices.add_site",
        ),
        (
            {"changes": {"rules": [[LAPTOPS], [{"kind": "direct", "member": "LT-1"}]]}},
            "membership rules: Members of Laptops → Direct member: LT-1",
            "lidmaatschapsregels: Leden van Laptops → Direct lid: LT-1",
        ),
        (
            {"changes": {"rules": [None, [{"kind": "exclude", "collection": "x and OS is y"}, ON_DEBIAN]]}},
            "membership rules: Not members of x and OS is y, OS begins with Debian and Platform is not Windows",
            "lidmaatschapsregels: Besturingssysteem begint met Debian en Platform is niet Windows, "
            "Geen leden van x and OS is y",
        ),
        (
            {"changes": {"rules": [None, ["Members of Laptops"]]}},  # as 0.1.0 kept them
            "membership rules: Members of Laptops",
            "lidmaatschapsregels: Members of Laptops",
        ),
        (
            {"changes": {"password": ["before", "by_administrator"]}},
            "password: the one before → set by an administrator",
            "wachtwoord: het vorige → ingesteld door een beheerder",
        ),
        (
            {"changes": {"deadline": [None, "2026-11-20T17:00:00+00:00"]}},
            "deadline: 20 Nov 2026 18:00",
            "deadline: 20 nov 2026 18:00",
        ),
        (
            {"exit_code": 1603, "outcome": "failed", "reason": "exit_code"},
            "Failed. Exit code 1603",
            "Mislukt. Afsluitcode 1603",
        ),
        ({"exit_code": 0, "outcome": "succeeded", "reason": ""}, "exit code: 0. Succeeded", "afsluitcode: 0. Geslaagd"),
        (
            {"exit_code": 5, "reason": "still_detected"},
            "exit code: 5. Still detected after uninstall",
            "afsluitcode: 5. Na het verwijderen nog gedetecteerd",
        ),
        (
            {"import": True, "changes": {"email": ["", "a@b.nl"]}},
            "imported: yes. email: – → a@b.nl",
            "geïmporteerd: ja. e-mail: – → a@b.nl",
        ),
    ],
)
def test_facts(facts, english, dutch):
    """`changes` here as pairs, to be readable."""
    if "changes" in facts:
        changes = {name: {"old": old, "new": new} for name, (old, new) in facts["changes"].items()}
        facts = facts | {"changes": changes}
    with timezone.override("Europe/Amsterdam"):
        assert details_of(facts) == english
        with override("nl"):
            assert details_of(facts) == dutch


@pytest.mark.django_db
def test_a_rule_is_said_as_the_page_of_the_collection_says_it():
    """Whatever it is: from the facts that the log keeps."""
    device, other = make_device("LT-1"), make_collection("x and OS is y")
    collection = make_collection("Laptops", device)
    collection.rules.create(kind="include", other=other)
    collection.rules.create(kind="exclude", other=other)
    collection.rules.create(kind="query", query=[])
    collection.rules.create(kind="query", query=ON_DEBIAN["query"])
    for rule in collection.rules.all():
        for language in ("en", "nl"):
            with override(language):
                assert rule_in_words(written_rule(rule, "devices")) == rule_on_the_page(rule, "devices", None)


REASONS = [code for code in {**OUTCOMES, **REFUSALS, "requirements_not_met": ""} if code]
OF_REPORTS_ONLY = {
    "cancelled_because", "cancelled", "exit_code_known", "found_late", "found_outside", "removed_outside", "restart",
}  # fmt: skip


@pytest.mark.parametrize("code", [code for code in REASONS if code not in OF_REPORTS_ONLY])
def test_every_reason_has_a_sentence_also_without_its_facts(code):
    for details in ({}, {"exit_code": 5}):
        english = reason_in_words(code, details)
        with override("nl"):
            dutch = reason_in_words(code, details)
        assert english
        assert english != dutch
        assert "%(" not in english + dutch
        assert not english.startswith("Reason: ")


# Whatever is written down has words.


@pytest.mark.django_db
def test_every_field_that_is_written_down_has_a_word():
    """The fields of all that is written down field by field, and the named facts beside the changes."""
    written = {
        *edit.state_of(make_collection()),
        *roles.state_of(Group.objects.create(name="Helpdesk")),
        *users.state_of(make_user()),
        *applications.FIELDS,
        *deployment_types.FIELDS,
        *deployments.FIELDS,
        *groups.FIELDS,
        *persons.FIELDS,
        *sites.FIELDS,
        *users.FIELDS,
        *assign.DECIDED,
    }
    assert {"rules", "permissions", "roles", "superseded_by", "queue_every_action", "primary_by", "deadline"} <= written
    by_hand = {"members", "password", "site", "os", "client_version", "import", "exit_code"}
    assert (written | by_hand) - FIELDS.keys() == set()


def test_every_field_has_a_translation():
    """But for the words that are the same in Dutch."""
    english = {name: str(word) for name, word in FIELDS.items()}
    with override("nl"):
        same = {english[name] for name, word in FIELDS.items() if str(word) == english[name]}
    assert same == {"deadline", "platform", "script", "site", "SHA-256"}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_sentence_and_a_word(kind):
    facts = {"action": "install", **dict.fromkeys(SUBJECT_FACTS - {"action"}, "Y")}
    entry = AuditEntry(verb=Verb.CHANGED, kind=kind, name="X", facts=facts)
    english = subject_of(entry)
    with override("nl"):
        dutch = subject_of(entry)
    assert kind.label
    assert "%(" not in english + dutch
    assert english != "X"
    assert english != dutch or kind in (Kind.SITE, Kind.USER)


@pytest.mark.parametrize("verb", Verb)
def test_every_verb_has_a_word(verb):
    english = str(verb.label)
    with override("nl"):
        assert str(verb.label) != english


@pytest.mark.parametrize("action", Action)
def test_every_action_is_said(action):
    entry = AuditEntry(verb=Verb.ASKED, kind=Kind.REQUEST, facts={"action": action, "application": "A", "device": "D"})
    assert subject_of(entry) == f"{ACTION_LABELS[action]}: A, D"


# On the page.


@pytest.mark.django_db
def test_whoever_asks_the_log_keeps_facts_and_the_page_and_the_file_speak_dutch(client):
    device = make_device("LT-AMS-0421")
    here = make_collection("Laptops", device)
    application = make_application("GIMP")
    deploy(application, here, approval=True)
    record_change(Subject(Kind.ROLE, "Helpdesk"), None, {"collections": ["Laptops"]})
    with override("nl"):
        ask(make_approver(here), device, application, Action.INSTALL, now=timezone.now())
        client.force_login(make_user(superuser=True))
        html = client.get("/audit/?q=role", headers={"accept-language": "nl"}).content.decode()
        export = client.get("/audit/export/", headers={"accept-language": "nl"}).content.decode()
    asked = AuditEntry.objects.get(verb="asked")
    assert (asked.kind, asked.name) == (Kind.REQUEST, "GIMP 1.0, LT-AMS-0421")
    assert asked.facts["action"] == "install"
    assert "Rol Helpdesk" in html
    assert "verzamelingen: Laptops" in html
    rows = csv.DictReader(io.StringIO(export.removeprefix("\ufeff")), delimiter=";")
    assert {"Rol Helpdesk", "Installeren: GIMP 1.0, LT-AMS-0421"} <= {row["Betreft"] for row in rows}


@pytest.mark.django_db
def test_r6_ready_made_names_are_kept_in_english_and_shown_in_dutch(client):
    """R6, R20: the log of a Dutch administrator keeps what the log of an English one would."""
    everything = create_built_in()["devices"]
    create_roles({"devices": everything.pk})
    client.force_login(make_user(superuser=True))
    dutch = {"accept-language": "nl"}
    reader = Group.objects.get(name="Reader")
    chosen = {"name": "Reader", "powers": ["read_collection"], "collections": [everything.pk]}
    client.post(f"/roles/{reader.pk}/", chosen, headers=dutch)
    entry = AuditEntry.objects.get(kind=Kind.ROLE)
    assert (entry.name, entry.facts["changes"]["collections"]["new"]) == ("Reader", ["All devices"])
    html = client.get("/audit/?q=lezer", headers=dutch).content.decode()
    assert "Rol Lezer" in html
    assert "verzamelingen: – → Alle apparaten" in html
    assert "Role Reader" in client.get("/audit/?q=reader").content.decode()
