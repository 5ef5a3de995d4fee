"""The audit log is kept in English and read in the reader's language: what it is about, and its details (R6, R20)."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterator

import pytest
from django.utils import timezone
from django.utils.translation import override

from applications.requests.asking import ask
from applications.rules.reasons import OUTCOMES, REFUSALS
from applications.rules.words import Action
from console import audit
from console.auditlog.fields import FIELDS
from console.auditlog.reasons import reason_in_words
from console.auditlog.rules import rule_in_words
from console.auditlog.targets import LISTS, THINGS, target_in_words
from console.auditlog.words import details_of
from console.models import AuditEntry
from console.translations.collect import ROOT
from devices.collections.queries import ATTRIBUTES, OPERATORS
from devices.collections.wording import rule_in_words as rule_as_kept
from tests.make import deploy, make_application, make_approver, make_collection, make_device, make_user

Verb = AuditEntry.Verb


@pytest.mark.parametrize(
    ("verb", "kept", "dutch"),
    [
        (Verb.ASKED, "Re-evaluate: GIMP 3.0, LT-1", "Opnieuw evalueren: GIMP 3.0, LT-1"),
        (Verb.ASKED, "Something else", "Something else"),
        (Verb.CREATED, "Application GIMP 3.0", "Toepassing GIMP 3.0"),
        (Verb.CREATED, "Application group Office", "Toepassingsgroep Office"),
        (Verb.DELETED, "Deployment type Debian of GIMP 3.0", "Implementatietype Debian van GIMP 3.0"),
        (Verb.CHANGED, "Deployment GIMP 3.0 → All devices", "Implementatie GIMP 3.0 → All devices"),
        (Verb.CHANGED, "Password of m.deboer", "Wachtwoord van m.deboer"),
        (Verb.CREATED, "Enrolment token for AMS 2111", "Inschrijvingstoken voor AMS 2111"),
        (Verb.EXPORTED, "Applications of LT-1", "Toepassingen van LT-1"),
        (Verb.EXPORTED, "Audit log", "Auditlogboek"),
        (Verb.SIGNED_IN, "Role Reader", "Role Reader"),
        (Verb.ENROLLED, "Devices", "Devices"),
    ],
)
def test_what_an_entry_is_about(verb, kept, dutch):
    assert target_in_words(verb, kept) == kept
    with override("nl"):
        assert target_in_words(verb, kept) == dutch


@pytest.mark.parametrize(
    ("details", "english", "dutch"),
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
            {"changes": {"primary_user": ["j.visser", "j.visser"], "primary_by": "use"}},
            "primary user: j.visser; the primary user is: from use",
            "primaire gebruiker: j.visser; de primaire gebruiker is: uit gebruik",
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
            "retourcodes: 0 gelukt → 0 bezet, wordt opnieuw geprobeerd",
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
            {"changes": {"rules": [["Members of Laptops"], ["Direct member: LT-1"]]}},
            "membership rules: Members of Laptops → Direct member: LT-1",
            "lidmaatschapsregels: Leden van Laptops → Direct lid: LT-1",
        ),
        (
            {"changes": {"password": ["before", "set by an administrator"]}},
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
        ({"exit_code": 0, "outcome": "succeeded", "reason": ""}, "exit code: 0. Succeeded", "afsluitcode: 0. Gelukt"),
        (
            {"exit_code": 5, "reason": "still_detected"},
            "exit code: 5. Still detected after uninstall",
            "afsluitcode: 5. Nog gedetecteerd na het verwijderen",
        ),
        (
            {"import": True, "changes": {"email": ["", "a@b.nl"]}},
            "imported: yes. email: – → a@b.nl",
            "geïmporteerd: ja. e-mail: – → a@b.nl",
        ),
    ],
)
def test_details(details, english, dutch):
    with timezone.override("Europe/Amsterdam"):
        assert details_of(details) == english
        with override("nl"):
            assert details_of(details) == dutch


@pytest.mark.parametrize("kind", ATTRIBUTES)
@pytest.mark.parametrize("operator", OPERATORS)
def test_a_rule_is_said_as_the_page_of_the_collection_says_it(kind, operator):
    """Whatever attribute it asks for."""
    for name, attribute in ATTRIBUTES[kind].items():
        if operator not in attribute.type.operators:
            continue
        value = {"platform": "linux", "join_type": "azure_ad"}.get(name, "2111")
        query = [{"attribute": name, "operator": operator, "value": [value] if operator == "one_of" else value}] * 2
        said = {}
        for language in ("en", "nl"):
            with override(language):
                said[language] = rule_as_kept(_Rule(query), kind, None)
        with override("nl"):
            assert rule_in_words(said["en"]) == said["nl"]


class _Rule:
    """A query rule that is in no database."""

    kind = "query"

    def __init__(self, query):
        self.query = query


def test_a_rule_that_is_not_understood_stays_as_it_is():
    for text in ("Colour is red", "OS is Debian and more", "", "OS"):
        with override("nl"):
            assert rule_in_words(text) == text


REASONS = [code for code in {**OUTCOMES, **REFUSALS, "requirements_not_met": ""} if code]
OF_REPORTS_ONLY = {"cancelled_because", "cancelled", "exit_code_known", "found_outside", "removed_outside", "restart"}


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


# What the code writes down has words.


def test_every_field_that_is_written_down_has_a_word():
    found = {name for tree in trees() for name in fields_in(tree)}
    assert {"superseded_by", "queue_every_action", "primary_by", "client_version", "is_active", "roles"} <= found
    assert {"password", "limiting", "rules", "permissions", "members", "deadline", "run_as", "email"} <= found
    assert found - FIELDS.keys() == set()


def test_everything_that_an_entry_is_about_has_a_word():
    found = {kind for tree in trees() for kind in kinds_in(tree)}
    assert {
        "Application group",
        "Deployment type",
        "Person",
        "Role",
        "Site",
        "Password of",
        "Enrolment token for",
    } <= found
    assert {kind for kind in found if not (THINGS.said(f"{kind} x of y") or LISTS.said(f"{kind} x"))} == set()


def trees() -> Iterator[ast.Module]:
    """The console's own code, file by file."""
    for folder in ("applications", "console", "devices"):
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                yield ast.parse(path.read_text())


