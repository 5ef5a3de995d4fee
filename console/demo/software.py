"""The demo's applications. Those for Linux and macOS really install, without root, in `~/.koppel-demo`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

UNIX = ("linux", "macos")


@dataclass(frozen=True)
class Type:
    """One deployment type for each of the platforms."""

    install: str
    detection: dict[str, Any]
    uninstall: str = ""
    repair: str = ""
    platforms: tuple[str, ...] = UNIX
    requirements: tuple[dict[str, Any], ...] = ()
    run_as: str = "system"
    minutes: int = 30


@dataclass(frozen=True)
class Software:
    name: str
    version: str
    publisher: str
    description: str = ""
    types: tuple[Type, ...] = ()
    # collection name: "required", "available" or "approval"
    deployed: dict[str, str] = field(default_factory=dict)
    superseded_by: str = ""
    members: tuple[str, ...] = ()


def marker(name: str) -> str:
    return f"$HOME/.koppel-demo/{name}"


def in_home(name: str, version: str, before: str = "", **more: Any) -> Type:
    """Installs a file with its version in the home folder of whoever runs it."""
    put = f'mkdir -p "$HOME/.koppel-demo" && printf "%s\\n" {version} > "{marker(name)}"'
    return Type(
        install=f"{before}{put} && echo Installed {name} {version}",
        uninstall=f'rm -f "{marker(name)}" && echo Removed {name}',
        repair=f"{put} && echo Repaired {name}",
        detection={"kind": "file", "path": marker(name), "version": version},
        **more,
    )


def windows(code: str, path: str) -> Type:
    """A Windows Installer package, as most of the fleet would get it."""
    return Type(
        install=f"msiexec /i {code}.msi /qn /norestart",
        uninstall=f"msiexec /x {code}.msi /qn /norestart",
        repair=f"msiexec /f {code}.msi /qn",
        detection={"kind": "file", "path": path},
        platforms=("windows",),
    )


TWENTY_STEPS = (
    "i=1; while [ $i -le 20 ]; do "
    'echo "koppel-progress: $((i * 5)) Copying map sheet $i of 20"; sleep 1; i=$((i + 1)); done; '
)
FATAL = (
    "echo 'Action start: InstallExecute.'; echo 'Opening ledger.db ...'; "
    "echo 'Error 1923. Service ledgerd could not be installed. Verify that you have sufficient privileges.' >&2; "
    "echo 'MainEngineThread is returning 1603'; exit 67"
)

SOFTWARE = (
    Software(
        "Hello Koppel",
        "1.0",
        "Koppel demo",
        "Installs at once: a file in the home folder.",
        (in_home("hello", "1.0"),),
        {"Machines with a shell": "available"},
    ),
    Software(
        "Hello Koppel",
        "0.9",
        "Koppel demo",
        "Superseded: who installs it gets version 1.0.",
        (in_home("hello-old", "0.9"),),
        {"Machines with a shell": "available"},
        superseded_by="Hello Koppel 1.0",
    ),
    Software(
        "Map of the Netherlands",
        "2026.11",
        "Koppel demo",
        "Takes twenty seconds and shows its progress.",
        (in_home("map", "2026.11", TWENTY_STEPS),),
        {"Machines with a shell": "available"},
    ),
    Software(
        "Legacy Ledger",
        "4.2",
        "Koppel demo",
        "Fails, with output to read and exit code 67.",
        (Type(FATAL, {"kind": "file", "path": marker("ledger")}, uninstall=f'rm -f "{marker("ledger")}"'),),
        {"Machines with a shell": "available"},
    ),
    Software(
        "Team Notes",
        "3.1",
        "Koppel demo",
        "Needs approval: can also be asked for while the device is offline.",
        (in_home("notes", "3.1", "echo Preparing; sleep 2; "),),
        {"Machines with a shell": "approval"},
    ),
    Software(
        "Label Printer",
        "2.0",
        "Koppel demo",
        "Its installer says that all went well, but detection does not find it.",
        (Type("echo All went well", {"kind": "file", "path": marker("printer")}),),
        {"Machines with a shell": "available"},
    ),
    Software(
        "Weather Model",
        "12",
        "Koppel demo",
        "Asks for more memory than most machines have.",
        (in_home("weather", "12", requirements=({"kind": "memory_mb", "at_least": 524288},)),),
        {"Machines with a shell": "available"},
    ),
    Software(
        "Office Tools",
        "2026",
        "Koppel demo",
        "A group: its members install in order.",
        deployed={"Machines with a shell": "available"},
        members=("Hello Koppel 1.0", "Team Notes 3.1"),
    ),
    Software(
        "Personal Bookmarks",
        "1.4",
        "Koppel demo",
        "For a person: runs as who is signed in.",
        (in_home("bookmarks", "1.4", run_as="person"),),
        {"Office people": "available"},
    ),
    Software(
        "tree",
        "2.1",
        "Debian",
        "A real Debian package through apt; the client must run as root.",
        (
            Type(
                install="apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q tree",
                uninstall="DEBIAN_FRONTEND=noninteractive apt-get remove -y -q tree",
                repair="DEBIAN_FRONTEND=noninteractive apt-get install -y -q --reinstall tree",
                detection={"kind": "package", "name": "tree"},
                platforms=("linux",),
                requirements=({"kind": "script", "script": 'command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]'},),
            ),
        ),
        {"Debian machines": "available"},
    ),
    Software(
        "7-Zip",
        "25.01",
        "Igor Pavlov",
        types=(windows("7zip", r"%ProgramFiles%\7-Zip\7z.exe"),),
        deployed={"Windows machines": "available"},
    ),
    Software(
        "Firefox ESR",
        "140.5",
        "Mozilla",
        types=(windows("firefox", r"%ProgramFiles%\Mozilla Firefox\firefox.exe"),),
        deployed={"Windows machines": "required"},
    ),
    Software(
        "Company VPN",
        "5.2.1",
        "IT Operations",
        types=(windows("vpn", r"%ProgramFiles%\Vpn\vpnagent.exe"),),
        deployed={"Laptops AMS": "required"},
    ),
    Software(
        "KeePassXC",
        "2.7.10",
        "KeePassXC Team",
        types=(windows("keepassxc", r"%ProgramFiles%\KeePassXC\KeePassXC.exe"),),
        deployed={"Windows machines": "approval"},
    ),
    Software(
        "GIMP",
        "3.0.6",
        "GIMP Team",
        types=(windows("gimp", r"%ProgramFiles%\GIMP 3\bin\gimp.exe"),),
        deployed={"Office people": "available"},
    ),
)
