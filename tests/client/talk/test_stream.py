"""Server-sent events come out of bytes in whatever pieces the network makes of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.talk.stream import Event, Parser

# One line of text: no line ends, and nothing that UTF-8 cannot hold.
line = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)
end = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def events(draw):
    """Events as a console may send them, and what must come out."""
    written, expected = [], []
    for _ in range(draw(st.integers(0, 5))):
        ending = draw(end)
        name, data = draw(line), draw(st.lists(line, max_size=3))
        lines = [f"event: {name}"] * draw(st.booleans())
        lines += [f"data: {one}" for one in data]
        lines.insert(
            draw(st.integers(0, len(lines))), draw(st.sampled_from([":", ": hello", "retry: 5", "id: 7", "junk"]))
        )
        written.append(ending.join([*lines, "", ""]))
        if data:
            expected.append(
                Event(
                    (name if lines and any(one.startswith("event") for one in lines) else "") or "message",
                    "\n".join(data),
                )
            )
    return "".join(written).encode(), expected


@settings(deadline=None)
@given(events(), st.lists(st.integers(1, 7)), st.booleans())
def test_events_are_found_however_the_bytes_are_cut(stream, sizes, mark):
    data, expected = stream
    if mark:
        data = b"\xef\xbb\xbf" + data
    parser, found = Parser(), []
    for size in [*sizes, len(data) + 1]:
        piece, data = data[:size], data[size:]
        found += parser.feed(piece)
    assert found == expected


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40)))
def test_no_bytes_break_the_parser(pieces):
    parser = Parser()
    for piece in pieces:
        list(parser.feed(piece))


def feed(parser, pieces):
    return [event for piece in pieces for event in parser.feed(piece)]


def test_a_heartbeat_is_no_event():
    assert list(Parser().feed(b":\n\n:\n\n")) == []


def test_an_event_without_an_end_is_not_held_for_ever():
    for piece in (b"x" * 65536, b"data: " + b"x" * 65536 + b"\n"):
        with pytest.raises(ValueError, match="too large"):
            feed(Parser(), [piece] * 400)
