"""Whatever the network and the console do: every message arrives, and none changes anything twice (R21, R22)."""

import json
import time

import pytest

from client.talk.connection import Closed, Console, ConsoleError, Refused, Unauthorized, Unreachable

from .machine import until
from .peer import deployment_type, running_peer


def installing(machine, peer):
    path = machine.marks / "ran"
    return peer.ask(install=f"echo ran >> {path}", detection={"kind": "file", "path": str(path)})


def html(status, headers=()):
    """A mishap: an answer that is not the console's, as a proxy or a portal gives it."""

    def mishap(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", "text/html")
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", "12")
        handler.end_headers()
        handler.wfile.write(b"<p>Hello</p>")
        return "cut"

    return mishap


def coded(status, code):
    """A mishap: the console itself refuses the address or the whole call, not what it is about."""

    def mishap(handler):
        handler.answer(status, {"detail": "There is nothing here.", "code": code})
        return "cut"

    return mishap


TROUBLE = {
    "an address that the console does not know": [coded(404, "not_found")],
    "a host that the console does not know": [coded(400, "bad_request")],
    "nothing comes back": ["cut"],
    "the reply is lost": ["lost"],
    "an error of the server": [500],
    "too much": [(429, {"Retry-After": "1"})],
    "down for maintenance": [(503, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"})],
    "a proxy that says not found": [html(404)],
    "a portal that says all is well": [html(200)],
    "a redirect": [html(302, [("Location", "http://127.0.0.1:9/")])],
    "everything": ["cut", 502, "lost", html(404)],
}


@pytest.mark.parametrize(
    ("call", "trouble"),
    [
        *((call, trouble) for call in ("acknowledge", "result") for trouble in TROUBLE),
        ("progress", "nothing comes back"),
    ],
)
def test_trouble_with_a_call_delays_it_and_nothing_else(enrolled, peer, call, trouble):
    peer.mishap("POST", call, *TROUBLE[trouble])
    enrolled.start()
    asked = installing(enrolled, peer)
    assert peer.result_of(asked, 60)["outcome"] == "succeeded"
    until(lambda: enrolled.state_of(asked) == "reported", "the journal says it was reported", 60)
    assert enrolled.runs() == 1
    assert all(result == asked.result for result in asked.results)


def test_the_same_request_many_times_runs_once(enrolled, peer):
    enrolled.start()
    asked = installing(enrolled, peer)
    for _ in range(20):
        peer.deliver(asked)
    peer.result_of(asked)
    until(lambda: enrolled.state_of(asked) == "reported", "the journal says it was reported")
    asked.state = "sent"  # as a console knows it that was set back to an older copy
    peer.deliver(asked)
    peer.wait(lambda: len(asked.results) == 2 and asked.state == "succeeded", "the result, told again")
    until(lambda: enrolled.state_of(asked) == "reported", "the journal says it was reported")
    asked.state = "running"
    peer.deliver(asked)
    peer.wait(lambda: len(asked.results) == 3, "the result, told once more")
    assert enrolled.runs() == 1


def not_wanted(status):
    """The console answers so, and has the request in no later answer."""

    def answer(handler):
        handler.server.requests[handler.path.split("/")[-2]].state = "cancelled"
        return status

    return answer


@pytest.mark.parametrize("status", [404, 409, 410])
def test_a_request_that_the_console_no_longer_wants_is_dropped(enrolled, peer, status):
    peer.mishap("POST", "acknowledge", not_wanted(status))
    enrolled.start()
    asked = installing(enrolled, peer)
    until(lambda: enrolled.state_of(asked) == "dropped", "it is dropped")
    assert enrolled.runs() == 0
    after = peer.ask("reevaluate")
    assert peer.result_of(after)["outcome"] == "succeeded"


def test_a_dropped_request_that_is_asked_again_is_carried_out(enrolled, peer):
    peer.mishap("POST", "acknowledge", not_wanted(404))
    enrolled.start()
    asked = installing(enrolled, peer)
    until(lambda: enrolled.state_of(asked) == "dropped", "it is dropped")
    asked.state = "queued"
    peer.deliver(asked)
    assert peer.result_of(asked)["outcome"] == "succeeded"
    assert enrolled.runs() == 1


@pytest.mark.parametrize("status", [409, 410, 404])
def test_a_result_that_is_not_wanted_any_more_counts_as_told(enrolled, peer, status):
    peer.mishap("POST", "result", status)
    enrolled.start()
    asked = installing(enrolled, peer)
    until(lambda: enrolled.state_of(asked) == "reported", "the journal closes it")
    assert asked.results == []


@pytest.mark.parametrize("status", [413, 422])
def test_a_refused_result_is_not_repeated_and_does_not_block_the_next(enrolled, peer, status):
    peer.mishap("POST", "result", status)
    enrolled.start()
    refused = installing(enrolled, peer)
    asked = peer.ask("reevaluate")
    assert peer.result_of(asked)["outcome"] == "succeeded"
    until(lambda: enrolled.state_of(refused) == "refused", "the journal says so")
    assert refused.results == []


def test_a_console_that_is_wrong_about_one_message_gets_the_others(enrolled, peer):
    peer.mishap("POST", "result", *[500] * 3)
    enrolled.start()
    first, second = installing(enrolled, peer), peer.ask("reevaluate")
    peer.result_of(first), peer.result_of(second)


def test_a_secret_that_is_not_known_pauses_the_client_and_keeps_its_journal(enrolled, peer):
    known = set(peer.secrets)
    peer.secrets.clear()
    enrolled.start()
    until(lambda: "does not know this device" in enrolled.log.read_text(), "the log says so")
    asked = installing(enrolled, peer)
    peer.secrets |= known
    assert peer.result_of(asked, 60)["outcome"] == "succeeded"


def test_a_console_that_is_away_for_a_while(enrolled, peer, unused_port):
    """The client starts without a console, which comes back on the same address."""
    console = json.loads((enrolled.state / "console.json").read_text())
    (enrolled.state / "console.json").write_text(json.dumps({**console, "url": f"http://127.0.0.1:{unused_port}"}))
    enrolled.start()
    until(lambda: "no answer" in enrolled.log.read_text(), "the log says so")
    with running_peer(port=unused_port) as late:
        late.secrets |= peer.secrets
        late.keys = peer.keys
        asked = installing(enrolled, late)
        assert late.result_of(asked, 60)["outcome"] == "succeeded"


def test_without_a_stream_the_client_asks(enrolled, peer):
    peer.streaming = False
    enrolled.start()
    peer.wait(lambda: "GET /requests" in peer.calls, "the first question")
    asked = installing(enrolled, peer)
    assert peer.result_of(asked)["outcome"] == "succeeded"
    peer.streaming = True
    peer.wait(lambda: peer.streams, "the stream, tried again", 60)
    questions = peer.calls.count("GET /requests")
    second = peer.ask("reevaluate")
    peer.result_of(second)
    assert peer.calls.count("GET /requests") - questions <= 1


def test_a_stream_that_holds_everything_back_is_helped_by_asking(enrolled, peer):
    """A proxy that buffers: the connection stands, no byte comes."""
    peer.silent = True
    enrolled.start()
    peer.wait(lambda: peer.streams, "the stream")
    assert peer.result_of(installing(enrolled, peer))["outcome"] == "succeeded"


def test_a_cut_stream_is_opened_again_and_brings_what_waited(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: peer.connects == 1, "the stream")
    for turn in range(2, 4):
        peer.cut_streams()
        peer.wait(lambda turn=turn: peer.connects == turn, "the next stream")
    assert peer.result_of(installing(enrolled, peer))["outcome"] == "succeeded"


def test_a_draining_console_is_left_and_found_again(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: peer.connects == 1, "the stream")
    peer.push("drain", {"wait": 0.2})
    peer.wait(lambda: peer.connects == 2, "the next stream")
    assert "No stream" not in enrolled.log.read_text()


def test_nonsense_on_the_stream_is_survived(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: peer.streams, "the stream")
    for nonsense in (b"event: requests\ndata: {\n\n", b"\xff\xfe\n\n", b"data: 1\n\n", b"event: drain\ndata: {}\n\n"):
        for stream in peer.streams:
            stream.put(nonsense)
    for requests in (None, [None, 1, {"id": "../../etc"}, {"id": 5}, {}]):
        peer.push("requests", {"requests": requests})
    peer.push("requests", [])
    before = peer.connects
    peer.cut_streams()
    peer.wait(lambda: peer.connects > before, "the next stream", 60)
    assert peer.result_of(installing(enrolled, peer))["outcome"] == "succeeded"


def test_policy_is_fetched_when_it_changed_and_evaluated(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: "GET /policy" in peer.calls and peer.streams, "the first policy and the stream")
    application = {"id": 9, "name": "Nine", "version": "9"}
    entry = {
        "application": application,
        "purpose": "required",
        "person": None,
        "available_from": None,
        "deadline": None,
    }
    kinds = [
        deployment_type(
            id=4, requirements=[{"kind": "os", "matches": "Plan 9*"}], detection={"kind": "file", "path": "/no"}
        )
    ]
    with peer.condition:
        peer.policy = {"revision": "2", "evaluate_minutes": 60, "applications": [{**entry, "deployment_types": kinds}]}
    peer.push("policy", {})
    peer.wait(lambda: peer.evaluations, "the evaluation")
    assert peer.evaluations[-1]["policy_revision"] == "2"
    [result] = peer.evaluations[-1]["results"]
    assert (result["application"], result["deployment_type"], result["detected"]) == (9, 4, "not_installed")
    assert result["requirement"]["code"] == "needs_os"
    assert result["requirement"]["facts"]["needed"] == "Plan 9*"


def test_what_was_once_installed_is_looked_for_although_no_policy_names_it(enrolled, peer):
    enrolled.start()
    peer.result_of(installing(enrolled, peer))
    peer.wait(lambda: peer.evaluations and peer.evaluations[-1]["results"], "the evaluation after it")
    [result] = peer.evaluations[-1]["results"]
    assert (result["application"], result["detected"]) == (7, "installed")


def test_inventory_is_told_at_the_start(enrolled, peer):
    enrolled.environment.update(
        KOPPEL_SIGNED_IN="a.ali, j.visser", KOPPEL_JOIN_TYPE="hybrid", KOPPEL_CLIENT_VERSION="2006"
    )
    enrolled.start()
    peer.wait(lambda: len(peer.inventories) == 2, "the inventory")
    told = peer.inventories[-1]
    assert (told["signed_in"], told["join_type"], told["client_version"]) == (["a.ali", "j.visser"], "hybrid", "2006")
    assert set(told) == {
        *("platform", "os", "client_version", "architecture", "memory_mb", "disk_mb", "time_zone", "join_type"),
        *("signed_in", "restart_pending", "host_name"),
    }
    assert (told["platform"], told["memory_mb"] > 100, told["disk_mb"] > 0) == ("linux", True, True)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (401, Unauthorized),
        (403, Unauthorized),
        (404, Closed),
        (409, Closed),
        (410, Closed),
        (413, Refused),
        (422, Refused),
        (429, Unreachable),
        (418, Unreachable),
        (500, Unreachable),
        (503, Unreachable),
        ("cut", Unreachable),
        (html(404), Unreachable),
        (coded(404, "not_found"), Unreachable),
        (coded(405, "method_not_allowed"), Unreachable),
        (coded(400, "bad_request"), Unreachable),
        (coded(400, "invalid"), Refused),
        (coded(404, "request_unknown"), Closed),
        (html(200), Unreachable),
        (html(413), Refused),
    ],
)
def test_every_answer_has_its_meaning(peer, answer, error):
    peer.mishap("GET", "policy", answer)
    with pytest.raises(ConsoleError) as raised:
        Console(peer.url, "secret").call("GET", "/policy")
    assert isinstance(raised.value, error)
    assert str(raised.value).endswith(".")


def test_a_retry_after_is_passed_on(peer):
    peer.mishap("GET", "policy", (503, {"Retry-After": "7"}))
    with pytest.raises(Unreachable) as raised:
        Console(peer.url, "secret").call("GET", "/policy")
    assert raised.value.retry_after == 7


def test_a_silent_stream_is_dead_after_its_limit(enrolled, peer):
    secret = (enrolled.state / "secret").read_text()
    connection, response = Console(peer.url, secret).stream(silence=0.3)
    began = time.monotonic()
    assert response.read1(100) == b": hello\n\n"
    with pytest.raises(OSError, match="timed out"):
        response.read1(100)
    assert time.monotonic() - began < 5
    response.close()
    connection.close()


def test_what_waits_for_the_console_comes_in_its_order_when_it_is_back(enrolled, peer):
    """The client knows of three requests; then the console is away, and then it is back."""
    path = enrolled.marks / "order"
    peer.mishap("POST", "acknowledge", lambda _: setattr(peer, "away", True))
    enrolled.start()
    peer.wait(lambda: peer.streams, "the stream")
    asked = [
        peer.ask(install=f"echo {n} >> {path}", detection={"kind": "script", "script": f"grep -s {n} {path} || true"})
        for n in range(3)
    ]
    peer.wait(lambda: peer.away, "the console goes away")
    until(lambda: "waits" in enrolled.log.read_text(), "the log says so")
    peer.away = False
    peer.cut_streams()
    for one in asked:
        peer.result_of(one)
    assert path.read_text().split() == ["0", "1", "2"]


def test_policy_that_cannot_be_fetched_is_waited_for(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: peer.streams and "GET /policy" in peer.calls, "the client")
    peer.mishap("GET", "policy", 500, "cut")
    asked = peer.ask("reevaluate", sync_policy=True)
    assert peer.result_of(asked)["outcome"] == "succeeded"
