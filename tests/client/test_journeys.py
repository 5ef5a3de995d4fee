"""A real client and a console over HTTP: what is asked is done, found and told."""


def test_an_install_runs_is_detected_and_told(enrolled, peer):
    enrolled.start()
    mark = enrolled.marks / "ran"
    asked = peer.ask(install=f"echo $KOPPEL_APPLICATION >> {mark}", detection={"kind": "file", "path": str(mark)})
    result = peer.result_of(asked)
    assert (result["outcome"], result["reason"]) == ("succeeded", "")
    assert mark.read_text() == "Example\n"
    step = result["steps"][0]
    assert (step["detected_before"], step["detected"], step["exit_code"]) == ("not_installed", "installed", 0)
