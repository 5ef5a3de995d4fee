"""What waits in a busy client's journal is known to wait there (R3, R22)."""


def test_one_receipt_tells_of_all_that_waits_and_behind_what(enrolled, peer):
    enrolled.start()
    peer.wait(lambda: peer.streams, "the stream")
    mark = enrolled.marks / "first"
    install = enrolled.blocking(after=f"touch {mark}")
    first = peer.ask(install=install, detection={"kind": "file", "path": str(mark)})
    peer.wait(lambda: first.acknowledged, "the first is at work")
    assert peer.receipts == [], "one that nothing is before needs none"
    others = [peer.ask(install="true") for _ in range(3)]
    ids = [one.payload["id"] for one in others]
    told = peer.wait(
        lambda: peer.receipts and len(peer.receipts[-1]["requests"]) == 3 and peer.receipts[-1], "a receipt"
    )
    assert told == {"requests": ids, "behind": first.payload["id"]}
    enrolled.release.touch()
    for one in (first, *others):
        assert peer.result_of(one)["outcome"] == "succeeded"
        assert one.acknowledged == 1
