"""Two who save at the same moment: the rules hold all the same, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection

from applications.authoring.applications import save_application
from applications.authoring.deployment_types import delete_type
from applications.authoring.deployments import save_deployment
from applications.authoring.groups import save_group
from applications.authoring.saving import SaveRefused
from applications.models import Application, Dependency, Deployment, GroupMember
from tests.make import make_application, make_collection, make_group, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*writes: Callable[[], None]) -> list[str]:
    """What each of them answers: empty, or why it was refused."""
    barrier = Barrier(len(writes))

    def one(write: Callable[[], None]) -> str:
        barrier.wait(10)
        try:
            write()
        except SaveRefused as refused:
            return str(refused)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(writes)) as threads:
        return list(threads.map(one, writes))


@pytest.fixture
def somebody() -> User:
    return make_user("somebody")


@pytest.mark.parametrize("length", [2, 3, 5])
def test_r15_two_halves_of_a_circle_are_never_both_saved(somebody, length):
    applications = [make_application(name) for name in "ABCDE"[:length]]
    # A → B, B → C, … and the last → A: each is fine by itself
    for older, newer in zip(applications, applications[1:] + applications[:1], strict=True):
        older.superseded_by = newer
    answers = at_once(*(lambda a=each: save_application(a, user=somebody) for each in applications))  # type: ignore[misc]
    assert len([answer for answer in answers if "circle" in answer]) == 1
    assert Application.objects.filter(superseded_by__isnull=False).count() == length - 1


def test_r25_two_halves_of_a_circle_of_dependencies_are_never_both_saved(somebody):
    one, two = make_application("A"), make_application("B")
    answers = at_once(
        lambda: save_application(one, [two.pk], user=somebody), lambda: save_application(two, [one.pk], user=somebody)
    )
    assert len([answer for answer in answers if "circle" in answer]) == 1
    assert Dependency.objects.count() == 1


def test_the_last_deployment_type_does_not_go_while_somebody_deploys(somebody):
    application, collection = make_application("GIMP"), make_collection("Workstations")
    each = application.deployment_types.get()
    deployment = Deployment(application=application, collection=collection)
    answers = at_once(lambda: delete_type(each, user=somebody), lambda: save_deployment(deployment, user=somebody))
    assert len([answer for answer in answers if answer]) == 1
    assert Deployment.objects.exists() == application.deployment_types.exists()


def test_r13_a_group_is_not_emptied_while_somebody_deploys_it(somebody):
    group, collection = make_group("Office", make_application()), make_collection("Workstations")
    again = Application.objects.get(pk=group.pk)
    deployment = Deployment(application=group, collection=collection)
    at_once(lambda: save_group(again, [], user=somebody), lambda: save_deployment(deployment, user=somebody))
    assert Deployment.objects.exists() == GroupMember.objects.exists()


def test_the_same_deployment_twice_is_one_and_the_second_is_told(somebody):
    application, collection = make_application("GIMP"), make_collection("Workstations")
    twins = [Deployment(application=application, collection=collection) for _ in range(2)]
    answers = at_once(*(lambda d=twin: save_deployment(d, user=somebody) for twin in twins))  # type: ignore[misc]
    assert sorted(bool(answer) for answer in answers) == [False, True]
    assert Deployment.objects.count() == 1


def test_the_same_application_twice_is_one_and_the_second_is_told(somebody):
    twins = [Application(name="GIMP", version="3") for _ in range(2)]
    answers = at_once(*(lambda a=twin: save_application(a, user=somebody) for twin in twins))  # type: ignore[misc]
    assert sorted(bool(answer) for answer in answers) == [False, True]
    assert Application.objects.count() == 1
