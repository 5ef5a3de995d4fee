"""What goes before an application: its dependencies, and what it replaces; detected first, in order (R15, R25)."""

import pytest

from .peer import deployment_type
from .test_required import own, require

OLD, NEEDED, WANTED = 5, 6, 7


def a_step(marks, application, requirements=(), **facts):
    """An application that is a file with its number, and notes what is done with it."""
    mark, ran = marks / str(application), marks / "done"
    kind = deployment_type(
        f"touch {mark}; echo install {application} >> {ran}",
        {"kind": "file", "path": str(mark)},
        uninstall=f"rm {mark}; echo uninstall {application} >> {ran}",
        requirements=list(requirements),
    )
    about = {"id": application, "name": f"Application {application}", "version": "1"}
    return {"application": about, "deployment_types": [kind], **facts}


def done(marks):
    ran = marks / "done"
    return ran.read_text().splitlines() if ran.exists() else []


@pytest.mark.parametrize(
    ("there", "action", "requirements", "reasons", "ran"),
    [
        ([], "install", [], ["already_absent", "", ""], ["install 6", "install 7"]),
        ([5], "install", [], ["", "", ""], ["uninstall 5", "install 6", "install 7"]),
        ([5, 6], "install", [], ["", "already_installed", ""], ["uninstall 5", "install 7"]),
        # what is wanted is there: nothing makes room for it, and nothing is needed any more
        ([5, 7], "install", [], ["not_needed", "not_needed", "already_installed"], []),
        ([5, 7], "reinstall", [], ["not_needed", "", ""], ["install 6", "install 7"]),
        # it may not be here: nothing is installed for its sake
        ([5], "install", [{"kind": "memory_mb", "at_least": 10**9}],
         ["not_needed", "not_needed", "requirements_not_met"], []),
    ],
)  # fmt: skip
def test_r25_what_goes_before_is_detected_first_and_done_in_order(
    working, tmp_path, there, action, requirements, reasons, ran
):
    for application in there:
        (tmp_path / str(application)).touch()
    before = {"for": [WANTED], **({"action": "install"} if action != "install" else {})}
    steps = [
        a_step(tmp_path, OLD, **{**before, "action": "uninstall"}, replaced_by=WANTED),
        a_step(tmp_path, NEEDED, **before),
        a_step(tmp_path, WANTED, requirements),
    ]
    result = working.peer.result_of(working.peer.ask(action, steps=steps))
    assert [step["reason"] for step in result["steps"]] == reasons
    assert [step.get("action", action) for step in result["steps"]] == ["uninstall", "install", action]
    assert done(tmp_path) == ran


def test_r25_it_ends_with_the_first_that_fails(working, tmp_path):
    needed = a_step(tmp_path, NEEDED, **{"for": [WANTED]})
    needed["deployment_types"][0]["install"] = "exit 7"
    result = working.peer.result_of(working.peer.ask(steps=[needed, a_step(tmp_path, WANTED)]))
    assert (result["outcome"], result["reason"], len(result["steps"])) == ("failed", "exit_code", 1)


def test_r25_r27_what_is_required_brings_what_it_needs(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: peer.streams and "GET /policy" in peer.calls, "the client")
    require(peer, enrolled, before=[a_step(enrolled.marks, NEEDED, **{"for": [9]})])
    [asked] = peer.wait(lambda: own(peer), "the announcement")
    result = peer.result_of(asked)
    assert [step["application"] for step in result["steps"]] == [NEEDED, 9]
    assert (done(enrolled.marks), enrolled.runs()) == (["install 6"], 1)
