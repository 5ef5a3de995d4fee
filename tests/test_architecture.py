"""Imports go down: from a floor to those below it, never in a circle (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From the top down; a package may import from those below it only.
FLOORS = ("manage", "console", "pages", "stream", "applications", "devices", "ui", "audit", "signing")
APART = "client"  # the program on the device: it imports nothing of ours, and only `make run` starts it from here
STARTS_IT = "console/launcher/"
MAX_LOOSE_MODULES = 6  # beside the folders of a package


def files() -> list[str]:
    found = [ROOT / "manage.py"]
    for package in (*FLOORS, APART):
        found += sorted((ROOT / package).rglob("*.py"))
    return [path.relative_to(ROOT).as_posix() for path in found if "migrations" not in path.parts]


def module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


FILES = files()
MODULES = {module_of(file): file for file in FILES}


def package_of(file: str) -> str:
    """The room that a file stands in: its folder."""
    return file.rpartition("/")[0] or file.removesuffix(".py")


def imports(file: str) -> Iterator[str]:
    """The files of ours that a file imports, inside functions too, and those that it names in a string."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    here = module_of(file).split(".")
    if not file.endswith("__init__.py"):
        here = here[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
            names = [node.value] if node.value.count(".") >= 2 else []
        else:
            continue
        for name in names:
            while name:
                if name in MODULES:
                    if MODULES[name] != file:
                        yield MODULES[name]
                    break
                name = name.rpartition(".")[0] if "." in name else ""


ARROWS = {file: sorted(set(imports(file))) for file in FILES}


def floor_of(file: str) -> str:
    return module_of(file).partition(".")[0]


def test_imports_go_down():
    up = [
        f"{file} imports {other}, which stands above it: {floor_of(other)} may use {floor_of(file)}, not the reverse."
        for file, others in ARROWS.items()
        for other in others
        if floor_of(file) in FLOORS
        and floor_of(other) in FLOORS
        and FLOORS.index(floor_of(other)) < FLOORS.index(floor_of(file))
    ]
    assert not up, "\n".join(up)


def test_the_client_stands_apart():
    touching = [
        f"{file} imports {other}; the client and the console share nothing but the protocol."
        for file, others in ARROWS.items()
        for other in others
        if (floor_of(file) == APART) != (floor_of(other) == APART) and not file.startswith(STARTS_IT)
    ]
    assert not touching, "\n".join(touching)


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """One circle, as the way around it; empty when there is none."""
    done: set[str] = set()

    def walk(at: str, way: list[str]) -> list[str]:
        if at in way:
            return [*way[way.index(at) :], at]
        if at in done:
            return []
        for other in sorted(arrows.get(at, ())):
            if found := walk(other, [*way, at]):
                return found
        done.add(at)
        return []

    for start in sorted(arrows):
        if found := walk(start, []):
            return found
    return []


def test_no_file_imports_itself_by_way_of_others():
    # A package's __init__ that only gathers what is in its files is no way around.
    assert not (around := circle({file: set(others) for file, others in ARROWS.items()})), " → ".join(around)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_no_package_imports_itself_by_way_of_others(depth):
    rooms: dict[str, set[str]] = {}
    ties: dict[tuple[str, str], str] = {}
    for file, others in ARROWS.items():
        for other in others:
            here, there = ("/".join(package_of(each).split("/")[:depth]) for each in (file, other))
            # a package and the room inside it are one
            if here != there and not here.startswith(f"{there}/") and not there.startswith(f"{here}/"):
                rooms.setdefault(here, set()).add(there)
                ties.setdefault((here, there), f"{file} imports {other}")
    around = circle(rooms)
    assert not around, "\n".join(f"{here} → {there}: {ties[here, there]}" for here, there in pairwise(around))


def test_beside_folders_stand_few_loose_modules():
    crowded = []
    for package in {package_of(file) for file in FILES if "/" in file}:
        loose = [file for file in FILES if package_of(file) == package and not file.endswith("__init__.py")]
        folders = {file for file in FILES if package_of(file).startswith(f"{package}/")}
        if folders and len(loose) > MAX_LOOSE_MODULES:
            crowded.append(f"{package}: {len(loose)} modules beside its folders ({', '.join(sorted(loose))})")
    assert not crowded, "\n".join(crowded)
