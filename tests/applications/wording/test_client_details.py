"""Every code that a client can tell is a sentence in both languages; one that nobody knows is shown with its facts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override

from applications.models import RequestStep
from applications.requests.schemas import DetailIn
from applications.rules.reasons import OUTCOMES
from applications.wording.client_details import APPENDED, SENTENCES, requirement, sentence
from applications.wording.sentences import about, outcome
from client.details import FACTS, Code, detail
from pages.requests.timeline import facts_of_step
from tests.make import NOW, deploy, make_application, make_device, make_report, make_request

VALUES = {
    "architectures": ["x86_64", "aarch64"],
    "at": NOW.isoformat(),
    "bytes": 54 * 1024**2,
    "of_bytes": 120 * 1024**2,
    "cause": {"code": "took_too_long", "facts": {"seconds": 60}},
    "exit_code": 3,
    "found_mb": 900,
    "minutes": 120,
    "needed_mb": 32768,
    "number": 4,
    "of": 10,
    "platforms": ["plan9", "vms"],
    "seconds": 60,
    "tries": 10,
}


def told(code, **facts):
    return {"code": code, "facts": facts}


def sample(code):
    """A detail with every fact that the client may give."""
    return told(code, **{name: VALUES.get(name, f"<{name}>") for name in FACTS[Code(code)]})


@pytest.mark.parametrize("code", [code.value for code in Code])
def test_r6_every_code_of_the_client_is_a_sentence_in_both_languages(code):
    english = sentence(sample(code))
    with override("nl"):
        dutch = sentence(sample(code))
    assert english != dutch
    assert code not in english
    for said in (english, dutch):
        assert not said.endswith(".")
        assert "%(" not in said
        assert "?" not in said
        for name in FACTS[Code(code)]:
            assert name in VALUES or f"<{name}>" in said


@pytest.mark.parametrize("code", [code.value for code in Code])
def test_a_sentence_has_no_place_for_what_the_client_does_not_tell(code):
    with override(None):
        sentence_ = str(SENTENCES[code])
    assert sentence_ % {name: "" for name in FACTS[Code(code)] if name not in APPENDED}
    assert "?" not in sentence(sample(code))


@pytest.mark.parametrize("code", list(Code))
def test_the_console_takes_what_the_client_tells(code):
    """Also where its facts are as long as they can be, and lie as deep."""
    long = detail(code, **dict.fromkeys(FACTS[code], "x" * 10_000))
    listed = detail(code, **dict.fromkeys(FACTS[code], ["x" * 10_000] * 100))
    deep = detail(code, cause=detail(code, cause=listed))
    for each in (sample(code.value), long, listed, deep):
        assert DetailIn.model_validate(each).model_dump(mode="json") == each


def test_every_sentence_belongs_to_a_code():
    assert set(SENTENCES) == {code.value for code in Code} | {"text"}


@pytest.mark.parametrize(
    ("detail", "english", "dutch"),
    [
        (told("file_missing", path="/x"), "/x does not exist", "/x bestaat niet"),
        (
            told("needs_memory", needed_mb=32768, found_mb=16000),
            "Needs 32 GB memory; this device has 15.6 GB",
            "Heeft 32 GB geheugen nodig; dit apparaat heeft 15,6 GB",
        ),
        (
            told("needs_disk", needed_mb=900, found_mb=12),
            "Needs 900 MB free on the disk; this device has 12 MB",
            "Heeft 900 MB vrij op de schijf nodig; dit apparaat heeft 12 MB",
        ),
        (
            told("needs_platform", platforms=["linux", "macos"], found="windows"),
            "Needs Linux or macOS; this device has Windows",
            "Heeft Linux of macOS nodig; dit apparaat heeft Windows",
        ),
        (
            told("script_no_answer", cause=told("took_too_long", seconds=60)),
            "The detection script gave no answer: it took longer than 60 s",
            "Het detectiescript gaf geen antwoord: het duurde langer dan 60 s",
        ),
        (
            told("script_exit_code", exit_code=3),
            "The detection script ended with exit code 3",
            "Het detectiescript eindigde met afsluitcode 3",
        ),
        (
            told("script_exit_code", exit_code=-9, output="No room.\n100 %"),
            "The detection script ended with exit code -9: No room.\n100 %",
            "Het detectiescript eindigde met afsluitcode -9: No room.\n100 %",
        ),
        (told("time_over", minutes=0.5), "It was ended after 0.5 minutes", "Na 0,5 minuten beëindigd"),
        (told("text", text="As it was told before."), *["As it was told before."] * 2),
        (None, "", ""),
    ],
)
def test_r6_what_a_client_tells_in_both_languages(detail, english, dutch):
    assert sentence(detail) == english
    with override("nl"):
        assert sentence(detail) == dutch


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (told("needs_os", needed="Windows 11*", found="Debian 12"), "Needs Windows 11*; this device has Debian 12"),
        (
            told("requirement_script_exit_code", exit_code=1, output="not root"),
            "Its script says that it does not fit this device, with exit code 1: not root",
        ),
        (told("moon_is_full", phase="waxing"), "Requirement: moon_is_full (phase: waxing)"),
        (told("text", text="something old"), "Requirement: something old"),
        (None, ""),
    ],
)
def test_r8_a_requirement_that_does_not_hold_is_said_in_full(detail, said):
    assert requirement(detail) == said
    assert outcome("requirements_not_met", {"detail": detail}) == said


@pytest.mark.parametrize(
    ("reason", "detail", "said"),
    [
        ("detection_unknown", told("detection_no_answer", error="it broke"), "Detection gave no answer: it broke"),
        (
            "detection_unknown",
            told("file_without_version", path="x"),
            "Detection gave no answer: the first line of x holds no version",
        ),
        ("detection_unknown", None, "Detection gave no answer"),
        ("start_failed", told("not_started", error="no shell"), "The command could not be started: no shell"),
        ("internal", None, "The client met a fault"),
    ],
)
def test_r8_a_sentence_with_what_the_client_told_does_not_say_it_twice(reason, detail, said):
    assert outcome(reason, {"detail": detail} if detail else {}) == said


HOSTILE = [
    told("unknown_of_tomorrow", count=2**53, path="/x", causes=["a", "b"]),
    told("needs_memory"),
    told("needs_memory", needed_mb="much", found_mb=[]),
    told("needs_memory", needed_mb=1e300, found_mb=-(2**53)),
    told("needs_platform", platforms="%(found)s", found=["<script>alert(1)</script>"]),
    told("retry", number="%s", of="%(at)s", at="2026-13-45T99:00:00Z"),
    told("retry", number=1, of=1, at="0001-01-01T00:00:00+00:00"),
    told("retry", number=1, of=1, at="2026-11-20T14:00:00"),
    told("retry", number=1, of=1, at=told("retry", at=told("retry", at=told("retry", at="x")))),
    told("file_missing", path="</td>%(path)s%%" * 30),
    told("text", text="%(text)s"),
    told("text"),
    told("took_too_long", seconds=told("unknown")),
]


@pytest.mark.parametrize("detail", HOSTILE, ids=str)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_hostile_facts_are_still_a_sentence(detail, language):
    with override(language):
        assert sentence(detail)
        assert requirement(detail)
        assert all(outcome(reason, {"detail": detail}) for reason in OUTCOMES if reason not in ("", "exit_code_known"))


@pytest.mark.django_db
@pytest.mark.parametrize("detail", HOSTILE, ids=str)
def test_hostile_facts_break_no_page(admin_client, detail):
    device, application = make_device(), make_application()
    deploy(application, device)
    facts = {"reason": "requirements_not_met", "facts": {"detail": detail}}
    asked = make_request(device, application, "failed", finished_at=NOW, **facts)
    asked.events.create(at=NOW, state="failed", code="detection_unknown", facts={"detail": detail})
    RequestStep.objects.create(request=asked, application=application, reason="not_detected", detail=detail)
    make_report(device, application, "failed", **facts)
    asked.refresh_from_db()  # PostgreSQL has an order of its own for the facts
    for address in (
        reverse("applications:request", args=[asked.pk]),
        f"{reverse('applications:requests')}?state=failed",
        f"{reverse('applications:device', args=[device.pk])}?app={application.pk}",
    ):
        page = admin_client.get(address)
        assert page.status_code == 200
        assert "<script>alert(1)" not in page.text
        assert str(escape(sentence(asked.facts["detail"])))[1:40] in page.text


def test_r6_a_step_on_the_page_of_its_request_is_dutch_and_says_nothing_twice():
    absent = RequestStep(reason="not_detected", exit_code=0, detail=told("package_missing", name="gimp"))
    silent = RequestStep(reason="detection_unknown", detail=told("script_exit_code", exit_code=3))
    with override("nl"):
        facts = dict(facts_of_step(absent))
        assert facts["Resultaat"] == "Afsluitcode 0, maar de toepassing is niet gedetecteerd"
        assert facts["Details"] == "Het pakket gimp is niet geïnstalleerd"
        facts = dict(facts_of_step(silent))
        assert facts["Resultaat"].endswith(": het detectiescript eindigde met afsluitcode 3")
        assert "Detail" not in facts


@pytest.mark.django_db
def test_r8_a_retry_is_told_with_its_moment_in_the_zone_of_who_looks():
    at = (timezone.now() + timedelta(minutes=2)).replace(microsecond=0)
    detail = told("retry", number=3, of=10, at=at.isoformat())
    asked = make_request(make_device(), make_application(), "running", phase="waiting_retry", progress_detail=detail)
    for zone in ("UTC", "Asia/Tokyo"):
        with timezone.override(zone):
            said = about(asked)
            assert said.startswith("Retry 3 of 10 at ")
            assert said.endswith(f"{timezone.localtime(at):%H:%M}")
