"""The list of a device in SQL, compared with the rules in Python and with a naive listing (R2, R7, R12)."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from applications.models import Application, Request
from applications.rules.lifecycle import OPEN
from applications.rules.status import Status, StatusFacts, derive
from applications.status.in_place import newest
from applications.status.in_sql import applications_on, status_counts, status_of, with_status
from applications.status.rows import rows_for
from tests.make import (
    NOW,
    deploy,
    make_application,
    make_collection,
    make_device,
    make_group,
    make_person,
    make_reader,
    make_report,
    make_request,
    make_site,
    sign_in,
)

REPORTED = ("", "installed", "not_installed", "failed", "requirements_not_met", "restart_pending")


@pytest.mark.django_db
def test_r7_sql_and_python_agree_on_every_combination_of_facts():
    """One application for every combination of request, action, report, Required deployment and past."""
    device = make_device()
    expected = {}
    everything = make_collection("Everything", device)
    for state, action, found, required, ever in product(
        ("", *OPEN), ("install", "reinstall", "uninstall"), REPORTED, (True, False), (True, False)
    ):
        application = make_application(types=0)
        deploy(application, everything, "required" if required else "available")
        if state:
            make_request(device, application, state, action=action)
        if found or ever:
            make_report(device, application, found or "not_installed", ever_installed=ever)
        facts = StatusFacts(
            state if action != "uninstall" else "", found or ("not_installed" if ever else ""), required, ever
        )
        expected[application.pk] = derive(facts)
    listed = list(applications_on(device))
    assert {application.pk: status_of(application) for application in listed} == expected
    rows = rows_for(device, listed, None, NOW)
    assert {row.application.pk: row.status for row in rows} == expected
    counts = status_counts(applications_on(device))
    assert counts == {status: list(expected.values()).count(status) for status in Status}
    assert set(with_status(applications_on(device), Status.FAILED)) == {
        application for application in listed if expected[application.pk] is Status.FAILED
    }


class RandomFleets(TestCase):
    """SQL listing and a naive Python listing agree on random fleets."""

    @settings(
        max_examples=40, phases=(Phase.explicit, Phase.generate), deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def test_r2_sql_lists_what_a_naive_reading_of_the_document_lists(self, data):
        draw = data.draw
        site = make_site(draw(st.sampled_from(["S06", "S10", "S03", "S11"])), "2111")
        site.version = {"S06": "2006", "S10": "2010", "S03": "2103", "S11": "2111"}[site.name]
        site.save()
        persons = [make_person() for _ in range(3)]
        join = draw(st.sampled_from(["domain", "azure_ad"]))
        device = make_device(site=site, join_type=join, primary_user=draw(st.sampled_from([None, persons[0]])))
        other = make_device(site=site)
        if draw(st.booleans()):
            sign_in(device, persons[1])
        members = st.lists(st.sampled_from([device, other]), unique=True)
        collections = [make_collection("", *draw(members)) for _ in range(2)]
        collections += [
            make_collection("", *draw(st.lists(st.sampled_from(persons), unique=True)), persons=True) for _ in range(2)
        ]
        single = [make_application() for _ in range(4)]
        for older, newer in ((0, 3), (2, 0)):
            if draw(st.booleans()):
                single[older].superseded_by = single[newer]
                single[older].save()
        applications = [*single, make_group("", *single[:2])]
        deployments = []
        for application, collection in product(applications, collections):
            option = draw(st.sampled_from([None, None, "required", "available", "approval"]))
            if option:
                purpose = "required" if option == "required" else "available"
                deployments.append((option, deploy(application, collection, purpose, approval=option == "approval")))
        for application in single:
            person = draw(st.sampled_from([None, None, *persons]))
            found = draw(st.sampled_from(["", "installed", "failed", "not_installed"]))
            if found:
                make_report(device, application, found, person=person, by_koppel=draw(st.booleans()))
            if draw(st.sampled_from([False, False, True])):
                asked = draw(st.sampled_from(single))
                target = newest([asked]).get(asked.pk, asked)
                if not Request.objects.filter(target=target).exists():
                    make_request(device, asked, draw(st.sampled_from(["queued", "running"])), target=target)
        reader = make_reader(collections[0], *draw(st.lists(st.sampled_from(collections[2:]), unique=True)))
        for user in (None, reader):
            listed = list(applications_on(device, user).order_by("pk"))
            assert [a.pk for a in listed] == naive_listing(device, applications, deployments, user)
            rows = rows_for(device, listed, user, NOW)
            assert [row.status for row in rows] == [status_of(application) for application in listed]


def naive_listing(device, applications, deployments, user) -> list[int]:
    """R2 and R12, sentence by sentence, one application at a time."""
    version = device.site.version
    here = set(device.signed_in.all()) | ({device.primary_user} if device.primary_user else set())
    readable = (
        None if user is None else {right.collection for g in user.groups.all() for right in g.collection_rights.all()}
    )
    found = []
    for application in applications:
        if version < "2010" or (application.is_group and version < "2111"):
            continue
        listed = False
        for option, deployment in deployments:
            if deployment.application != application:
                continue
            to_device = deployment.collection.device_members.filter(device=device).exists()
            to_person = deployment.collection.person_members.filter(person__in=here).exists() and (
                readable is None or deployment.collection in readable
            )
            if version >= "2103":
                listed = listed or to_device or to_person
            else:
                listed = listed or (to_device and option == "approval") or (to_person and option != "required")
        for report in device.reports.filter(application=application, person__isnull=False, ever_installed=True):
            in_sight = readable is None or any(c.person_members.filter(person=report.person).exists() for c in readable)
            listed = listed or (version >= "2103" and in_sight)
        for report in device.reports.filter(application=application, by_koppel=True, found="installed"):
            in_sight = readable is None or any(c.person_members.filter(person=report.person).exists() for c in readable)
            listed = listed or report.person is None or in_sight
        if listed:
            found.append(application.pk)
    return found


@pytest.mark.django_db
def test_r2_an_application_that_reaches_a_device_in_several_ways_is_one_row_that_names_them_all():
    person = make_person("j.visser")
    device = make_device(primary_user=person)
    sign_in(device, person)
    application = make_application()
    deploy(application, device, "required")
    deploy(application, device, approval=True)
    deploy(application, person)
    assert [a.pk for a in applications_on(device)] == [application.pk]
    (row,) = rows_for(device, [application], None, NOW)
    assert len(row.reaches) == 3


@pytest.mark.django_db
def test_r15_a_chain_of_supersedence_ends_in_the_newest():
    newest_one = make_application("C")
    middle = make_application("B", superseded_by=newest_one)
    oldest = make_application("A", superseded_by=middle)
    assert newest([oldest, middle, newest_one]) == {oldest.pk: newest_one, middle.pk: newest_one}


@pytest.mark.django_db
def test_r15_a_circle_that_got_in_past_the_console_does_not_hang_a_page():
    first, second = make_application("A"), make_application("B")
    Application.objects.filter(pk=first.pk).update(superseded_by=second)
    Application.objects.filter(pk=second.pk).update(superseded_by=first)
    assert set(newest(Application.objects.all())) == {first.pk, second.pk}


@pytest.mark.django_db
@pytest.mark.parametrize("number", [10, 200])
def test_the_list_and_its_verdicts_take_a_fixed_number_of_queries(number, django_assert_max_num_queries):
    device = make_device()
    everything = make_collection("Everything", device)
    for _ in range(number):
        deploy(make_application(), everything)
    with django_assert_max_num_queries(14):
        listed = list(applications_on(device).order_by("attention", "name"))
        assert len(rows_for(device, listed, None, NOW)) == number
    assert Application.objects.count() == number
