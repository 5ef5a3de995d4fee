"""R28: a real client fetches the file before it runs anything, and never runs what is not the one that was signed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import uuid

import pytest

from client.act import content as fetching
from client.act.execution import Later
from client.keep.cache import Cache
from client.talk.backoff import Backoff
from tests.client.machine import until
from tests.client.peer import deployment_type
from tests.client.test_required import own, require

SCRIPT = b"#!/bin/sh\ntrue\n" + b"# padding\n" * 40_000
DIGEST = hashlib.sha256(SCRIPT).hexdigest()
CONTENT = {"sha256": DIGEST, "size": len(SCRIPT), "name": "set up.sh"}


def send(data=SCRIPT, cut=None, ranges=True, headers=None):
    """How the peer answers for the file: with these bytes, cut short after so many of this answer."""

    def answer(handler):
        asked = handler.headers.get("Range", "") if ranges else ""
        first = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        handler.send_response(206 if asked else 200)
        handler.send_header("Content-Type", "application/octet-stream")
        handler.send_header("Content-Length", str(len(data) - first))
        if asked:
            handler.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        handler.end_headers()
        with contextlib.suppress(OSError):  # a client that was killed
            handler.wfile.write(data[first : first + cut] if cut is not None else data[first:])
            handler.wfile.flush()
        handler.close_connection = True
        handler.vanish()

    return lambda handler: (answer(handler), "answered")[1]


def ask(working, name, *answers, action="install", content=CONTENT, **fields):
    mark = working.mark(name)
    there = {"kind": "file", "path": str(mark)}
    working.peer.mishaps.pop(("GET", DIGEST), None)
    working.peer.mishap("GET", DIGEST, *answers)
    fields = {"install": f'sh "./set up.sh"; pwd >{mark}; ls "$KOPPEL_CONTENT" >>{mark}', **fields}
    asked = working.peer.ask(action, detection=there, content=content, **fields)
    return mark, asked, working.peer.result_of(asked, 60)


@pytest.mark.parametrize(("gained", "failures"), [(5, 1), (0, 4), (-5, 4)])
def test_only_bytes_that_were_gained_make_the_next_pause_short(monkeypatch, gained, failures):
    contents, work = fetching.Contents(None, None, None), {"broken_off": 3}

    def broken_off(*_):
        raise fetching.BrokenOff("It broke off.", gained)

    monkeypatch.setattr(contents, "fetch", broken_off)
    with pytest.raises(Later):
        contents.have(CONTENT, work, Backoff(), lambda *_: None)
    assert work == {"broken_off": failures}


@pytest.fixture
def empty(working):
    folder = working.machine.state / "content"
    yield folder
    for path in folder.iterdir():
        path.unlink()


def test_a_connection_that_is_cut_ten_times_is_gone_on_with_and_the_command_finds_its_file(working, empty):
    cuts = [send(cut=30_000) for _ in range(10)]
    mark, _, result = ask(working, "cut", *cuts, send())
    assert (result["outcome"], result["reason"]) == ("succeeded", "")
    folder, *files = mark.read_text().splitlines()
    assert files == ["set up.sh"]
    assert folder.startswith(str(working.machine.state / "runs"))
    assert [path.name for path in empty.iterdir()] == [DIGEST]
    # the next time nothing is fetched: the peer has no answer left but "there is no such request"
    assert ask(working, "again")[2]["outcome"] == "succeeded"


@pytest.mark.parametrize(
    ("name", "answers", "code"),
    [
        ("changed", [send(SCRIPT[:-1] + b"x")], "content_differs"),
        ("later", [503, "cut", send(b"y" * len(SCRIPT))], "content_differs"),
        ("longer", [send(SCRIPT + b"x"), send(SCRIPT[:-5] + b"reset")], "content_differs"),
        ("another_part", [send(cut=100), send(b"x" * len(SCRIPT), ranges=False)], "content_differs"),
    ],
)
def test_what_is_not_what_was_signed_never_runs(working, empty, name, answers, code):
    mark, _, result = ask(working, name, *answers)
    assert (result["outcome"], result["reason"], result["steps"][0]["detail"]["code"]) == ("failed", "no_content", code)
    assert not mark.exists()
    assert list(empty.iterdir()) == []


def test_a_file_that_was_changed_in_the_cache_is_fetched_anew(working, empty):
    assert ask(working, "right", send())[2]["outcome"] == "succeeded"
    (empty / DIGEST).write_bytes(SCRIPT[:-1] + b"x")
    calls = len(working.peer.calls)
    assert ask(working, "fresh", send())[2]["outcome"] == "succeeded"
    assert f"GET /content/{DIGEST}" in working.peer.calls[calls:]


def test_what_is_not_to_be_had_is_said(working, empty):
    def gone(handler):
        handler.answer(404, {"detail": "No.", "code": "content_unknown"})
        return "answered"

    assert ask(working, "unknown", gone)[2]["steps"][0]["detail"]["code"] == "content_gone"
    huge = {**CONTENT, "size": 10**15}
    told = ask(working, "huge", content=huge)[2]["steps"][0]["detail"]
    assert told["code"] == "content_no_room"
    assert told["facts"]["needed_mb"] > told["facts"]["found_mb"]
    for name in ("../evil", "a/b", "", 5):
        assert ask(working, "evil", content={**CONTENT, "name": name})[2]["reason"] == "internal"


def test_only_a_command_that_names_the_file_waits_for_it_when_nothing_is_installed(working, empty):
    mark = working.mark("removed")
    mark.touch()
    calls = len(working.peer.calls)
    _, _, result = ask(working, "removed", action="uninstall", uninstall=f"rm {mark}")
    assert result["outcome"] == "succeeded"
    assert not [call for call in working.peer.calls[calls:] if "/content/" in call]
    mark.touch()
    repair = f'sh "./set up.sh" && touch {mark}'
    assert ask(working, "removed", send(), action="repair", repair=repair)[2]["outcome"] == "succeeded"


def test_killed_in_the_middle_it_goes_on_where_it_was(enrolled, peer):
    asked_for = []

    def half(handler):
        asked_for.append(handler.headers.get("Range"))
        send(cut=100_000)(handler)
        return "answered"

    def hang(handler):
        asked_for.append(handler.headers.get("Range"))
        handler.rfile.read(1)  # until the client is gone
        return "answered"

    mark = enrolled.marks / "installed"
    peer.mishap("GET", DIGEST, half, hang, send())
    enrolled.start()
    peer.wait(lambda: peer.streams, "the client's stream")
    detection = {"kind": "file", "path": str(mark)}
    asked = peer.ask(install=f"echo ran >>{mark}", detection=detection, content=CONTENT)
    until(lambda: len(asked_for) == 2, "the second try")
    assert asked_for == [None, "bytes=100000-"]
    phases = {"downloading", "detecting"}  # at most one a second is told
    peer.wait(lambda: asked.progress and asked.progress[-1][1]["phase"] in phases, "how far it is")
    enrolled.kill()
    enrolled.start()
    assert peer.result_of(asked)["outcome"] == "succeeded"
    assert mark.read_text() == "ran\n"


def test_what_is_required_and_due_waits_for_its_file_and_for_a_console_that_is_away(enrolled, peer):
    """R27: the policy was taken, then nobody answers, then the file comes."""
    mark = enrolled.marks / "ran"
    detection = {"kind": "file", "path": str(mark)}
    kind = deployment_type(f'sh "./set up.sh" && echo ran >>{mark}', detection, content=CONTENT)
    peer.mishap("GET", DIGEST, "cut", send(cut=50_000), send())
    require(peer, enrolled, types=[kind])
    enrolled.start()
    [asked] = peer.wait(lambda: own(peer), "the announcement")
    assert peer.result_of(asked)["outcome"] == "succeeded"
    assert mark.read_text() == "ran\n"


def test_the_one_used_longest_ago_goes_first_and_never_one_in_use(tmp_path):
    used = {"a"}
    cache = Cache(tmp_path, 250, lambda: used)
    for age, name in enumerate("cba"):
        (tmp_path / name).write_bytes(b"x" * 100)
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    cache.make_room(0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c"]
    cache.make_room(200)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_runs_for_a_person_gets_the_file_in_a_folder_of_their_own(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root runs anything for others")
    from client.platforms import posix

    request = str(uuid.uuid4())
    cache = Cache(tmp_path / "cache", 10**9, list)
    cache.folder.mkdir(mode=0o700)
    cache.whole(DIGEST).write_bytes(SCRIPT)
    account = posix.account("nobody", "")
    folder = fetching.Contents(cache, None, None).place(CONTENT, tmp_path / "runs" / request / "0.1", account)
    read = subprocess.run(["cat", folder / "set up.sh"], **account.rights, capture_output=True)
    assert read.stdout == SCRIPT
    assert folder.name == f"koppel-{request}-0.1"
    fetching.remove_placed([request])
    assert not folder.exists()
