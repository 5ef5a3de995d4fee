"""Asking for an action and taking it back (R10, R11, R15, R17, R19, R20): confirmations, refusals, forged requests."""

import uuid

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from applications.models import Request
from audit.models import AuditEntry
from tests.make import (
    deploy,
    make_application,
    make_approver,
    make_collection,
    make_device,
    make_person,
    make_reader,
    make_report,
    make_request,
    make_user,
    need,
    sign_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return make_device("LT-AMS-0421")


@pytest.fixture
def everything(device):
    return make_collection("All devices", device)


@pytest.fixture
def gimp(everything):
    application = make_application("GIMP")
    deploy(application, everything)
    return application


@pytest.fixture
def approver(everything):
    return make_approver(everything)


def act(client, device, command, *ids, query="", **more):
    address = reverse("applications:act", args=[device.pk])
    return client.post(address + query, {"command": command, "id": [str(pk) for pk in ids], **more})


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_install_makes_a_request_and_returns_to_the_same_view(client, device, gimp, approver):
    client.force_login(approver)
    answer = act(client, device, "install", gimp.pk, query="?q=gi&sort=-name&app=3")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{device.get_absolute_url()}?q=gi&sort=-name&app=3"
    assert said(answer) == ["Install requested: GIMP 1.0. You can follow it in this list."]
    asked = Request.objects.get()
    assert (asked.action, asked.state, asked.requested_by) == ("install", "queued", approver)
    assert AuditEntry.objects.get(verb="asked").address == "127.0.0.1"


def test_r25_what_comes_along_is_asked_about_first(client, device, gimp, approver):
    """And stands in the pane."""
    need(gimp, make_application("Python"))
    client.force_login(approver)
    question = client.get(act(client, device, "install", gimp.pk).headers["Location"]).text
    assert "Install GIMP 1.0?" in question
    assert "Will also install Python 1.0" in question
    assert not Request.objects.exists()
    act(client, device, "install", gimp.pk, confirmed="1")
    assert Request.objects.exists()
    assert "Will also install Python 1.0" in client.get(f"{device.get_absolute_url()}?app={gimp.pk}").text


def test_a_second_click_gets_the_same_request(client, device, gimp, approver):
    """R17"""
    client.force_login(approver)
    act(client, device, "install", gimp.pk)
    answer = act(client, device, "install", gimp.pk)
    assert "the same request is open already" in said(answer)[-1]
    assert Request.objects.count() == 1


def test_a_refusal_is_told_with_its_reason_and_audited(client, device, gimp, approver):
    make_report(device, gimp, "installed")
    client.force_login(approver)
    answer = act(client, device, "install", gimp.pk)
    assert said(answer) == ["GIMP 1.0 cannot be installed: it is installed already; Reinstall runs the command again."]
    assert AuditEntry.objects.filter(verb="refused", user=approver).exists()
    assert not Request.objects.exists()


def test_an_uninstall_asks_first_and_the_question_works_without_script(client, device, gimp, approver):
    make_report(device, gimp, "installed")
    client.force_login(approver)
    question = client.post(
        reverse("applications:act", args=[device.pk]), {"command": "uninstall", "id": gimp.pk}, follow=True
    )
    assert not Request.objects.exists()
    for text in ("Uninstall GIMP 1.0?", 'name="confirmed" value="1"', "Reason, for the audit log", "at most 120 min"):
        assert text in question.text
    act(client, device, "uninstall", gimp.pk, confirmed="1", comment="ticket 7")
    asked = Request.objects.get()
    assert (asked.action, asked.comment) == ("uninstall", "ticket 7")


def test_a_superseded_application_asks_and_names_what_is_installed_instead(client, device, everything, approver):
    """R15"""
    new = make_application("7-Zip", version="25.01")
    old = make_application("7-Zip", version="23.01", superseded_by=new)
    deploy(old, everything)
    client.force_login(approver)
    question = client.get(act(client, device, "install", old.pk).headers["Location"])
    assert "Install 7-Zip 25.01 instead?" in question.text
    act(client, device, "install", old.pk, confirmed="1")
    assert Request.objects.get().target == new


def test_several_at_once_ask_first_and_make_a_request_each(client, device, everything, gimp, approver):
    other, installed = make_application("Inkscape"), make_application("Firefox")
    deploy(other, everything), deploy(installed, everything)
    make_report(device, installed, "installed")
    client.force_login(approver)
    ids = (gimp.pk, other.pk, installed.pk)
    question = client.get(act(client, device, "install", *ids).headers["Location"])
    assert "Install 2 applications?" in question.text
    assert "Firefox 1.0: it is installed already" in question.text
    answer = act(client, device, "install", *ids, confirmed="1")
    assert said(answer)[0] == "Install: 2 requests made."
    assert Request.objects.count() == 2


def test_what_is_refused_for_all_is_not_asked_about(client, device, gimp, approver):
    client.force_login(approver)
    answer = act(client, device, "uninstall", gimp.pk)
    assert "ask=" not in answer.headers["Location"]
    assert "it is not installed now" in said(answer)[0]
    page = client.get(f"{device.get_absolute_url()}?ask=uninstall&id={gimp.pk}")
    assert "<dialog" not in page.text


def test_nothing_selected_says_so(client, device, gimp, approver):
    client.force_login(approver)
    answer = act(client, device, "install")
    assert answer.status_code == 302
    assert said(answer) == ["Select an application first."]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"command": "explode"}, "is not one of the five actions"),
        ({"command": ""}, "is not one of the five actions"),
        ({"command": "install", "id": "x"}, "is not listed for this device"),
        ({"command": "install", "id": "9" * 40}, "is not listed for this device"),
        ({"command": "install", "id": [str(n) for n in range(1, 200)]}, "At most 100"),
    ],
)
def test_a_forged_post_is_400_with_a_sentence_and_changes_nothing(client, device, gimp, approver, data, sentence):
    client.force_login(approver)
    answer = client.post(reverse("applications:act", args=[device.pk]), {"id": gimp.pk, **data})
    assert answer.status_code == 400
    assert sentence in answer.text
    assert not Request.objects.exists()


