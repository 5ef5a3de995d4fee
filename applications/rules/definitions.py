"""What a detection rule and requirements may look like, as tables; what is wrong with one, in sentences (R25).

The kinds are exactly those of docs/protocol.md, section Requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from applications.rules.problems import Problem
from applications.rules.reasons import gettext_noop as _

PLATFORMS = ("linux", "windows", "macos")
ANY_PLATFORM = "any"
MAX_REQUIREMENTS = 20
MAX_LINE, MAX_SCRIPT, MAX_VERSION, MAX_ARCHITECTURE = 1000, 20_000, 64, 32
LARGEST = 10**9  # megabytes

# From the root, from the home folder, or from a variable: a client has no folder of its own to look from.
PATH = re.compile(r"(/|~[/\\]|\$\w|\$\{\w|%\w|[A-Za-z]:[/\\]|\\\\\w).*")
VERSION = re.compile(r"[0-9][0-9A-Za-z.:~+_-]*")  # neither v1.2, which nothing is called, …
PLACEHOLDER = re.compile(r"(^|[._-])[xX*]([._-]|$)")  # … nor 1.2.x, which is no version
LINUX_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:-]*")
ARCHITECTURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

# What is wrong with a value: sentences and what fills them in, given the value and the deployment type's platform.
Faults = Iterator[tuple[str, dict[str, object]]]


def path(value: object, platform: str) -> Faults:
    """Of a file on the device."""
    if not isinstance(value, str) or not value.strip():
        yield _("Say the path of the file."), {}
        return
    yield from one_line(value)
    if not PATH.match(value.strip()):
        sentence = _("A path begins at the root or with a variable: /opt/…, C:\\…, ~/…, $HOME/… or %%ProgramFiles%%\\…")
        yield sentence, {}


def package(value: object, platform: str) -> Faults:
    """The name of a package."""
    if not isinstance(value, str) or not value.strip():
        yield _("Say the name of the package."), {}
        return
    yield from one_line(value)
    if value.startswith("-") or (platform == "linux" and not LINUX_PACKAGE.fullmatch(value)):
        yield _("“%(name)s” is not the name of a package."), {"name": value[:100]}


def command(value: object, platform: str) -> Faults:
    """One whose output names a version."""
    if not isinstance(value, str) or not value.strip():
        yield _("Say the command that tells the version."), {}
        return
    yield from one_line(value)


def script(value: object, platform: str) -> Faults:
    if not isinstance(value, str) or not value.strip():
        yield _("Write the script."), {}
    elif len(value) > MAX_SCRIPT:
        yield _("A script has at most %(most)s characters."), {"most": MAX_SCRIPT}


def version(value: object, platform: str) -> Faults:
    """The least version that counts."""
    if not isinstance(value, str) or not value.strip():
        yield _("Say the version that must be there at least."), {}
    elif len(value) > MAX_VERSION or not VERSION.fullmatch(value) or PLACEHOLDER.search(value):
        yield _("“%(version)s” is not a version; write for example 3.0.6."), {"version": value[:100]}


def megabytes(value: object, platform: str) -> Faults:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST:
        yield _("Say how many megabytes, as a whole number above 0, for example 4096."), {}


def platforms(value: object, platform: str) -> Faults:
    if not isinstance(value, list) or not value:
        yield _("Choose at least one platform."), {}
        return
    for name in value:
        if name not in PLATFORMS:
            yield (
                _("“%(platform)s” is not a platform; there are %(known)s."),
                {
                    "platform": name,
                    "known": ", ".join(PLATFORMS),
                },
            )
    if platform != ANY_PLATFORM and platform not in value:
        yield (
            _("This deployment type is for %(platform)s only, so this requirement would never hold."),
            {"platform": platform},
        )


def pattern(value: object, platform: str) -> Faults:
    """Of an operating system's name."""
    if not isinstance(value, str) or not value.strip():
        yield _("Say which operating systems, for example Debian* or Windows 11*."), {}
        return
    yield from one_line(value)


def architectures(value: object, platform: str) -> Faults:
    if not isinstance(value, list) or not value:
        yield _("Say at least one architecture, for example x86_64."), {}
        return
    for name in value:
        if not isinstance(name, str) or len(name) > MAX_ARCHITECTURE or not ARCHITECTURE.fullmatch(name):
            yield (
                _("“%(name)s” is not the name of an architecture; write for example x86_64, aarch64."),
                {"name": str(name)[:100]},
            )


def one_line(value: str) -> Faults:
    if len(value) > MAX_LINE:
        yield _("This has at most %(most)s characters."), {"most": MAX_LINE}
    if any(ord(letter) < 32 for letter in value):
        yield _("This is one line, without tabs and line ends."), {}


@dataclass(frozen=True)
class Field:
    """One field of a rule: what is wrong with a value, and whether it may be left out."""

    faults: Callable[[object, str], Faults]
    optional: bool = False


DETECTION: dict[str, dict[str, Field]] = {
    "file": {"path": Field(path), "version": Field(version, optional=True)},
    "package": {"name": Field(package), "version": Field(version, optional=True)},
    "command": {"command": Field(command), "version": Field(version)},
    "script": {"script": Field(script)},
}
REQUIREMENT: dict[str, dict[str, Field]] = {
    "memory_mb": {"at_least": Field(megabytes)},
    "disk_mb": {"at_least": Field(megabytes)},
    "platform": {"in": Field(platforms)},
    "os": {"matches": Field(pattern)},
    "architecture": {"in": Field(architectures)},
    "script": {"script": Field(script)},
}


def detection_problems(rule: object, platform: str = ANY_PLATFORM) -> list[Problem]:
    """What is wrong with a detection rule; empty when it is in order. `platform`: that of the deployment type."""
    return list(_problems(rule, DETECTION, _("Choose how to find out whether it is installed."), platform))


def requirement_problems(requirement: object, platform: str = ANY_PLATFORM) -> list[Problem]:
    """What is wrong with one requirement; empty when it is in order."""
    return list(_problems(requirement, REQUIREMENT, _("Choose what is required."), platform))


def requirements_problems(requirements: object, platform: str = ANY_PLATFORM) -> list[Problem]:
    """What is wrong with the requirements of a deployment type, together."""
    if not isinstance(requirements, list):
        return [Problem(_("Requirements are a list."))]
    if len(requirements) > MAX_REQUIREMENTS:
        return [Problem(_("A deployment type has at most %(most)s requirements."), {"most": MAX_REQUIREMENTS})]
    return [problem for each in requirements for problem in requirement_problems(each, platform)]


def _problems(rule: object, kinds: Mapping[str, Mapping[str, Field]], unknown: str, platform: str) -> Iterator[Problem]:
    kind = rule.get("kind") if isinstance(rule, dict) else None
    if not isinstance(rule, dict) or not isinstance(kind, str) or kind not in kinds:
        yield Problem(unknown, part="kind")
        return
    fields = kinds[kind]
    for name in rule:
        if name != "kind" and name not in fields:
            yield Problem(_("“%(part)s” does not belong to this kind."), {"part": name})
    for name, field in fields.items():
        if name not in rule and field.optional:
            continue
        for sentence, facts in field.faults(rule.get(name), platform):
            yield Problem(sentence, facts, name)
