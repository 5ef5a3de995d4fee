"""The parts of a page that change by themselves, and how a poll names what is shown."""

import pytest
from django.utils.html import format_html

from ui.live.parts import Part, digests, out_of_band, pieces_of, seen

PARTS = [Part("7", {"s7": "<b>x</b>"}, "3"), Part("facts", {"f": "y"})]


def test_digests_are_read_back():
    assert seen(digests(PARTS)) == {part.key: part.digest for part in PARTS}
    assert out_of_band([Part("more")]) == ""


def test_what_was_shown_before_is_kept_until_a_part_takes_its_place():
    kept = seen(digests(PARTS, {"8": "0ab", "facts": "0cd"}))
    assert kept == {"8": "0ab", "7": PARTS[0].digest, "facts": PARTS[1].digest}


@pytest.mark.parametrize(
    ("text", "shown"),
    [("", {}), ("x", {}), ("-0a", {}), ("7-0a.x.8-0b", {"7": "0a", "8": "0b"}), ("a-b-0c", {"a-b": "0c"})],
)
def test_what_makes_no_sense_is_left_out(text, shown):
    assert seen(text) == shown


def test_a_digest_follows_the_pieces_and_the_state():
    assert Part("7", {"s7": "a"}).digest == Part("8", {"s8": "a"}).digest
    assert Part("7", {"s7": "a"}).digest != Part("7", {"s7": "b"}).digest
    assert Part("7", {"s7": "a"}, "1").digest == "1" + Part("7", {"s7": "a"}).digest[1:]


def test_the_inside_of_elements_is_sent_and_the_elements_stay():
    parts = [Part("7", {"s7": format_html("<b>{}</b>", "<x>"), "d7": "now"})]
    assert pieces_of(parts) == {"s7": "<b>&lt;x&gt;</b>", "d7": "now"}
    assert out_of_band(parts) == (
        '<span id="s7" hx-swap-oob="innerHTML"><b>&lt;x&gt;</b></span>\n'
        '<span id="d7" hx-swap-oob="innerHTML">now</span>'
    )
