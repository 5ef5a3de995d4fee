"""What docs/ and README say of the code is so: files, names, links, and the test behind each requirement (R1–R27)."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
RULES = ROOT / "docs" / "rules.md"
WAYS_IN = "## Every way in asks the same rules"
OURS = ("applications", "audit", "bench", "client", "console", "deploy", "devices", "docs", "locale", "pages",
        "requirements", "signing", "static", "stream", "templates", "tests", "ui", ".ci")  # fmt: skip
SOURCES = {".py", ".md", ".js", ".css", ".html", ".toml", ".yaml", ".service", ".conf", ".po", ".txt", ".in"}
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def spans(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`\n]+)`", FENCED.sub("", text))


def rows() -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row of docs/rules.md that is no head; “the same” stands for the cell above."""
    above: list[str] = []
    lines = RULES.read_text().splitlines()
    heads = {number for number, (_, following) in enumerate(pairwise(lines)) if following.startswith("|---")}
    for number, line in enumerate(lines):
        if line == WAYS_IN:
            return
        if not line.startswith("|") or line.startswith("|---") or number in heads:
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        cells[2:] = [above[at] if cells[at] == "the same" else cells[at] for at in range(2, len(cells))]
        above = cells
        yield number + 1, cells


def numbers(text: str) -> set[int]:
    """The requirements that a text names: R7, or R7–R9."""
    found = {int(number) for number in re.findall(r"\bR(\d+)\b", text)}
    for first, last in re.findall(r"\bR(\d+)\s*[–-]\s*R(\d+)\b", text):
        found |= set(range(int(first), int(last) + 1))
    return found


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def known_tests(path: Path) -> dict[str, set[int]]:
    """Each test of a file (`Class::test` in a class) with the requirements that it names: in its name, or in the
    docstring of itself, its class or its file."""
    of_file = numbers(ast.get_docstring(parsed(path)) or "")
    found = {}

    def walk(body: list[ast.stmt], before: str, known: set[int]) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                walk(node.body, f"{node.name}::", known | numbers(ast.get_docstring(node) or ""))
            elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named = {int(number) for number in re.findall(r"(?<=_)r(\d+)(?=_)", node.name)}
                found[before + node.name] = known | named | numbers(ast.get_docstring(node) or "")

    walk(parsed(path).body, "", of_file)
    return found


def names_in(path: Path) -> set[str]:
    """Functions, classes and values that a file defines."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def test_every_requirement_stands_on_the_page():
    assert set(range(1, 28)) - {number for _, cells in rows() for number in numbers(cells[1])} == set()


def test_every_row_says_which_code_and_which_test():
    """In four cells; the test names one of the requirements of the row, and each of those is named by one."""
    wrong = []
    for line, cells in rows():
        if len(cells) != 4 or not numbers(cells[1]) or not cells[2] or not spans(cells[3]):
            wrong.append(f"line {line}: a row is sentence, R, code, tests")
            continue
        named: set[int] = set()
        for span in spans(cells[3]):
            file, _, test = span.partition("::")
            known = known_tests(ROOT / file) if (ROOT / file).is_file() else {}
            if test not in known:
                wrong.append(f"line {line}: there is no test {span}")
            elif not known[test] & numbers(cells[1]):
                wrong.append(f"line {line}: {span} does not name {cells[1]}")
            named |= known.get(test, set())
        wrong += [f"line {line}: no test names R{number}" for number in sorted(numbers(cells[1]) - named)]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_of_ours_exists(page):
    """Files and folders in backticks; with `::name` the file defines that name. A path may begin further down."""
    gone = [span for span in spans(page.read_text()) if looks_like_ours(span) and not exists(span)]
    assert gone == []


def looks_like_ours(span: str) -> bool:
    path = span.partition("::")[0]
    if not re.fullmatch(r"[\w./*{},-]+", path) or path.startswith("/"):
        return False
    return ("/" in path and path.split("/")[0] in OURS) or Path(path).suffix in SOURCES


def exists(span: str) -> bool:
    path, _, name = span.partition("::")
    wanted = alternatives(path.rstrip("/"))
    for each in wanted:
        files = list(ROOT.glob(each)) or [file for top in OURS for file in (ROOT / top).rglob(each)]
        if not files:
            return False
        if name and each.endswith(".py") and "tests" not in each and name not in names_in(files[0]):
            return False
    return True


def alternatives(path: str) -> list[str]:
    """`a{b,c}d` is abd and acd."""
    before, brace, rest = path.partition("{")
    if not brace:
        return [path]
    inner, _, after = rest.partition("}")
    return [f"{before}{part}{after}" for part in inner.split(",")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    gone = []
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", page.read_text())):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            gone.append(target)
    assert gone == []


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_dependencies_are_named_in_the_project_as_they_are_pinned():
    """`requirements/*.in`, from which the pinned files are made, and pyproject.toml name the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = {"run": project["project"]["dependencies"], "test": project["dependency-groups"]["test"]}
    for name, dependencies in named.items():
        lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
        assert dependencies == [line for line in lines if line and not line.startswith(("#", "-r"))]


def test_every_way_in_has_a_test_for_every_rule():
    """R10–R15: each cell of the table names a test that exists, or says that there is nothing to ask."""
    lines = RULES.read_text().partition(WAYS_IN)[2].splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    assert [len(row) for row in table] == [7] * 7
    files = [*(ROOT / "tests" / "applications").rglob("test_*.py")]
    known = {name for file in files for name in known_tests(file)}
    cells = [cell for row in table[1:] for cell in row[1:]]
    assert [cell for cell in cells if cell.strip("`") not in known and cell != "installs only"] == []
