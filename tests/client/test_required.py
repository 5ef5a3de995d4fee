"""Required deployments install by themselves when they are due, also when the console is away (R27)."""

from datetime import UTC, datetime, timedelta

import pytest

from .machine import until
from .peer import deployment_type


def within(seconds):
    """A moment as the console writes it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def require(peer, machine, revision="2", install="", detection=None, types=None, **fields):
    """The policy holds one Required application, which leaves a line in `ran`."""
    path = machine.marks / "ran"
    kind = deployment_type(install or f"echo ran >> {path}", detection or {"kind": "file", "path": str(path)})
    entry = {"application": {"id": 9, "name": "Nine", "version": "9"}, "purpose": "required", "person": None}
    entry |= {"available_from": None, "deadline": None, "deployment_types": types or [kind], **fields}
    with peer.condition:
        peer.policy = {"revision": revision, "evaluate_minutes": 60, "applications": [entry]}
    peer.push("policy", {})


def own(peer):
    return list(peer.requests.values())


def test_what_is_required_and_due_is_installed_and_the_console_knows_first(enrolled, peer):
    require(peer, enrolled, available_from=within(-600), deadline=within(-60))
    enrolled.start()
    [asked] = peer.wait(lambda: own(peer), "the announcement")
    assert peer.result_of(asked)["outcome"] == "succeeded"
    calls = [call.rpartition("/")[2] for call in peer.calls if call.startswith("POST /requests")]
    assert (calls[0], calls[-1], enrolled.runs()) == ("requests", "result", 1)
    found = lambda: [result["detected"] for body in peer.evaluations for result in body["results"]]  # noqa: E731
    peer.wait(lambda: "installed" in found(), "the evaluation after it")


def test_a_deadline_is_waited_for(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: peer.streams and "GET /policy" in peer.calls, "the client")
    deadline = within(3)
    require(peer, enrolled, deadline=deadline)
    peer.wait(lambda: peer.evaluations, "the first evaluation")
    [asked] = peer.wait(lambda: own(peer), "the announcement")
    assert peer.result_of(asked)["started_at"] >= deadline


def test_at_the_deadline_the_console_may_be_away(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: peer.streams and "GET /policy" in peer.calls, "the client")
    require(peer, enrolled, deadline=within(3))
    peer.wait(lambda: peer.evaluations, "the first evaluation")
    peer.away = True
    peer.cut_streams()
    until(enrolled.runs, "the installation without a console")
    assert own(peer) == []
    enrolled.kill()
    enrolled.start()
    peer.away = False
    [asked] = peer.wait(lambda: own(peer), "the announcement", 60)
    assert (peer.result_of(asked, 60)["outcome"], enrolled.runs()) == ("succeeded", 1)
    until(lambda: enrolled.state_of(asked) == "reported", "the journal says it was reported")


def test_what_is_not_required_any_more_is_not_run(enrolled, peer):
    require(peer, enrolled)

    def withdraw(handler):
        peer.policy = {"revision": "3", "evaluate_minutes": 60, "applications": []}

    peer.mishap("POST", "requests", withdraw)
    enrolled.start()
    until(lambda: "is not wanted any more" in enrolled.log.read_text(), "the answer of the console")
    assert (enrolled.runs(), own(peer)) == (0, [])


def test_a_failure_is_tried_again_when_the_policy_changes_and_not_before(enrolled, peer):
    ran = enrolled.marks / "ran"
    failing = {"install": f"echo ran >> {ran}; exit 1", "detection": {"kind": "file", "path": "/nowhere"}}
    require(peer, enrolled, **failing)
    enrolled.start()
    [first] = peer.wait(lambda: own(peer), "the announcement")
    assert peer.result_of(first)["reason"] == "exit_code"
    peer.wait(lambda: peer.evaluations and peer.evaluations[-1]["results"], "the evaluation after it")
    require(peer, enrolled, revision="3", **failing)
    peer.wait(lambda: len(own(peer)) == 2, "the second try")
    peer.result_of(own(peer)[1])
    assert enrolled.runs() == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"purpose": "available"},
        {"deadline": within(3600)},
        {"available_from": within(3600)},
        {"deadline": "some day"},
        {"person": "j.visser"},
        {"types": [deployment_type("exit 1", {"kind": "file", "path": "/"})]},
        {"types": [deployment_type("exit 1", {"kind": "script", "script": "exit 3"})]},
        {"types": [deployment_type("exit 1", {"kind": "file", "path": "/no"}, platform="windows")]},
        {
            "types": [
                deployment_type(
                    "exit 1", {"kind": "file", "path": "/no"}, requirements=[{"kind": "os", "matches": "X"}]
                )
            ]
        },
    ],
)
def test_what_is_not_due_not_missing_or_not_allowed_is_left_alone(enrolled, peer, fields):
    require(peer, enrolled, **fields)
    enrolled.start()
    peer.wait(lambda: peer.evaluations, "the evaluation")
    enrolled.stop()
    assert own(peer) == []
    assert enrolled.call("status", "--state", str(enrolled.state)).stdout.count("0 open, 0 finished") == 1


def test_what_is_required_for_a_person_is_installed_when_that_person_alone_is_signed_in(enrolled, peer):
    enrolled.environment["KOPPEL_SIGNED_IN"] = "j.visser"
    require(peer, enrolled, person="j.visser")
    enrolled.start()
    [asked] = peer.wait(lambda: own(peer), "the announcement")
    assert peer.result_of(asked)["outcome"] == "succeeded"
