"""The words on the screens are those of docs/glossary.md, in both languages (R6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from django.utils.translation import override

from console.translations.collect import ROOT, read, texts
from devices.ready_made_names import COLLECTIONS, ROLES, collection_name, role_name

GLOSSARY = ROOT / "docs" / "glossary.md"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]+>")
# Texts that may use a word of the table all the same: word → texts in English.
EXCEPTIONS: dict[str, set[str]] = {}
# Where accounts are spoken of, never users; what accounts have in common with users is the user name.
OF_ACCOUNTS = ("pages/users/", "templates/users/", "pages/sign_in/", "templates/sign_in/", "pages/roles/")
OF_BOTH = {
    "User name",
    "User name, name or email",
    "Search user name, name or email",
    "User name or password is not right.",
    "Fill in both the user name and the password.",
    "Which devices and users you may see",
    "An account is for signing in to this console. Users of devices need none.",
    "Console for administrators. Users of a device need no account here.",
}


def table(heading: str) -> Iterator[list[str]]:
    """The cells of each row of the table under a heading."""
    text = GLOSSARY.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    yield from ([cell.strip() for cell in row] for row in rows[2:])


TERMS = [(english, dutch) for english, dutch, _ in table("Terms")]
FORBIDDEN = [word for word, _ in table("Not, but")]


@cache
def dutch() -> tuple[tuple[str, str], ...]:
    """Text in English, its translation; a plural is a text of its own. Without placeholders and tags."""
    found = []
    for message in read("nl"):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        said = message.string if isinstance(message.string, tuple | list) else (message.string,)
        found += [(one, PLACEHOLDER.sub("…", str(translation))) for one, translation in zip(ids, said, strict=True)]
    return tuple(found)


def has(word: str, text: str) -> bool:
    """Whether the text has the word, or a word that begins so."""
    whole = re.escape(word.removesuffix("…")) + ("" if word.endswith("…") else r"\b")
    return re.search(rf"\b{whole}", text, re.IGNORECASE) is not None


def test_the_glossary_has_both_tables():
    assert len(TERMS) > 30
    assert len(FORBIDDEN) > 20


@pytest.mark.parametrize("word", FORBIDDEN)
def test_r6_a_dutch_text_does_without(word):
    """R6: in the words that a Dutch administrator writes."""
    wrong = [text for text in dutch() if has(word, text[1]) and text[0] not in EXCEPTIONS.get(word, ())]
    assert wrong == []


@pytest.mark.parametrize(("english", "translation"), TERMS)
def test_r6_a_term_has_the_one_translation_that_the_glossary_gives(english, translation):
    """R6: also where the term stands in lower case."""
    known = dict(dutch())
    assert known[english] == translation
    small = english[:1].lower() + english[1:]
    if small in known and small != "status":
        assert known[small].lower() == translation.lower()


def test_r6_verwijderen_is_uninstall_and_nothing_else():
    """R6: a record is deleted (gewist), a row is taken away (weggehaald)."""
    speaks = re.compile(r"uninstall|removed (outside|from)", re.IGNORECASE)
    wrong = [text for text in dutch() if has("verwijder…", text[1]) and not speaks.search(text[0])]
    assert wrong == []
    kept = [text for text in dutch() if re.search(r"\bdeleted?\b", text[0], re.IGNORECASE) and "wis" not in text[1]]
    assert [text for text in kept if not re.search(r"[Ww]is|gewist", text[1])] == []


def test_r6_who_uses_devices_is_a_user_in_english_too():
    """R6: the code says person, no screen does."""
    wrong = [one for (_, one, many), _ in texts() if re.search(r"\bpersons?\b", PLACEHOLDER.sub("", one + many), re.I)]
    assert wrong == []


def test_r6_no_template_says_person_beside_the_catalogue():
    """R6: what stands in a template and is not translated."""
    code = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if re.search(r"\bpersons?\b|superuser", code.sub("", path.read_text(encoding="utf-8")), re.IGNORECASE)
    ]
    assert wrong == []


def test_r6_who_signs_in_to_the_console_has_an_account():
    """R6: pages about accounts and roles name users only where users of devices are meant."""
    speaks = re.compile(r"\b(super)?users?\b", re.IGNORECASE)
    wrong = {
        (one, path)
        for (_, one, many), path in texts()
        if path.startswith(OF_ACCOUNTS) and speaks.search(PLACEHOLDER.sub("", one + many)) and one not in OF_BOTH
    }
    assert wrong == set()


def test_r19_ready_made_roles_and_built_in_collections_are_shown_in_the_readers_language():
    """R6, R19: what an administrator named keeps its name."""
    with override("nl"):
        assert [role_name(name) for name in ROLES] == ["Lezer", "Goedkeurder", "Sitebeheerder"]
        assert [collection_name(name) for name in COLLECTIONS] == ["Alle apparaten", "Alle gebruikers"]
        assert role_name("Reader of AMS") == "Reader of AMS"
        assert collection_name("Applications") == "Applications"
