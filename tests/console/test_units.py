"""The systemd units: what the console's processes may is said in each of them, and is the same."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
UNITS = {"web", "worker", "beat", "stream@", "redis"}
OWN = ("RestrictAddressFamilies", "InaccessiblePaths", "ReadWritePaths", "PrivateNetwork")  # each has its own


def lines_of(unit):
    text = (FOLDER / f"koppel-{unit}.service").read_text()
    return [
        line for line in text.partition("NoNewPrivileges=")[2].partition("[Install]")[0].splitlines() if "=" in line
    ]


def test_every_process_of_the_console_is_as_confined_as_the_others():
    confined = {unit: [line for line in lines_of(unit) if not line.startswith(OWN)] for unit in UNITS}
    assert len(confined["web"]) > 20
    assert [unit for unit in UNITS if confined[unit] != confined["web"]] == []


def test_only_web_and_worker_reach_the_signing_key():
    kept_away = {unit for unit in UNITS if "InaccessiblePaths=-/etc/koppel/keys" in lines_of(unit)}
    assert kept_away == UNITS - {"web", "worker"}