def fields_in(tree: ast.Module) -> Iterator[str]:
    """Names of fields: those given to `state`, by themselves or as FIELDS, and the keys of a State and of `changes`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    states = [call for call in calls if ast.unparse(call.func) == "state"]
    for call in states:
        yield from (text for argument in call.args for text in texts(argument))
    if any("FIELDS" in ast.unparse(call) for call in states):
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FIELDS":
                yield from texts(node.value)
    for call in calls:
        if ast.unparse(call.func) == "write_down":
            yield from (key for argument in call.args for key in keys(argument))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) == "State":
            yield from (key for inner in ast.walk(node) for key in keys(inner))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "changes":
            yield from keys(node.value)


def kinds_in(tree: ast.Module) -> Iterator[str]:
    """How the texts begin that say what an entry is about, but for those of requests."""
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("write_down", "record", "entry"):
            given = node.args[:3]
            if ast.unparse(node.func) == "write_down" and not isinstance(given[0], ast.Name):
                yield from texts(given[0])  # the kind by itself
        if isinstance(node, ast.Assign) and "about" in ast.unparse(node.targets[0]):
            given = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        for text in given:
            if isinstance(text, ast.JoinedStr):
                yield from (words.strip() for words in texts(text.values[0]))


def texts(node: ast.AST) -> list[str]:
    values = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Constant))
    return [value for value in values if isinstance(value, str)]


def keys(node: ast.AST) -> list[str]:
    return [str(key.value) for key in node.keys if isinstance(key, ast.Constant)] if isinstance(node, ast.Dict) else []


# On the page.


@pytest.mark.django_db
def test_whoever_asks_the_log_keeps_english_and_the_page_and_the_file_speak_dutch(client):
    device = make_device("LT-AMS-0421")
    here = make_collection("Laptops", device)
    application = make_application("GIMP")
    deploy(application, here, approval=True)
    audit.record(Verb.CREATED, "Role Helpdesk", details={"changes": {"collections": [None, ["Laptops"]]}})
    with override("nl"):
        ask(make_approver(here), device, application, Action.INSTALL, now=timezone.now())
        client.force_login(make_user(superuser=True))
        html = client.get("/audit/?q=role", headers={"accept-language": "nl"}).content.decode()
        export = client.get("/audit/export/", headers={"accept-language": "nl"}).content.decode()
    assert AuditEntry.objects.get(verb="asked").target == "Install: GIMP 1.0, LT-AMS-0421"
    assert "Rol Helpdesk" in html
    assert "verzamelingen: Laptops" in html
    rows = csv.DictReader(io.StringIO(export.removeprefix("\ufeff")), delimiter=";")
    assert {"Rol Helpdesk", "Installeren: GIMP 1.0, LT-AMS-0421"} <= {row["Over"] for row in rows}
