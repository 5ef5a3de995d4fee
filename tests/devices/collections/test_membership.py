"""Who is a member of a collection, and because of which rule: SQL against a plain evaluation, order, changes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.client_api import inventory
from devices.client_api.enrolment import enrol, new_token
from devices.collections import refresh, refresh_members, tasks
from devices.collections.built_in import create_built_in
from devices.models import Collection, CollectionRule, Device, DeviceMember, Person, PersonMember
from tests.make import NOW, deploy, make_application, make_collection, make_device, make_person, make_site, sign_in

pytestmark = pytest.mark.django_db

TEXTS = st.sampled_from(["", "Debian 12", "debian 13", "Windows 11", "a%b_c\\d", "100%", "é"])
PARTS = st.sampled_from(["Debian", "debian 12", "D", "%", "_", "\\", "11", "é", "a%B_c"])
NUMBERS = st.sampled_from([0, 2048, 4096, 8192])
VERSIONS = st.sampled_from(["2006", "2010", "2111"])
JOINS = st.sampled_from(["domain", "hybrid", "none"])


def condition(attribute, operator, value):
    return {"attribute": attribute, "operator": operator, "value": value}


CONDITIONS = st.one_of(
    st.builds(condition, st.sampled_from(["os", "name", "site", "primary_user"]),
              st.sampled_from(["is", "is_not", "begins", "contains"]), PARTS | TEXTS.filter(bool)),
    st.builds(condition, st.just("os"), st.just("one_of"), st.lists(PARTS, min_size=1, max_size=3)),
    st.builds(condition, st.just("memory_mb"), st.sampled_from(["is", "is_not", "at_least", "at_most"]), NUMBERS),
    st.builds(condition, st.just("client_version"), st.sampled_from(["is", "is_not", "at_least", "at_most"]), VERSIONS),
    st.builds(condition, st.just("join_type"), st.sampled_from(["is", "is_not"]), JOINS),
    st.builds(condition, st.just("join_type"), st.just("one_of"), st.lists(JOINS, min_size=1)),
)  # fmt: skip
DEVICES = st.lists(
    st.fixed_dictionaries(
        {
            "os": TEXTS,
            "memory_mb": st.none() | NUMBERS,
            "client_version": st.just("") | VERSIONS,
            "join_type": JOINS,
            "site": st.integers(0, 1),
            "primary_user": st.none() | st.integers(0, 1),
        }
    ),
    max_size=6,
)
# Rules speak of devices and collections by number, modulo how many there are; a collection uses only earlier ones.
RULES = st.lists(
    st.one_of(
        st.tuples(st.just("direct"), st.integers(0, 9)),
        st.tuples(st.just("query"), st.lists(CONDITIONS, max_size=3)),
        st.tuples(st.just("include"), st.integers(0, 9)),
        st.tuples(st.just("exclude"), st.integers(0, 9)),
    ),
    max_size=4,
)
COLLECTIONS = st.lists(st.tuples(st.none() | st.integers(0, 9), RULES), min_size=1, max_size=5)


def make_fleet(rows):
    sites = [make_site("Debian site"), make_site("AMS", "2010")]
    persons = [make_person("debian.visser"), make_person("D11")]
    return [
        make_device(
            f"Debian {number}",
            **{
                **row,
                "site": sites[row["site"]],
                "primary_user": None if row["primary_user"] is None else persons[row["primary_user"]],
            },
        )
        for number, row in enumerate(rows)
    ]


def make_collections(described, fleet):
    made = []
    for limiting, rules in described:
        limited_to = made[limiting % len(made)] if limiting is not None and made else None
        collection = make_collection(limiting=limited_to)
        for kind, what in rules:
            if kind == "direct" and fleet:
                CollectionRule.objects.create(collection=collection, kind=kind, device=fleet[what % len(fleet)])
            elif kind == "query":
                CollectionRule.objects.create(collection=collection, kind=kind, query=what)
            elif kind in ("include", "exclude") and made:
                CollectionRule.objects.create(collection=collection, kind=kind, other=made[what % len(made)])
        made.append(collection)
    return made


def holds(device, asked):
    """What a condition means, once more and in plain Python."""
    known = {
        "os": device.os,
        "name": device.name,
        "site": device.site.name,
        "primary_user": device.primary_user.username if device.primary_user else "",
        "memory_mb": device.memory_mb,
        "client_version": device.client_version,
        "join_type": device.join_type,
    }[asked["attribute"]]
    value, operator = asked["value"], asked["operator"]
    if isinstance(known, str):
        known = known.lower()
    value = (
        [v.lower() for v in value] if isinstance(value, list) else value.lower() if isinstance(value, str) else value
    )
    if operator == "is_not":
        return known != value
    if known in ("", None):
        return False
    return {
        "is": lambda: known == value,
        "begins": lambda: known.startswith(value),
        "contains": lambda: value in known,
        "one_of": lambda: known in value,
        "at_least": lambda: known >= value,
        "at_most": lambda: known <= value,
    }[operator]()


def naive(collections, fleet):
    """The members (collection, device) → rule."""
    found = {}
    for collection in collections:
        rules = list(collection.rules.order_by("pk"))
        for device in fleet:
            if collection.limiting_id and (collection.limiting_id, device.pk) not in found:
                continue
            if any(r.kind == "exclude" and (r.other_id, device.pk) in found for r in rules):
                continue
            fitting = [
                rule.pk
                for rule in sorted(rules, key=lambda rule: (rule.kind != "direct", rule.pk))
                if (rule.kind == "direct" and rule.device_id == device.pk)
                or (rule.kind == "query" and all(holds(device, asked) for asked in rule.query))
                or (rule.kind == "include" and (rule.other_id, device.pk) in found)
            ]
            if fitting:
                found[collection.pk, device.pk] = fitting[0]
    return found


def members():
    rows = DeviceMember.objects.values_list("collection", "device", "rule")
    return {(collection, device): rule for collection, device, rule in rows}


def forget():
    DeviceMember.objects.all().delete()
    Collection.objects.update(limiting=None)
    CollectionRule.objects.all().delete()
    for model in (Collection, Device, Person):
        model.objects.all().delete()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=DEVICES, described=COLLECTIONS, later=DEVICES)
def test_members_are_those_that_a_plain_evaluation_finds(rows, described, later):
    forget()
    fleet = make_fleet(rows)
    collections = make_collections(described, fleet)
    expected = naive(collections, fleet)
    refresh.refresh_all(NOW)
    assert members() == expected
    assert refresh.refresh_all(NOW) == 0, "a second look changes nothing"
    for device, row in zip(fleet, later, strict=False):
        Device.objects.filter(pk=device.pk).update(os=row["os"], memory_mb=row["memory_mb"], join_type=row["join_type"])
        device.refresh_from_db()
        refresh_members.refresh_device(device)
    expected = naive(collections, fleet)
    assert members() == expected, "device by device"
    assert refresh.refresh_all(NOW) == 0, "whole collections agree with device by device"
    DeviceMember.objects.all().delete()
    refresh_members.refresh_devices([device.pk for device in fleet])
    assert members() == expected, "all devices at once"


def query(collection, *conditions):
    return CollectionRule.objects.create(collection=collection, kind="query", query=list(conditions))


def test_a_new_device_is_in_its_collections_at_once():
    create_built_in()
    debian = make_collection()
    query(debian, condition("os", "begins", "Debian"))
    device = make_device(os="Debian 12")
    refresh_members.refresh_device(device)
    assert {m.collection.name for m in device.memberships.all()} == {"All devices", debian.name}


def test_one_device_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    create_built_in()
    device = make_device()
    for number in range(30):
        query(make_collection(), condition("os", "begins", f"Debian {number % 3}"))
    with django_assert_max_num_queries(14):
        refresh_members.refresh_device(device)
    assert device.memberships.count() == 1 + 10


def test_what_depends_on_a_collection_follows_it():
    first, second, third, other = (make_collection() for _ in range(4))
    CollectionRule.objects.create(collection=second, kind="include", other=first)
    CollectionRule.objects.create(collection=third, kind="include", other=second)
    device = make_device()
    CollectionRule.objects.create(collection=first, kind="direct", device=device)
    assert refresh.refresh([first.pk], NOW) == 3
    assert {m.collection for m in device.memberships.all()} == {first, second, third}
    assert Collection.objects.get(pk=other.pk).refreshed_at is None


def test_a_circle_that_slipped_in_does_not_hang():
    first, second = make_collection(), make_collection()
    CollectionRule.objects.create(collection=first, kind="include", other=second)
    CollectionRule.objects.create(collection=second, kind="include", other=first)
    assert refresh.refresh_all(NOW) == 0


def test_a_query_that_is_no_longer_understood_makes_nobody_a_member():
    collection = make_collection()
    query(collection, condition("colour", "is", "red"))
    make_device()
    assert refresh.refresh_all(NOW) == 0


def test_persons_have_collections_too():
    everybody = create_built_in()["persons"]
    sales = make_collection(persons=True)
    query(sales, condition("department", "is", "Sales"))
    person, other = make_person(department="sales"), make_person(department="")
    refresh.refresh_all(NOW)
    assert {m.person for m in PersonMember.objects.filter(collection=everybody)} == {person, other}
    assert [m.person for m in PersonMember.objects.filter(collection=sales)] == [person]
    third = make_person(department="Sales")
    refresh_members.refresh_person(third)
    assert third.memberships.count() == 2


@pytest.mark.parametrize("at_once", [True, False])
def test_pages_of_devices_change_when_a_deployed_collection_does(at_once):
    collection, quiet = make_collection(), make_collection()
    for each in (collection, quiet):
        query(each, condition("os", "begins", "Debian"))
    deploy(make_application(), collection)
    fitting, other = make_device(os="Debian 12"), make_device(os="Windows 11")
    if at_once:
        refresh_members.refresh_devices([fitting.pk, other.pk])
    else:
        refresh.refresh_all(NOW)
    assert [Device.objects.get(pk=device.pk).revision for device in (fitting, other)] == [1, 0]
    Device.objects.filter(pk=fitting.pk).update(os="Windows 11")
    refresh.refresh_all(NOW)
    assert Device.objects.get(pk=fitting.pk).revision == 2


def test_pages_of_a_persons_devices_change_too():
    collection = make_collection(persons=True)
    query(collection, condition("department", "is", "Sales"))
    deploy(make_application(), collection)
    person = make_person(department="Sales")
    primary, signed_in, other = make_device(primary_user=person), make_device(), make_device()
    sign_in(signed_in, person)
    refresh.refresh_all(NOW)
    assert [Device.objects.get(pk=device.pk).revision for device in (primary, signed_in, other)] == [1, 1, 0]


def test_a_rule_that_is_replaced_keeps_the_member_and_the_page():
    collection = make_collection()
    device = make_device()
    old = CollectionRule.objects.create(collection=collection, kind="direct", device=device)
    deploy(make_application(), collection)
    refresh.refresh_all(NOW)
    old.delete()
    new = query(collection)
    refresh.refresh_all(NOW)
    assert [m.rule for m in device.memberships.all()] == [new]
    assert Device.objects.get(pk=device.pk).revision == 1


def test_what_there_was_no_time_for_comes_first_the_next_time():
    first, second = make_collection(), make_collection()
    CollectionRule.objects.create(collection=second, kind="include", other=first)
    query(first)
    make_device()
    assert refresh.refresh_all(NOW, patience=-1) == 0
    Collection.objects.filter(pk=first.pk).update(refreshed_at=NOW)
    assert refresh.refresh_all(NOW) == 1, "the second came first, when the first had no members yet"
    assert refresh.refresh_all(NOW) == 1


def test_a_device_that_enrols_and_reports_is_in_its_collections_at_once():
    create_built_in()
    debian, signed = make_collection(), make_collection(persons=True)
    query(debian, condition("os", "begins", "Debian"))
    query(signed, condition("username", "begins", "j."))
    device = enrol(new_token(make_site(), None, NOW), "a" * 64, "LT-NEW", NOW)
    assert [m.collection.name for m in device.memberships.all()] == ["All devices"]
    said = SimpleNamespace(
        platform="linux", os="Debian 12", client_version="2111", architecture="x86_64", memory_mb=1, disk_mb=1,
        time_zone="", join_type="none", signed_in=["j.visser"], restart_pending=False, host_name="lt-new",
    )  # fmt: skip
    inventory.update(device, said, NOW)
    assert {m.collection.name for m in device.memberships.all()} == {"All devices", debian.name}
    assert {m.collection for m in Person.objects.get().memberships.all()} == {
        signed,
        Collection.objects.get(name="All people"),
    }


def test_the_clock_repairs_every_membership():
    everything, some = create_built_in()["devices"], make_collection()
    device = make_device()
    query(some)
    tasks.refresh_collections([some.pk])
    assert [m.collection for m in device.memberships.all()] == [some]
    tasks.refresh_collections()
    assert {m.collection for m in device.memberships.all()} == {some, everything}
