"""`make run` as its user sees it: says where it is and when it is ready, goes on with the same data, ends clean."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from console.configuration.environment import ROOT
from console.launcher.locks import free_port, take_folder
from tests.console.launcher.test_processes import wait_until
from tests.needs import processes_in

READY = "Koppel is ready"


class Run:
    """One `manage.py run` on a data folder of its own."""

    def __init__(self, folder, *options: str, **settings: str) -> None:
        self.data, self.said = folder / "var", folder / "said"
        own = {n: v for n, v in os.environ.items() if not n.startswith(("KOPPEL_", "DJANGO_")) and n != "DATABASE_URL"}
        own |= {"KOPPEL_ENV_FILE": str(folder / ".env"), "KOPPEL_DATA": str(self.data), "REDIS_URL": "", **settings}
        self.url = ""
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run", *options], cwd=ROOT, env=own, stdout=said, stderr=said
            )

    def text(self) -> str:
        return self.said.read_text()

    def ready(self) -> "Run":
        wait_until(lambda: READY in self.text() or self.process.poll() is not None, 120)
        assert READY in self.text(), self.text()
        found = re.search(r"http://\S+", self.text())
        assert found
        self.url = found[0]
        return self

    def refused(self) -> str:
        """What it says when it does not start."""
        assert self.process.wait(timeout=60) == 2, self.text()
        return self.text()

    def stop(self, number=signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


@pytest.fixture
def run(tmp_path):
    started = []

    def start(*options: str, **settings: str) -> Run:
        started.append(Run(tmp_path, *options, **settings))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.stop()
        assert processes_in(each.data) == []


def test_it_starts_stops_and_goes_on_with_the_same_data(run):
    first = run("--port", str(free_port("127.0.0.1")), "--no-demo").ready()
    assert re.search(r"Administrator +admin\n +Password +\S{12,}", first.text())
    with urllib.request.urlopen(f"{first.url}/sign-in", timeout=10) as page:
        assert page.status == 200
    for name in ("redis", "web", "worker", "beat", "client"):
        assert (first.data / "log" / f"{name}.log").exists()
    assert (first.data / "run.env").stat().st_mode & 0o077 == 0
    assert first.stop() == 0
    assert processes_in(first.data) == []

    again = run("--port", str(free_port("127.0.0.1")), "--no-demo").ready()
    assert "Password" not in again.text()
    assert "Enrolling" not in again.text()
    log = again.data / "log" / "client.log"
    wait_until(lambda: f"Connected with the console at {again.url}" in log.read_text(), 30)

    again.process.kill()
    again.process.wait()
    take_folder(again.data).close()  # waits for the watchdog, which ends everything first
    assert processes_in(again.data) == []


def test_a_part_that_dies_is_started_again(run):
    system = run("--port", str(free_port("127.0.0.1")), "--no-demo", "--no-client").ready()
    web = [pid for pid in processes_in(system.data) if b"uvicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(web[0], signal.SIGKILL)
    wait_until(lambda: "The web process ended (-9)" in system.text(), 20)

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{system.url}/healthz", timeout=5) as page:
                return page.status == 200
        except OSError:
            return False

    wait_until(answers, 60)
    assert system.stop(signal.SIGTERM) == 0


def test_a_taken_port_is_one_sentence(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        said = run("--port", str(other.getsockname()[1])).refused()
    assert re.fullmatch(r"Port \d+ of 127.0.0.1 cannot be used .*; choose another: make run PORT=\d+\n", said)


def test_a_broken_env_file_is_one_sentence(run, tmp_path):
    (tmp_path / ".env").write_text("this is no setting\n")
    said = run("--port", str(free_port("127.0.0.1"))).refused()
    assert "line 1 is not of the form NAME=value" in said
    assert said.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(run, tmp_path):
    (tmp_path / "var").write_text("a file where the folder should be")
    said = run("--port", str(free_port("127.0.0.1"))).refused()
    assert "cannot write in" in said
    assert said.count("\n") == 1


def test_a_wrong_setting_is_one_sentence(run):
    said = run("--port", str(free_port("127.0.0.1")), KOPPEL_TIME_ZONE="Amsterdam").refused()
    assert "KOPPEL_TIME_ZONE is “Amsterdam”" in said
    assert "Traceback" not in said


def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(run):
    address = "postgres://koppel:geheim@127.0.0.1:1/koppel"
    said = run("--port", str(free_port("127.0.0.1")), DATABASE_URL=address).refused()
    assert "The database cannot be used; check DATABASE_URL" in said
    assert "geheim" not in said
    assert "Traceback" not in said
