"""Every address with parameters that somebody made up: by each visitor, as a link and as a form; never a fault.

The names of the parameters are those of the page's own fields and links, so that each one is tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import cycle

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.pages.test_every_url import OWN, PAGES, POSTS
from tests.pages.walk import HIDDEN, make_world

pytestmark = pytest.mark.django_db
HOSTILE = (
    "\x00",
    "-1",
    "9" * 400,
    "'\"><script>alert(1)</script>",
    "é" * 5000,
    "0000-99-99T99:99",
    "[]",
    '{"a": [1',
    "\u202e\ud7ff\u2028",
    "..%2f..%2fetc/passwd",
    "%",
    "NaN",
    "true",
    "2147483648",
)
VISITORS = ("approver", "stranger", "superuser")
NAMES = re.compile(r'name="([a-z_0-9-]+)"|[?&;]([a-z_]+)=')
ALWAYS = {"page", "per_page", "sort", "search", "columns", "next", "back", "application", "part"}


@pytest.fixture(params=VISITORS)
def visitor(request, client):
    cache.clear()
    world = make_world()
    client.force_login(world.users[request.param])
    client.visitor, client.raise_request_exception = request.param, False
    return client, world


def values() -> Iterator[str]:
    return cycle(HOSTILE)


def parameters(page) -> list[str]:
    text = "" if page.streaming else unescape(page.content.decode())
    return sorted(ALWAYS | {one or other for one, other in NAMES.findall(text)} - {"csrfmiddlewaretoken"})


def answered(answer, name, client):
    assert answer.status_code < 500, f"{name}: {answer.status_code}"
    if client.visitor == "stranger":
        text = b"".join(answer) if answer.streaming else answer.content
        assert [each for each in HIDDEN if each.encode() in text] == [], name


def test_a_link_that_somebody_made_up_is_no_fault(visitor):
    client, world = visitor
    hostile = values()
    for name, row in PAGES.items():
        url = world.address(name, row[0])
        names = parameters(client.get(url))
        answered(client.get(url, {each: next(hostile) for each in names}), name, client)


def test_a_form_that_somebody_made_up_is_no_fault(visitor):
    client, world = visitor
    hostile = values()
    for name, kind in [*((name, row[0]) for name, row in {**PAGES, **POSTS}.items()), *((name, "") for name in OWN)]:
        url = world.address(name, kind) if name != "factor_remove" else reverse(name, args=[1])
        names = parameters(client.get(url))
        answered(client.post(url, {each: [next(hostile), next(hostile)] for each in names}), name, client)
