"""How templates are written: indented, no long lines, partials named with `_`, a folder for each page, none unused."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
ROOMS = {path.name for path in (ROOT / "pages").iterdir() if (path / "__init__.py").exists()}
SHARED = {"", "ui", "django"}  # beside the folders of pages
CODE = ("applications", "console", "devices", "pages", "ui")
LONGEST = 160
# What Django asks for by name.
ASKED_BY_DJANGO = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
ASKED_BY_DJANGO |= {"django/forms/div.html", "django/forms/field.html"}

COMMENT = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}", re.DOTALL)
# A Django block or an HTML element, as it opens or closes.
MARK = re.compile(r"{% (?P<end>end|)(?P<block>if|for|with|block|blocktranslate)\b|<(?P<slash>/?)(?P<element>[a-z]\w*)")
BRANCH = re.compile(r"{% (?:elif|else|empty|plural)\b")
VOID = {"br", "hr", "img", "input", "line", "link", "meta", "rect", "use"}


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def used() -> Iterator[str]:
    """The names of templates in code and templates, as regular expressions: `home/_{key}.html` fits any key."""
    for folder in CODE:
        for path in (ROOT / folder).rglob("*.py"):
            for name in re.findall(r'"([\w/{}]+\.html)"', path.read_text(encoding="utf-8")):
                yield re.sub(r"\\{\w+\\}", r"\\w+", re.escape(name))
    for path in TEMPLATES:
        for name in re.findall(r'{% (?:include|extends) "([^"]+)"', path.read_text(encoding="utf-8")):
            yield re.escape(name)


def indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def out_of_line(text: str) -> Iterator[str]:
    """The lines that do not stand where the indentation by two spaces wants them."""
    text = COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    opened: dict[str, list[int]] = defaultdict(list)  # block or element → the indents of the lines that opened it
    before = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        here, start = indent(line), line.lstrip(" ")
        if here % 2 or "\t" in line or here > before + 2:
            yield f"{number}: {line}"
        for mark in MARK.finditer(line):
            kind = mark["block"] or mark["element"]
            if kind in VOID:
                continue
            if not (mark["end"] or mark["slash"]):
                opened[kind].append(here)
            elif opened[kind].pop() != here and start.startswith(mark[0]):
                yield f"{number}: {line}"
        if BRANCH.match(start) and not any(here in opened[kind] for kind in ("if", "for", "blocktranslate")):
            yield f"{number}: {line}"
        before = here


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_is_indented_by_two_spaces(path):
    assert list(out_of_line(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "<ul>\n   <li></li>\n</ul>",
        "<ul>\n    <li></li>\n</ul>",
        "<ul>\n  <li></li>\n  </ul>",
        "{% if a %}\n  <p>\n  </p>\n  {% endif %}",
        "<div>\n  {% if a %}\n    b\n{% else %}\n    c\n  {% endif %}\n</div>",
    ],
)
def test_a_wrong_indentation_is_noticed(text):
    assert list(out_of_line(text))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_line_is_long(path):
    assert [line for line in path.read_text(encoding="utf-8").split("\n") if len(line) > LONGEST] == []


def test_every_template_is_used():
    names = set(used())
    unused = {name_of(path) for path in TEMPLATES} - ASKED_BY_DJANGO
    assert {name for name in unused if not any(re.fullmatch(pattern, name) for pattern in names)} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_what_is_a_part_of_pages_begins_with_an_underscore_and_a_page_does_not(path):
    text = path.read_text(encoding="utf-8")
    assert [name for name in re.findall(r'{% include "([^"]+)"', text) if not Path(name).name.startswith("_")] == []
    if path.name.startswith("_"):
        assert "{% extends" not in text
        assert "<html" not in text
    elif not name_of(path).startswith("django/"):
        assert "{% extends" in text or "<html" in text


def test_templates_mirror_the_pages():
    """A folder is named as the package of pages that draws it; what several share stands in ui/ or at the top."""
    folders = {name_of(path).rpartition("/")[0].partition("/")[0] for path in TEMPLATES}
    assert folders - ROOMS - SHARED == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles_and_says_first_what_it_is_for(path):
    get_template(name_of(path))
    assert path.read_text().startswith(("{#", "{% comment %}"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_has_no_inline_style_and_no_inline_script(path):
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"\shx-on|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", text))
