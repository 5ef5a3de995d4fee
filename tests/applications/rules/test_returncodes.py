"""R25: the table of return codes as lines to edit, and what is wrong with them."""

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from applications.rules.returncodes import DEFAULT_RETURN_CODES, MEANINGS, problems, read, write
from applications.wording.definitions import return_code_words


def said(text):
    return [str(problem) for problem in read(text)[1]]


def test_r25_the_usual_table_reads_back_as_it_was_written():
    assert read(write(DEFAULT_RETURN_CODES)) == (DEFAULT_RETURN_CODES, [])


def test_r25_spaces_empty_lines_zeros_and_capitals_do_not_matter():
    assert read("\n 007=Success \r\n\r\n -1 = failure\n") == ({"7": "success", "-1": "failure"}, [])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "at least one line"),
        ("0 success", "Line 1, “0 success”: write it as code = meaning, for example 3010 = restart."),
        ("0 = success\n0 = failure", "Line 2: code 0 stands in the table twice."),
        ("zero = success", "“zero” is not a number."),
        ("0 = fine", "“fine” is not a meaning; use one of success, restart, restart_started, retry, failure."),
        ("99999999999 = success", "99999999999 is not an exit code: it has more than 32 bits."),
        ("3010 = restart", "No code means success"),
        ("= success", "“” is not a number."),
    ],
)
def test_r25_a_line_that_is_not_in_order_says_why(text, sentence):
    assert any(sentence in line for line in said(text)), said(text)


@given(st.dictionaries(st.integers(-(2**31), 2**32 - 1), st.sampled_from(MEANINGS), max_size=5))
def test_r25_every_table_that_is_in_order_survives_editing(table):
    table = {str(code): meaning for code, meaning in {**table, 0: "success"}.items()}
    assert problems(table) == []
    assert read(write(table)) == (table, [])


@given(st.text(alphabet="0123456789-=\n srutecfail%", max_size=60))
def test_r25_whatever_is_typed_gets_an_answer(text):
    table, found = read(text)
    assert found or problems(table) == []
    assert all(str(problem) for problem in found)


def test_r25_meanings_are_written_and_read_in_the_readers_language():
    """R6, R25: what is kept is the same in both; the words that are kept are understood too."""
    with override("nl"):
        words = return_code_words()
        assert write(DEFAULT_RETURN_CODES, words).splitlines()[:3] == [
            "0 = geslaagd",
            "1707 = geslaagd",
            "3010 = opnieuw opstarten",
        ]
        assert read(write(DEFAULT_RETURN_CODES, words), words) == (DEFAULT_RETURN_CODES, [])
        assert read("0 = success\n3010 = Opnieuw opstarten", words)[0] == {"0": "success", "3010": "restart"}
        assert "geslaagd, opnieuw opstarten," in str(read("0 = fine", words)[1][0])
    assert len(set(words.values())) == len(words) == len(MEANINGS)
