"""Collects the texts to translate from Python and templates into locale/; `make messages`. Needs no gettext program."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ("applications", "audit", "console", "devices", "pages", "stream", "templates", "ui")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
# What `templatize` makes of a template is Python only where it calls one of these.
CALL = re.compile(r"""(?<!\w)(?:n?p?gettext|_)\((?:[^'"()]|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")*\)""", re.DOTALL)
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd%]")

Key = tuple[str, str, str]  # context, text, its plural


def texts(root: Path = ROOT) -> Iterator[tuple[Key, str]]:
    """Every text to translate, with the file that it is in."""
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in {".py", ".html", ".txt"} or "migrations" in path.parts:
                continue
            source = path.read_text(encoding="utf-8")
            if path.suffix != ".py":
                source = "\n".join(CALL.findall(templatize(source, origin=str(path))))
            found = extract("python", io.BytesIO(source.encode()), KEYWORDS)
            for _, text, _, context in found:
                one, many = text if isinstance(text, tuple) else (text, "")
                yield (context or "", one, many), str(path.relative_to(root))


def key(message: Message) -> Key:
    one, many = message.id if isinstance(message.id, tuple | list) else (message.id, "")
    return (message.context or "", str(one), str(many))


def catalogue(language: str, root: Path = ROOT) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str, root: Path = ROOT) -> Catalog:
    with catalogue(language, root).open("rb") as file:
        return read_po(file, locale=language)


def problems(language: str, root: Path = ROOT) -> list[str]:
    """What is wrong with a catalogue: missing, stale and fuzzy translations, and placeholders that differ."""
    wanted = dict(texts(root))
    kept = {key(message): message for message in read(language, root) if message.id}
    found = [f"missing: {text!r} ({wanted[text]})" for text in wanted if text not in kept]
    found += [f"stale: {text!r}" for text in kept if text not in wanted]
    for text, message in kept.items():
        said = _said(message)
        if message.fuzzy or not all(said):
            found.append(f"not translated: {text!r}")
        originals = [PLACEHOLDER.findall(part) for part in text[1:] if part]
        if any(sorted(PLACEHOLDER.findall(part)) not in [sorted(names) for names in originals] for part in said):
            found.append(f"other placeholders: {text!r}")
    return found


def update(language: str, root: Path = ROOT) -> int:
    """Add what is new, empty, and take out what is gone; how many wait for their translation."""
    old = {key(message): message for message in read(language, root) if message.id}
    new = Catalog(locale=language, project="Koppel", charset="utf-8", fuzzy=False)
    waiting = 0
    for text, path in sorted(texts(root), key=lambda found: found[1]):
        context, one, many = text
        said = old[text].string if text in old else ("", "") if many else ""
        flags = {"python-format"} if PLACEHOLDER.search(one) else set()
        if text not in {key(message) for message in _same(new, one, context)}:
            waiting += not all([said] if isinstance(said, str) else said or [""])
        new.add((one, many) if many else one, said, locations=[(path, 0)], context=context or None, flags=flags)
    with catalogue(language, root).open("wb") as file:
        write_po(file, new, width=120, omit_header=True, include_lineno=False)
    return waiting


def _same(messages: Catalog, text: str, context: str) -> Iterable[Message]:
    found = messages.get(text, context or None)
    return [found] if found else []


def _said(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [str(message.string)]


if __name__ == "__main__":
    sys.stdout.write(f"{update('nl')} texts wait for their translation in {catalogue('nl').relative_to(ROOT)}\n")
