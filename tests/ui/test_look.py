"""The look: every icon exists, the shared parts and the error pages render."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django_tables2 as tables
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone, translation
from django_tables2 import RequestConfig
from django_tables2.paginators import LazyPaginator

from pages import navigation
from pages.sign_in.backend import Backend
from ui import status_icons, times
from ui.lists import paging

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPRITE = set(re.findall(r'id="i-([\w-]+)"', (ROOT / "static/console/icons.svg").read_text()))


def test_every_icon_that_is_used_exists():
    used = {entry[0] for _title, entries in navigation.NAVIGATION for entry in entries}
    used |= {icon for _tone, icon in [*status_icons.LOOKS.values(), status_icons.PLAIN]}
    for path in TEMPLATES:
        used |= set(re.findall(r'\{% icon "([\w-]+)"', path.read_text()))
        used |= set(re.findall(r'icon_name="([\w-]+)"', path.read_text()))
    for folder in ("console", "pages", "ui"):
        for path in (ROOT / folder).rglob("*.py"):
            used |= set(re.findall(r'\bicon\("([\w-]+)"', path.read_text()))
            used |= set(re.findall(r'"icon": "([\w-]+)"', path.read_text()))
    assert used <= SPRITE, f"not in icons.svg: {sorted(used - SPRITE)}"


def test_no_style_sheet_and_no_script_reaches_outside():
    for path in [*(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")]:
        text = path.read_text()
        assert not re.search(r"url\(|@import|https?://|eval\(|new Function|innerHTML", text), path.name
        assert len(text.splitlines()) <= 300, path.name


class Things(tables.Table):
    caption = "Things"
    name = tables.Column(attrs={"td": {"scope": "row"}})
    size = tables.Column(attrs={"th": {"class": "p2"}, "td": {"class": "p2 num"}})
    code = tables.Column(localize=False, orderable=False)


def render_things(rf, query="", rows=130, **paginate):
    request = rf.get(f"/things?{query}")
    request.user = AnonymousUser()
    table = Things([{"name": f"thing {n}", "size": 1000 + n, "code": 3010} for n in range(rows)])
    RequestConfig(request, paginate={"per_page": 25, **paginate}).configure(table)
    return render_to_string("ui/_table.html", {"table": table}, request)


def test_a_list_says_its_order_its_rows_and_keeps_the_rest_of_the_address(rf):
    html = render_things(rf, "q=a&sort=-size&page=2")
    assert html.count('aria-sort="descending"') == 1
    assert "<caption" in html
    assert 'role="rowheader" scope="row"' in html
    assert "26–50 of 130" in html
    assert "?q=a&amp;sort=-size&amp;page=3" in html
    assert 'data-label="Size"' in html
    assert ">3010<" in html
    assert '<option value="25" selected>' in html
    assert 'name="q" value="a"' in html  # the form that changes the size keeps the search


def test_a_list_that_does_not_count_says_that_more_follows(rf):
    html = render_things(rf, "page=2", paginator_class=LazyPaginator)
    assert "26–50, more follow" in html
    assert "101–130 of 130" in render_things(rf, "page=2", rows=130, per_page=100, paginator_class=LazyPaginator)


def test_an_empty_list_is_one_sentence(rf):
    html = render_things(rf, rows=0)
    assert "Nothing here." in html
    assert "foot" not in html


def test_the_address_of_another_page_keeps_every_value(rf):
    request = rf.get("/?site=1&site=2&page=1")
    foot = paging.foot(Paginator(range(100), 25).page(1), request.GET)
    assert foot.next == "?site=1&site=2&page=2"
    assert foot.previous == ""
    assert foot.kept == (("site", "1"), ("site", "2"))


def test_a_status_is_icon_word_progress_and_detail():
    html = render_to_string(
        "ui/_status.html", {"status": "installing", "label": "Installing", "detail": "64 %", "percent": 64}
    )
    assert "t-info" in html
    assert "#i-spin" in html
    assert '<progress max="100" value="64" aria-label="Installing">' in html
    assert "<small" in html
    assert "progress" not in render_to_string("ui/_status.html", {"status": "failed", "label": "Failed"})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (20, "20 s ago"),
        (200, "3 min ago"),
        (7300, "2 h ago"),
        (3 * 86400, "3 d ago"),
        (-7300, "in 2 h"),
        (-3 * 86400, "in 3 d"),
    ],
)
def test_how_long_ago_in_words(seconds, words):
    now = datetime(2026, 11, 20, 14, 32, tzinfo=UTC)
    assert times.distance(now - timedelta(seconds=seconds), now) == words


def test_a_moment_is_told_in_the_zone_of_the_viewer():
    now = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Amsterdam"):  # there it is half past midnight on the 21st already
        assert times.point(datetime(2026, 11, 20, 17, 0, tzinfo=UTC), now) == "yesterday 18:00"
        assert times.point(datetime(2026, 11, 23, 17, 0, tzinfo=UTC), now) == "Mon 23 Nov 18:00"
        assert times.point(datetime(2028, 11, 23, 17, 0, tzinfo=UTC), now) == "23 Nov 2028 18:00"
        assert times.exact(now).endswith("00:30:00 CET")


def test_r6_dutch_months_have_no_capitals():
    now = datetime(2026, 11, 20, 14, 32, tzinfo=UTC)
    with translation.override("nl"):
        assert times.brief(datetime(2026, 10, 3, tzinfo=UTC), now) == "3 okt"
        assert times.point(datetime(2026, 10, 3, 17, 0, tzinfo=UTC), now).startswith("za 3 okt ")


def test_ago_carries_the_moment_itself_and_a_word_when_there_is_none():
    html = Template("{% load koppel %}{{ at|ago }} {{ none|ago:'never' }}").render(
        Context({"at": timezone.now() - timedelta(minutes=3), "none": None})
    )
    assert "3 min ago</time>" in html
    assert '<time datetime="' in html
    assert "never" in html


def test_the_navigation_has_only_what_exists_and_may_be_opened(rf, db):
    request = rf.get("/devices/enrol/")
    request.user = AnonymousUser()
    assert navigation.navigation(request) == []
    request.user = Backend().get_user(get_user_model().objects.create_user("t.bos").pk)
    assert [link.url for group in navigation.navigation(request) for link in group.links] == ["/"]
    request.user = Backend().get_user(get_user_model().objects.create_superuser("m.deboer").pk)
    links = [link for group in navigation.navigation(request) for link in group.links]
    assert {link.url: link.current for link in links}["/devices/"] == "true"
    assert all(link.url for link in links)


def test_sign_in_tells_that_the_password_is_wrong_and_keeps_the_name(client, db):
    answer = client.post("/sign-in", {"username": "m.deboer", "password": "wrong", "next": "/"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "User name or password is not right." in html
    assert 'value="m.deboer"' in html
    assert 'aria-invalid="true"' in html


def test_sign_in_never_leads_to_another_site(client, db):
    get_user_model().objects.create_user("t.bos", password="long-enough-1")
    sent = {"username": "t.bos", "password": "long-enough-1", "next": "https://evil.example/"}
    assert client.post("/sign-in", sent).headers["Location"] == "/"


def test_without_a_role_one_page_says_what_is_missing_and_who_can_give_it(client, db):
    """R19: signed in without a role."""
    get_user_model().objects.create_superuser("r.kok", email="r.kok@example.org", first_name="Ruud", last_name="Kok")
    client.force_login(get_user_model().objects.create_user("t.bos"))
    html = client.get("/").content.decode()
    assert "You have no role yet" in html
    assert "Ruud Kok" in html
    assert "r.kok@example.org" in html


@pytest.mark.parametrize(("path", "status", "words"), [("/nothing", 404, "There is nothing at this address")])
def test_an_error_page_is_a_sentence_and_a_way_back(client, db, path, status, words):
    answer = client.get(path)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_the_pages_for_a_failing_console_need_nothing(name):
    html = render_to_string(name)
    assert '<html lang="en"' in html
    assert 'href="/"' in html


def test_403_names_the_permission(rf):
    request = rf.get("/")
    request.user = AnonymousUser()
    html = render_to_string("403.html", {"exception": "You need the permission “read” for this."}, request)
    assert "You need the permission “read” for this." in html


def test_a_form_that_comes_without_its_protection_is_told_so(db):
    answer = Client(enforce_csrf_checks=True).post("/sign-in", {"username": "x"})
    assert answer.status_code == 403
    assert "Nothing was changed." in answer.content.decode()


@pytest.mark.parametrize(("chosen", "kept"), [("dark", "dark"), ("light", "light"), ("system", ""), ("<script>", "")])
def test_the_colours_are_kept_in_a_cookie_and_written_by_the_server(client, db, chosen, kept):
    answer = client.post("/theme", {"theme": chosen, "next": "/sign-in"})
    assert answer.headers["Location"] == "/sign-in"
    assert answer.cookies["theme"].value == kept
    html = client.get("/sign-in").content.decode()
    assert (f'data-theme="{kept}"' in html) if kept else ("data-theme=" not in html)


def test_the_colours_never_lead_to_another_site(client, db):
    assert client.post("/theme", {"theme": "dark", "next": "//evil.example/"}).headers["Location"] == "/"
    assert client.get("/theme").status_code == 405


def test_the_language_of_a_page_is_the_one_it_says(client, db):
    """R6: the browser's language, or the user's switch."""
    assert '<html lang="nl"' in client.get("/sign-in", headers={"accept-language": "nl"}).content.decode()
    client.post("/language", {"language": "en", "next": "/sign-in"})
    assert '<html lang="en"' in client.get("/sign-in", headers={"accept-language": "nl"}).content.decode()
    translation.activate("en")


def test_a_new_password_needs_the_old_one_and_shows_its_errors(client, db):
    client.force_login(get_user_model().objects.create_user("t.bos", password="long-enough-1"))
    html = client.post("/password", {"old_password": "x", "new_password1": "1", "new_password2": "2"}).content.decode()
    assert 'aria-invalid="true"' in html
    assert 'id="id_old_password_error"' in html
    assert "Not saved: correct what is marked below." in html