def test_a_comment_that_is_too_long_is_400(client, device, gimp, approver):
    client.force_login(approver)
    assert act(client, device, "install", gimp.pk, comment="x" * 301).status_code == 400


def test_a_selection_that_left_the_list_gets_the_list_with_a_message(client, device, gimp, approver):
    """R11: neither what is not listed here (any more) nor what was selected beside it is asked for."""
    outside = make_application("Outside")
    deploy(outside, make_collection("Elsewhere"))
    client.force_login(approver)
    for gone in (outside.pk, 999_999):
        answer = act(client, device, "install", gimp.pk, gone)
        assert answer.status_code == 302
        assert said(answer)[-1] == (
            "1 application that you selected is not listed here any more. Nothing was requested."
        )
    assert not Request.objects.exists()


def test_get_is_not_an_action(client, device, approver):
    client.force_login(approver)
    assert client.get(reverse("applications:act", args=[device.pk])).status_code == 405


def test_a_reader_gets_403_on_a_forged_post(client, device, everything, gimp):
    """R18, R19"""
    client.force_login(make_reader(everything))
    answer = act(client, device, "install", gimp.pk)
    assert answer.status_code == 403
    assert "applications.approve_application" in answer.text
    assert not Request.objects.exists()


def test_who_may_approve_elsewhere_gets_403_here(client, device, everything, gimp):
    user = make_reader(everything)
    user.groups.add(make_approver(make_collection("Elsewhere")).groups.get())
    client.force_login(user)
    assert act(client, device, "install", gimp.pk).status_code == 403
    assert not Request.objects.exists()


def test_a_stranger_gets_404(client, device, gimp):
    client.force_login(make_approver(make_collection("Elsewhere")))
    assert act(client, device, "install", gimp.pk).status_code == 404


def test_anonymous_is_sent_to_sign_in(client, device, gimp):
    assert act(client, device, "install", gimp.pk).headers["Location"].startswith(reverse("signin"))
    assert not Request.objects.exists()


def test_a_post_without_the_token_of_the_form_is_refused(client, device, gimp, approver):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(approver)
    assert act(strict, device, "install", gimp.pk).status_code == 403
    assert not Request.objects.exists()


# Cancel


def cancel(client, asked, **more):
    return client.post(reverse("applications:cancel", args=[asked.pk]), more)


def test_cancel_until_the_client_confirmed_it(client, device, gimp, approver):
    asked = make_request(device, gimp, "sent")
    client.force_login(approver)
    back = f"{device.get_absolute_url()}?app={gimp.pk}"
    answer = cancel(client, asked, next=back)
    assert answer.headers["Location"] == back
    asked.refresh_from_db()
    assert asked.state == "cancelled"
    assert AuditEntry.objects.filter(verb="cancelled", user=approver).exists()


def test_what_the_client_confirmed_is_not_cancelled(client, device, gimp, approver):
    asked = make_request(device, gimp, "acknowledged")
    client.force_login(approver)
    answer = cancel(client, asked)
    assert "can no longer be cancelled" in said(answer)[0]
    asked.refresh_from_db()
    assert asked.state == "acknowledged"


def test_cancel_never_leads_to_another_host(client, device, gimp, approver):
    client.force_login(approver)
    answer = cancel(client, make_request(device, gimp, "sent"), next="https://evil.example/")
    assert answer.headers["Location"] == device.get_absolute_url()


def test_cancel_is_for_who_may_approve_here(client, device, everything, gimp):
    asked = make_request(device, gimp, "sent")
    address = reverse("applications:cancel", args=[asked.pk])
    assert client.post(address).headers["Location"].startswith(reverse("signin"))
    client.force_login(make_reader(everything))
    assert client.post(address).status_code == 403
    client.force_login(make_approver(make_collection("Elsewhere")))
    assert client.post(address).status_code == 404
    asked.refresh_from_db()
    assert asked.state == "sent"


def test_a_request_for_a_person_outside_sight_is_404(client, device, gimp, approver):
    person = make_person("z.hidden")
    sign_in(device, person)
    client.force_login(approver)
    assert cancel(client, make_request(device, gimp, "sent", person=person)).status_code == 404


def test_a_request_that_never_was_is_404(client, approver):
    client.force_login(approver)
    assert client.post(reverse("applications:cancel", args=[uuid.uuid4()])).status_code == 404


def test_a_superuser_asks_too(client, device, gimp):
    client.force_login(make_user("root", superuser=True))
    act(client, device, "install", gimp.pk)
    assert Request.objects.get().requester == "root"


@pytest.mark.parametrize("number", [1, 50])
def test_asking_for_many_takes_the_queries_of_asking_for_one(client, number, django_assert_max_num_queries):
    """R10: the facts are fetched in bulk, and what is written is written in one statement for all."""
    device = make_device(online=True)
    everything = make_collection("Everything", device)
    applications = [make_application(f"Tool {place:02d}") for place in range(number)]
    for application in applications:
        deploy(application, everything)
    client.force_login(make_approver(everything))
    form = {"command": "install", "confirmed": "1", "id": [application.pk for application in applications]}
    client.get(reverse("applications:device", args=[device.pk]))  # what is cached for everybody is cached now
    with django_assert_max_num_queries(34):
        assert client.post(reverse("applications:act", args=[device.pk]), form).status_code == 302
    assert Request.objects.filter(device=device, state="queued").count() == number
