"""A page that keeps itself fresh: what it polls, and what it is answered, shown with the names of persons."""

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import include, path
from django.utils.html import format_html
from django.views.generic import TemplateView

from devices.models import Person
from tests.make import make_person, make_user
from ui.address import number
from ui.live.page import MAX_ROWS, LiveAnswer, LivePage, list_has_changed, rows_shown
from ui.live.parts import Part, digests, pieces_of, seen

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def part_of(person):
    return Part(str(person.pk), {f"name-{person.pk}": format_html("{}", person.name)})


class Names(LivePage, TemplateView):
    live_url, seconds = "names_live", 7
    not_polled = ("page",)
    template_name = "ui/_poll.html"

    def check_access(self):
        if not self.request.user.is_superuser:
            raise PermissionDenied

    def interval(self, parts):
        return 1 if len(parts) > 1 else self.seconds

    def poll(self, parts, shown=None):
        return None if self.request.GET.get("over") else super().poll(parts, shown)

    def poll_query(self):
        return {"n": str(Person.objects.count())}

    def get_context_data(self, **kwargs):
        parts = [part_of(person) for person in Person.objects.order_by("pk")]
        return super().get_context_data(**kwargs) | {"parts": pieces_of(parts), "poll": self.poll(parts)}


class NamesLive(LiveAnswer, Names):
    def is_unchanged(self):
        return "known" in self.request.GET

    def must_answer(self):
        return "anyhow" in self.request.GET

    def parts(self, shown):
        return [part_of(person) for person in Person.objects.filter(pk__in=rows_shown(shown, number)).order_by("pk")]

    def announcements(self, parts, shown):
        yield Part("said", {"said": format_html("{} changed", len(parts))})


urlpatterns = [
    path("names/", Names.as_view(), name="names"),
    path("names/live", NamesLive.as_view(), name="names_live"),
    path("", include("console.urls")),
]


@pytest.fixture
def admin(client):
    client.force_login(make_user("admin", superuser=True))
    return client


@pytest.fixture
def anna():
    return make_person("anna", name="Anna")


def polled(client, **query):
    """The page's poll: its address and its interval."""
    poll = client.get("/names/", query).context["poll"]
    return poll.url, poll.seconds


def test_the_page_polls_with_what_it_shows(admin, anna):
    url, seconds = polled(admin, q="x", page="3")
    assert urlsplit(url).path == "/names/live"
    assert parse_qs(urlsplit(url).query) == {"q": ["x"], "n": ["1"], "seen": [digests([part_of(anna)])]}
    assert seconds == 7


def test_the_interval_follows_from_what_is_shown(admin, anna):
    make_person("bob", name="Bob")
    assert polled(admin)[1] == 1


def test_nothing_changed_is_204(admin, anna):
    url, _seconds = polled(admin)
    assert admin.get(url).status_code == 204


def test_only_the_parts_that_changed_come_and_the_next_poll_knows_them(admin, anna):
    bob = make_person("bob", name="Bob")
    url, _seconds = polled(admin)
    Person.objects.filter(pk=bob.pk).update(name="Robert <b>")
    answer = admin.get(url)
    text = answer.content.decode()
    assert f'<span id="name-{bob.pk}" hx-swap-oob="innerHTML">Robert &lt;b&gt;</span>' in text
    assert f"name-{anna.pk}" not in text
    assert "1 changed" in text
    assert 'hx-swap-oob="true"' in text, "the poll takes the place of the one before"
    following = answer.context["poll"].url
    assert following != url
    assert admin.get(following).status_code == 204


def test_what_is_gone_is_still_asked_for(admin, anna):
    """It is on the page, and may come back."""
    bob = make_person("bob", name="Bob")
    url, _seconds = polled(admin)
    Person.objects.filter(pk=anna.pk).update(name="Ann")
    Person.objects.filter(pk=bob.pk).delete()
    following = admin.get(url).context["poll"].url
    assert seen(parse_qs(urlsplit(following).query)["seen"][0]).keys() == {str(anna.pk), str(bob.pk)}


def test_it_can_know_without_looking_that_nothing_changed(admin, anna):
    url, _seconds = polled(admin, known="1")
    Person.objects.filter(pk=anna.pk).update(name="Ann")
    assert admin.get(url).status_code == 204


def test_it_can_answer_although_no_part_changed(admin, anna):
    url, _seconds = polled(admin, anyhow="1")
    answer = admin.get(url)
    assert answer.status_code == 200
    assert "0 changed" in answer.content.decode()


def test_a_page_that_does_not_change_any_more_stops_to_poll(admin, anna):
    url, _seconds = polled(admin)
    Person.objects.filter(pk=anna.pk).update(name="Ann")
    text = admin.get(url, {"seen": f"{anna.pk}-0", "over": "1"}).content.decode()
    assert '<div id="poll" hx-swap-oob="true" hidden></div>' in text
    assert "hx-get" not in text


def test_polls_are_for_who_may_open_the_page_and_kept_by_no_cache(admin, anna, client):
    url, _seconds = polled(admin)
    for answer in (admin.get(url), admin.get(f"{url}&anyhow=1")):
        assert "no-store" in answer["Cache-Control"]
    assert admin.post(url).status_code == 405
    client.force_login(make_user("stranger"))
    assert client.get(url).status_code == 403


def test_what_makes_no_sense_is_no_row_and_there_is_an_end_to_them():
    assert rows_shown({"7": "0a", "facts": "0b", "": "0c", "-1": "0d"}, number) == [7]
    assert len(rows_shown({str(pk): "0" for pk in range(1, 500)}, number)) == MAX_ROWS
    key = UUID(int=7)
    assert rows_shown({key.hex: "0"}, lambda text: UUID(hex=text)) == [key]


def test_the_link_to_the_list_as_it_is_now():
    assert list_has_changed(False, "/names/").pieces == {"more": ""}
    assert 'href="/names/?q=1&amp;b=2"' in list_has_changed(True, "/names/?q=1&b=2").pieces["more"]
