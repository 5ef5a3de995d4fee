"""The journal: what is written is there after a crash, and each request goes its way once."""

import time
import uuid

import pytest

from client.keep.journal import Journal


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


def request(state="sent"):
    step = {"application": {"id": 7, "name": "E", "version": "1"}, "deployment_types": []}
    return {"id": str(uuid.uuid4()), "state": state, "action": "install", "person": None, "steps": [step]}


def test_a_request_is_new_once(journal):
    asked = request()
    assert [journal.receive(asked) for _ in range(3)] == ["new", "known", "known"]
    assert journal.next_request(time.time()).id == asked["id"]


def test_requests_come_in_their_order_unless_they_wait(journal):
    first, second = request(), request()
    journal.receive(first)
    journal.receive(second)
    now = time.time()
    assert journal.next_request(now).id == first["id"]
    journal.note_work(first["id"], {"tries": 1}, now + 60)
    assert journal.next_request(now).id == second["id"]
    assert journal.next_request(now + 61).id == first["id"]
    assert journal.next_request(now + 61).work == {"tries": 1}


def test_a_clock_that_was_set_back_does_not_keep_a_request_for_ever(journal):
    asked = request()
    journal.receive(asked)
    journal.note_work(asked["id"], {}, time.time() + 10 * 365 * 86400)
    assert journal.next_request(time.time()).id == asked["id"]


def test_a_request_that_an_unknown_life_began_is_only_settled(journal):
    journal.receive(request("running"))
    assert journal.next_request(time.time()).work == {"settle": True}


def test_a_result_is_told_until_it_was_and_again_when_asked(journal):
    asked = request()
    journal.receive(asked)
    journal.queue("evaluation/0", "POST", "/evaluation", {"results": []})
    journal.finish(asked["id"], {"outcome": "succeeded"})
    [message] = journal.messages()
    assert (message.key, message.path) == (f"result/{asked['id']}", f"/requests/{asked['id']}/result")
    journal.told(message)
    assert (journal.messages(), journal.counts()) == ([], {"reported": 1})
    assert journal.receive({**asked, "state": "running"}) == "unreported"
    assert journal.messages() == [message]


def test_a_newer_message_survives_the_confirmation_of_an_older_one(journal):
    journal.queue("inventory", "PUT", "/inventory", {"a": 1})
    [old] = journal.messages()
    journal.queue("inventory", "PUT", "/inventory", {"a": 2})
    journal.told(old)
    assert [message.body for message in journal.messages()] == [{"a": 2}]


def test_what_ended_long_ago_is_forgotten_and_what_is_open_never(journal, monkeypatch):
    ended, open_one = request(), request()
    journal.receive(ended)
    journal.receive(open_one)
    journal.move(ended["id"], "dropped")
    monkeypatch.setattr("client.keep.journal.KEEP_SECONDS", -1.0)
    journal.prune()
    assert journal.counts() == {"received": 1}


def test_everything_is_on_the_disk_when_a_call_returns(journal, tmp_path):
    assert journal._read("PRAGMA synchronous") == [(2,)]
    assert journal._read("PRAGMA journal_mode") == [("wal",)]
    journal.remember(policy={"revision": "1"})
    other = Journal(tmp_path / "journal.db")
    assert other.recall("policy") == {"revision": "1"}
    other.close()
