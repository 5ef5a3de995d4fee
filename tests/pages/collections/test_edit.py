"""Creating and changing collections: rules without script, preview, circles, rights, the audit log, deleting."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from audit.models import AuditEntry
from devices.collections import refresh
from devices.collections.built_in import create_built_in
from devices.models import Collection, CollectionRight, CollectionRule, DeviceMember
from tests.make import NOW, deploy, make_application, make_collection, make_device, make_person, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def built_in():
    made = create_built_in()
    refresh.refresh_all(NOW)
    return made


@pytest.fixture
def admin(client):
    user = make_user("root", superuser=True)
    client.force_login(user)
    return client


def filled(limiting, *queries, **more):
    """What a browser sends: each query a list of (attribute, operator, value)."""
    data = {"name": "Debian", "comment": "", "limiting": limiting.pk, "direct": "", "queries": len(queries)}
    for index, conditions in enumerate(queries):
        data |= {f"query-{index}-TOTAL_FORMS": len(conditions) + 1, f"query-{index}-INITIAL_FORMS": 0}
        for number, condition in enumerate(conditions):
            for name, value in zip(("attribute", "operator", "value"), condition, strict=True):
                data[f"query-{index}-{number}-{name}"] = value
    return data | more


def add(client, data, kind="devices"):
    return client.post(reverse("devices:collection_add", args=[kind]), data)


def change(client, collection, data):
    return client.post(reverse("devices:collection_edit", args=[collection.pk]), data)


def devices_in(name):
    return {m.device.name for m in DeviceMember.objects.filter(collection__name=name)}


def test_a_collection_with_every_kind_of_rule(admin, built_in):
    """R20"""
    for name, facts in {
        "A": {"os": "Debian 12", "memory_mb": 8192},
        "B": {"os": "Debian 13", "memory_mb": 1024},
        "C": {"os": "Windows 11"},
        "D": {"os": "macOS 15"},
        "E": {"os": "Debian 12", "memory_mb": 8192},
    }.items():
        make_device(name, **facts)
    macs = make_collection("Macs", limiting=built_in["devices"])
    CollectionRule.objects.create(
        collection=macs, kind="query", query=[{"attribute": "os", "operator": "begins", "value": "mac"}]
    )
    out = make_collection("Out")
    CollectionRule.objects.create(
        collection=out, kind="query", query=[{"attribute": "name", "operator": "is", "value": "E"}]
    )
    refresh.refresh_all(NOW)
    data = filled(
        built_in["devices"],
        [("os", "begins", "debian"), ("memory_mb", "at_least", "4096")],
        direct="C\n\n",
        include=[macs.pk],
        exclude=[out.pk],
    )
    seen = add(admin, {**data, "preview": "1"})
    assert not Collection.objects.filter(name="Debian").exists()
    assert seen.context["preview"] | {"facts": []} == {"count": 3, "names": ["A", "C", "D"], "more": 0, "facts": []}
    answer = add(admin, data)
    made = Collection.objects.get(name="Debian")
    assert answer["Location"] == reverse("devices:collection", args=[made.pk])
    assert devices_in("Debian") == {"A", "C", "D"}
    page = admin.get(answer["Location"]).text
    for sentence in (
        "OS begins with debian and Memory in MB is at least 4096",
        "Members of Macs",
        "Not members of Out",
        "OS is Debian 12 and Memory in MB is 8192",
        "added directly",
        "member of Macs",
        "Debian is saved and has 3 members.",
    ):
        assert sentence in page
    entry = AuditEntry.objects.get(verb="created")
    assert (entry.kind, entry.name) == ("collection", "Debian")
    query = [
        {"attribute": "os", "operator": "begins", "value": "debian"},
        {"attribute": "memory_mb", "operator": "at_least", "value": 4096},
    ]
    assert entry.facts["changes"]["rules"]["new"] == [
        {"kind": "direct", "member": "C"},
        {"kind": "exclude", "collection": "Out"},
        {"kind": "include", "collection": "Macs"},
        {"kind": "query", "of": "devices", "query": query},
    ]


def test_what_stays_the_same_keeps_its_rule_and_is_not_written_down(admin, built_in):
    make_device("A")
    data = filled(built_in["devices"], [("os", "begins", "Debian")], [("name", "is", "A")])
    add(admin, data)
    made = Collection.objects.get(name="Debian")
    before = set(made.rules.values_list("pk", flat=True))
    form = admin.get(reverse("devices:collection_edit", args=[made.pk]))
    assert [formset.initial for formset in form.context["queries"].formsets] == [
        [{"attribute": "os", "operator": "begins", "value": "Debian"}],
        [{"attribute": "name", "operator": "is", "value": "A"}],
    ]
    change(admin, made, data)
    assert set(made.rules.values_list("pk", flat=True)) == before
    assert AuditEntry.objects.count() == 1
    change(admin, made, filled(built_in["devices"], [("name", "is", "A")], comment="Only one"))
    assert len(before & set(made.rules.values_list("pk", flat=True))) == 1
    changes = AuditEntry.objects.get(verb="changed").facts["changes"]
    assert changes["comment"] == {"old": "", "new": "Only one"}
    assert changes["rules"]["new"] == [
        {"kind": "query", "of": "devices", "query": [{"attribute": "name", "operator": "is", "value": "A"}]}
    ]


def test_rows_are_added_without_script_and_nothing_typed_is_lost(admin, built_in):
    data = filled(built_in["devices"], [("os", "begins", "Deb")], direct="nobody", name="")
    page = add(admin, {**data, "more": "0"})
    assert len(page.context["queries"].formsets) == 1
    assert len(page.context["queries"].formsets[0].forms) == 1 + 3
    page = add(admin, {**data, "more": "query"})
    assert len(page.context["queries"].formsets) == 2
    assert 'value="Deb"' in page.text
    assert "nobody" in page.text
    assert "Not saved" not in page.text


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (("memory_mb", "at_least", "much"), "Memory in MB is compared with a whole number, for example 4096."),
        (("memory_mb", "begins", "4"), "Memory in MB can be compared with: is, is not, is at least"),
        (("join_type", "is", "friend"), "Join type is one of: Domain, Hybrid, Azure AD, Not joined."),
        (("client_version", "is", "20"), "A version is a year and a month as YYMM"),
        (("os", "is", ""), "Say with what to compare OS."),
        (("", "is", "Debian"), "Choose an attribute."),
        (("colour", "is", "red"), "Select a valid choice."),
        (("os", "likes", "red"), "Select a valid choice."),
        (("os", "is", "x" * 201), "A value has at most 200 characters."),
        (("os", "one_of", ",".join("abcdefghij" * 11)), "A condition has at most 100 values."),
    ],
)
def test_a_condition_that_makes_no_sense_says_so(admin, built_in, condition, sentence):
    page = add(admin, filled(built_in["devices"], [condition]))
    assert page.status_code == 200
    assert sentence in page.text
    assert not Collection.objects.filter(name="Debian").exists()


def test_values_may_be_typed_as_they_are_read(admin, built_in):
    add(admin, filled(built_in["devices"], [("join_type", "is", "azure ad"), ("os", "one_of", "Debian 12, Debian 13")]))
    assert CollectionRule.objects.get(collection__name="Debian").query == [
        {"attribute": "join_type", "operator": "is", "value": "azure_ad"},
        {"attribute": "os", "operator": "one_of", "value": ["Debian 12", "Debian 13"]},
    ]


def test_everybody_of_the_limiting_collection(admin, built_in):
    make_person("jan")
    refresh.refresh_all(NOW)
    add(admin, filled(built_in["persons"], name="Everybody", everybody="on"), kind="persons")
    assert Collection.objects.get(name="Everybody").person_members.count() == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "All devices"}, "Collection with this Name already exists."),
        ({"limiting": ""}, "This field is required."),
        ({"limiting": "999999"}, "Select a valid choice."),
        ({"direct": "NO-SUCH"}, "There is no device in sight called NO-SUCH."),
        ({"queries": "x"}, None),
        ({"queries": "1"}, None),
        ({"queries": "-1"}, None),
        ({"query-0-TOTAL_FORMS": "99999999"}, None),
        ({"include": ["drop"]}, "is not a valid value"),
    ],
)
def test_bad_input_is_a_sentence_or_ignored(admin, built_in, more, sentence):
    page = add(admin, filled(built_in["devices"], [("os", "is", "x")]) | more)
    assert page.status_code in (200, 302)
    if sentence:
        assert sentence in page.text
        assert not Collection.objects.filter(name="Debian").exists()


def test_a_circle_is_refused_when_saved(admin, built_in):
    first = make_collection("First", limiting=built_in["devices"])
    second = make_collection("Second", limiting=first)
    third = make_collection("Third", limiting=built_in["devices"])
    CollectionRule.objects.create(collection=third, kind="exclude", other=second)
    page = change(admin, first, filled(built_in["devices"], name="First", include=[third.pk]))
    assert "Third is itself made of this collection: that would be a circle." in page.text
    page = change(admin, first, filled(second, name="First"))
    assert "Second is itself made of this collection: that would be a circle." in page.text
    page = change(admin, first, filled(built_in["devices"], name="First", include=[second.pk], exclude=[second.pk]))
    assert "Second is included and left out." in page.text


def test_persons_and_devices_do_not_mix(admin, built_in):
    persons = make_collection("Sales", persons=True, limiting=built_in["persons"])
    page = add(admin, filled(built_in["devices"], include=[persons.pk]))
    assert "Select a valid choice." in page.text
    assert "Select a valid choice." in add(admin, filled(built_in["persons"])).text


def test_built_in_collections_stay_as_they_are(admin, built_in):
    for name in ("collection_edit", "collection_delete"):
        page = admin.post(reverse(f"devices:{name}", args=[built_in["devices"].pk]), filled(built_in["devices"]))
        assert page.status_code == 403
        assert "built in" in page.text
    assert built_in["devices"].rules.count() == 1


def local_administrator(*collections):
    permissions = [f"devices.{verb}_collection" for verb in ("add", "change", "delete")]
    return make_user("", "devices.read_collection", *permissions, reads=collections)


def test_a_new_collection_lies_within_what_its_maker_may_read(client, built_in):
    mine = make_collection("Mine", make_device("IN"), limiting=built_in["devices"])
    make_device("OUT")
    refresh.refresh_all(NOW)
    client.force_login(local_administrator(mine))
    assert "Select a valid choice" in add(client, filled(built_in["devices"], [("os", "contains", "Deb")])).text
    assert "called OUT" in add(client, filled(mine, direct="OUT")).text
    page = add(client, {**filled(mine, [("os", "contains", "Deb")]), "preview": "1"})
    assert page.context["preview"]["names"] == ["IN"]
    assert page.context["preview"]["count"] == 1
    answer = add(client, filled(mine, [("os", "contains", "Deb")]))
    assert devices_in("Debian") == {"IN"}
    assert client.get(answer["Location"]).status_code == 200


def test_nobody_widens_their_own_right_by_changing_members(client, built_in):
    mine = make_collection("Mine", make_device("IN"), limiting=built_in["devices"])
    make_device("OUT")
    user = local_administrator(mine)
    client.force_login(user)
    page = change(client, mine, filled(built_in["devices"], name="Mine", everybody="on"))
    assert page.status_code == 403
    # Reading everything in another role does not help: what this role may do there would grow.
    wide = Group.objects.create(name="Wide")
    wide.permissions.set(user.groups.get().permissions.filter(codename="read_collection"))
    CollectionRight.objects.create(group=wide, collection=built_in["devices"])
    user.groups.add(wide)
    page = change(client, mine, filled(built_in["devices"], name="Mine", everybody="on"))
    assert page.status_code == 200
    assert "you would give yourself more than you have" in page.text
    # Nor through a collection that mine is made of.
    source = make_collection("Source", limiting=built_in["devices"])
    CollectionRule.objects.create(collection=mine, kind="include", other=source)
    wide.permissions.set(user.groups.exclude(pk=wide.pk).get().permissions.filter(codename__contains="collection"))
    deep = user.groups.exclude(pk=wide.pk).get()
    deep.permissions.add(*make_user("", "applications.approve_application").groups.get().permissions.all())
    page = change(client, source, filled(built_in["devices"], name="Source", everybody="on"))
    assert "you would give yourself more than you have" in page.text
    assert devices_in("Mine") == {"IN"}


def test_rules_that_name_what_is_out_of_sight_stay_and_are_not_named(client, built_in):
    area = make_collection("Area", make_device("IN"), limiting=built_in["devices"])
    secret = make_collection("Secret", limiting=built_in["devices"])
    inside = make_collection("Inside", limiting=area)
    CollectionRule.objects.create(collection=inside, kind="exclude", other=secret)
    hidden = make_device("HIDDEN")
    CollectionRule.objects.create(collection=inside, kind="direct", device=hidden)
    client.force_login(local_administrator(area))
    for name in ("collection", "collection_edit"):
        page = client.get(reverse(f"devices:{name}", args=[inside.pk])).text
        assert "Secret" not in page
        assert "HIDDEN" not in page
    change(client, inside, filled(area, name="Inside", everybody="on"))
    assert set(inside.rules.values_list("kind", flat=True)) == {"exclude", "direct", "query"}


def test_deleting_names_what_is_in_the_way(admin, built_in):
    used = make_collection("Used", make_device(), limiting=built_in["devices"])
    limited = make_collection("Limited", limiting=used)
    includes = make_collection("Includes")
    rule = CollectionRule.objects.create(collection=includes, kind="include", other=used)
    deployment = deploy(make_application("GIMP"), used)
    url = reverse("devices:collection_delete", args=[used.pk])
    page = admin.post(url).text
    for sentence in (
        "It limits: Limited.",
        "It is included in or left out of: Includes.",
        "It is the target of a deployment of: GIMP 1.0.",
    ):
        assert sentence in page
    assert Collection.objects.filter(pk=used.pk).exists()
    deployment.delete()
    rule.delete()
    limited.delete()
    assert "Delete for good?" in admin.get(url).text
    assert admin.post(url)["Location"] == reverse("devices:collections")
    assert not Collection.objects.filter(pk=used.pk).exists()
    assert AuditEntry.objects.get(verb="deleted").name == "Used"


def test_a_large_fleet_does_not_make_the_page_wait(admin, built_in, monkeypatch):
    from pages.collections import edit

    monkeypatch.setattr(edit, "AT_ONCE", 1)
    for _ in range(3):
        make_device()
    page = admin.post(
        reverse("devices:collection_add", args=["devices"]), filled(built_in["devices"], everybody="on"), follow=True
    )
    assert "being brought up to date" in page.text
    assert devices_in("Debian") == set()
    refresh.refresh_all(NOW)
    assert len(devices_in("Debian")) == 3


def test_the_list_and_a_collection_take_few_queries(admin, built_in, django_assert_max_num_queries):
    for number in range(30):
        make_collection(f"Collection {number}", make_device(), limiting=built_in["devices"])
    refresh.refresh_all(NOW)
    with django_assert_max_num_queries(14):
        page = admin.get(reverse("devices:collections"), {"q": "collection", "kind": "devices", "sort": "-limiting"})
    assert "30 collections" in page.text
    with django_assert_max_num_queries(18):
        page = admin.get(reverse("devices:collection", args=[built_in["devices"].pk]), {"q": "LT"})
    assert page.context["total"] == 30


def test_primary_users_out_of_sight_are_named_by_no_rule_and_no_reason(client, built_in):
    hidden = make_person("hidden.person", department="Secret department")
    device = make_device("IN", primary_user=hidden)
    area = make_collection("Area", device, limiting=built_in["devices"])
    inside = make_collection("Inside", limiting=area)
    for attribute, value in (("primary_user", "hidden.person"), ("primary_department", "Secret department")):
        CollectionRule.objects.create(
            collection=inside, kind="query", query=[{"attribute": attribute, "operator": "is", "value": value}]
        )
    refresh.refresh_all(NOW)
    assert devices_in("Inside") == {"IN"}
    client.force_login(local_administrator(area))
    for name in ("collection", "collection_edit"):
        page = client.get(reverse(f"devices:{name}", args=[inside.pk])).text
        assert "hidden.person" not in page
        assert "Secret" not in page
    page = client.get(reverse("devices:device_collections", args=[device.pk])).text
    assert "hidden.person" not in page
    assert "Secret" not in page
    guess = filled(area, [("primary_user", "begins", "hid")], name="Guess")
    assert "Select a valid choice" in add(client, {**guess, "preview": "1"}).text
    change(client, inside, filled(area, [("os", "is", "x")], name="Inside"))
    assert inside.rules.count() == 3
    assert devices_in("Inside") == {"IN"}
