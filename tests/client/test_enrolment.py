"""Enrolment (R24): one secret that only the device knows, a command to repeat, sentences for what goes wrong."""

import base64
import hashlib
import shutil
import stat
import subprocess

import pytest

from client.talk.connection import Console

from .machine import ROOT, Machine, until
from .peer import running_peer

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl here to make a certificate")


def kept(machine):
    return (machine.state / "secret").read_text()


def test_the_console_gets_the_hash_and_never_the_secret(machine, peer):
    done = machine.enrol(peer)
    assert done.returncode == 0
    assert done.stdout == "Enrolled as desk-1. Start the client with: run\n"
    secret = kept(machine)
    assert len(bytes.fromhex(secret)) == 32
    assert peer.secrets == {hashlib.sha256(secret.encode()).hexdigest()}
    assert not any(secret.encode() in body for body in peer.bodies)
    assert stat.S_IMODE((machine.state / "secret").stat().st_mode) == 0o600
    assert "token-1" not in done.stdout + done.stderr + (machine.state / "console.json").read_text()


@pytest.mark.parametrize("trouble", ["lost", "cut", 500, (429, {"Retry-After": "1"})])
def test_a_lost_answer_is_asked_again(machine, peer, trouble):
    peer.mishap("POST", "enrol", trouble)
    assert machine.enrol(peer).returncode == 0
    assert hashlib.sha256(kept(machine).encode()).hexdigest() == peer.tokens["token-1"]


def test_a_command_that_gave_up_is_repeated_with_the_same_secret(machine, peer):
    peer.mishap("POST", "enrol", *["lost"] * 4)
    done = machine.enrol(peer)
    assert (done.returncode, "give the same command again" in done.stderr) == (1, True)
    used = peer.tokens["token-1"]
    assert machine.enrol(peer).returncode == 0
    assert hashlib.sha256(kept(machine).encode()).hexdigest() == used
    assert machine.enrol(peer).returncode == 0
    assert hashlib.sha256(kept(machine).encode()).hexdigest() == used


def test_killed_between_the_console_and_the_disk_it_is_repeated_with_the_same_secret(machine, peer):
    def kill(_):
        process.kill()
        process.wait()
        return "lost"

    peer.mishap("POST", "enrol", kill)
    words = ["enrol", "--url", peer.url, "--token", "token-1", "--key", peer.keys.public]
    words += ["--state", str(machine.state), "--name", "desk-1"]
    process = subprocess.Popen([*machine.program, *words], cwd=machine.folder.parents[0], env=with_path(machine))
    process.wait(20)
    until(lambda: peer.tokens["token-1"], "the console has it")
    assert not (machine.state / "secret").exists()
    assert machine.enrol(peer).returncode == 0
    assert hashlib.sha256(kept(machine).encode()).hexdigest() == peer.tokens["token-1"]


def key():
    return "--key", base64.b64encode(bytes(32)).decode()


def with_path(machine):
    return {**machine.environment, "PYTHONPATH": str(ROOT)}


def test_a_new_token_makes_a_new_secret(enrolled, peer):
    before = kept(enrolled)
    peer.tokens["token-2"] = None
    assert enrolled.enrol(peer, "token-2").returncode == 0
    assert kept(enrolled) != before
    assert len(list(enrolled.state.glob("secret*"))) == 1


@pytest.mark.parametrize(("status", "sentence"), [(403, "not known"), (409, "used"), (410, "expired")])
def test_a_token_that_is_refused_says_why_and_leaves_what_there_was(enrolled, peer, status, sentence):
    before = kept(enrolled)

    def refuse(handler):
        handler.answer(status, {"detail": f"This token is {sentence}.", "code": "token_refused"})
        return "cut"

    peer.mishap("POST", "enrol", refuse)
    done = enrolled.enrol(peer, "token-3")
    assert done.returncode == 1
    assert done.stderr.strip() == f"The console does not enrol this device: This token is {sentence}."
    assert kept(enrolled) == before


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("localhost:8000", "is not the address of a console"),
        ("ftp://console", "is not the address of a console"),
        ("http://user:password@console", "holds no name or password"),
    ],
)
def test_an_address_that_is_none_is_said(machine, url, sentence):
    done = machine.call("enrol", "--url", url, "--token", "secret-token", *key(), "--state", str(machine.state))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "secret-token" not in done.stderr


@pytest.mark.parametrize("host", ["console.example", "192.0.2.7", "127.0.0.1.example", "[2001:db8::1]"])
def test_plain_http_is_spoken_to_this_machine_only(machine, peer, host):
    state = str(machine.state)
    words = ["enrol", "--url", f"http://{host}:1", "--token", "-", *key(), "--state", state]
    done = machine.call(*words, input="token-1\n")
    assert (done.returncode, "is not encrypted" in done.stderr) == (2, True)
    assert "token-1" not in done.stderr
    assert machine.call(*words[:2], peer.url, *words[3:], input="token-1\n").returncode == 0
    known = machine.state / "console.json"
    known.write_text(known.read_text().replace(peer.url, f"http://{host}:1"))
    done = machine.call("run", "--state", state)
    assert (done.returncode, "is not encrypted" in done.stderr) == (2, True), "also later, of its state"


def test_plain_http_to_another_machine_when_it_is_said():
    with pytest.raises(ValueError, match="insecure-http"):
        Console("http://console.example")
    assert Console("http://console.example", insecure=True).url == "http://console.example"
    for here in ("http://127.9.9.9", "http://[::1]:8000", "http://localhost", "https://console.example"):
        Console(here)


def test_a_state_folder_that_cannot_be_made_is_said(machine, tmp_path):
    (tmp_path / "file").touch()
    done = machine.call("run", "--state", str(tmp_path / "file" / "state"))
    assert (done.returncode, "cannot be made" in done.stderr) == (2, True)


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that nobody signed but itself."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        str(key),
        "-out",
        str(cert),
    ]
    subprocess.run([*make, *names], check=True, capture_output=True)
    return str(cert), str(key)


@needs_openssl
def test_a_console_with_tls_is_trusted_only_with_a_certificate_that_is(tmp_path, certificate):
    with running_peer(tls=certificate) as peer:
        machine = Machine(tmp_path / "device")
        done = machine.enrol(peer)
        assert (done.returncode, "is not to be trusted" in done.stderr) == (1, True)
        assert not peer.secrets
        machine.environment["SSL_CERT_FILE"] = certificate[0]
        assert machine.enrol(peer).returncode == 0
        machine.start()
        try:
            ran = machine.marks / "ran"
            asked = peer.ask(install=f"echo ran >> {ran}", detection={"kind": "file", "path": str(ran)})
            assert peer.result_of(asked)["outcome"] == "succeeded"
        finally:
            machine.end()


@needs_openssl
def test_the_wrong_scheme_is_said(tmp_path, certificate, peer):
    machine = Machine(tmp_path / "device")
    with running_peer(tls=certificate) as secure:
        secure.scheme = "http"
        done = machine.enrol(secure)
        assert (done.returncode, "begins with https://" in done.stderr) == (1, True), done.stderr
    peer.scheme = "https"
    done = machine.enrol(peer)
    assert (done.returncode, "begins with http://" in done.stderr) == (1, True), done.stderr


def test_a_redirect_to_https_is_said(machine, peer):
    peer.mishap("POST", "enrol", (301, {"Location": "https://console.example/client/v1/enrol"}))
    done = machine.enrol(peer)
    assert (done.returncode, "answers on https:// only" in done.stderr) == (1, True), done.stderr
