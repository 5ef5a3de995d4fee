"""R25: the table of return codes as lines to edit, and what is wrong with them."""

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from applications.rules.returncodes import DEFAULTS, MEANINGS, OF_WINDOWS, known, problems, read, told, write
from applications.wording.definitions import return_code_words


def said(text):
    return [str(problem) for problem in read(text)[1]]


@pytest.mark.parametrize("platform", DEFAULTS)
def test_r25_the_usual_table_reads_back_as_it_was_written(platform):
    assert read(write(DEFAULTS[platform], platform=platform), platform=platform) == (DEFAULTS[platform], [])


@pytest.mark.parametrize("platform", DEFAULTS)
def test_r25_the_usual_table_of_another_platform_becomes_that_of_the_one_that_is_chosen(platform):
    for other in DEFAULTS.values():
        assert read(write(other), platform=platform) == (DEFAULTS[platform], [])


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


@pytest.mark.parametrize(
    ("platform", "line", "kept"),
    [
        ("windows", "3762504530 = restart", "-532462766"),  # as Windows counts
        ("windows", "0xE0434352 = restart", "-532462766"),
        ("windows", "0x80070005 = failure", "-2147024891"),
        ("any", "0X0BC2 = restart", "3010"),
        ("linux", "SIGKILL = retry", "-9"),
        ("macos", "sigterm = retry", "-15"),
        ("linux", "+75 = retry", "75"),
    ],
)
def test_r25_a_code_has_one_spelling_however_it_is_written(platform, line, kept):
    table, found = read(f"0 = success\n{line}\n7 = retry", platform=platform)
    assert (list(table), found) == (["0", kept, "7"], [])
    twice = read(f"0 = success\n{line}\n{kept} = success", platform=platform)[1]
    assert "stands in the table twice" in str(twice[0])
    assert read(write(table, platform=platform), platform=platform)[0] == table


@pytest.mark.parametrize(
    ("platform", "line", "sentence"),
    [
        ("linux", "3010 = restart", "3010 never occurs there"),
        ("macos", "1641 = restart_started", "1641 never occurs there"),
        ("linux", "256 = failure", "256 never occurs there"),
        ("linux", "-65 = failure", "-65 never occurs there"),
        ("linux", "0x0A = failure", "“0x0A” is not a number."),
        ("windows", "SIGKILL = retry", "“SIGKILL” is not a number."),
        ("windows", "4294967296 = retry", "more than 32 bits"),
        ("any", "0x1FFFFFFFF = retry", "is not a number."),
    ],
)
def test_r25_what_can_never_occur_is_refused(platform, line, sentence):
    found = read(f"0 = success\n{line}", platform=platform)[1]
    assert [sentence in str(problem) for problem in found] == [True]


def test_r25_a_table_that_was_not_typed_has_one_spelling_too():
    assert "kept as -9" in str(problems({"0": "success", "SIGKILL": "retry"}, platform="linux")[0])
    assert "kept as 7" in str(problems({"0": "success", "007": "retry"})[0])
    assert problems({"0": "success", "3010": "restart"}, platform="linux")


@pytest.mark.parametrize(
    ("code", "platform", "said", "meaning"),
    [
        (-9, "linux", "-9 (SIGKILL)", ""),
        (-9, "windows", "-9", ""),
        (-2147024891, "windows", "-2147024891 (0x80070005)", ""),
        (1603, "windows", "1603", "fatal error during installation"),
        (75, "linux", "75", "busy: temporary failure"),
        (75, "windows", "75", ""),
        (127, "", "127", "the command was not found"),
    ],
)
def test_r25_a_code_is_shown_as_its_platform_knows_it(code, platform, said, meaning):
    assert (told(code, platform), known(code, platform)) == (said, meaning)


@given(
    st.sampled_from([("windows", -(2**31), 2**31 - 1), ("linux", -64, 255), ("any", -(2**31), 2**31 - 1)]), st.data()
)
def test_r25_every_table_that_is_in_order_survives_editing(about, data):
    platform, least, most = about
    table = data.draw(st.dictionaries(st.integers(least, most), st.sampled_from(MEANINGS), max_size=5))
    table = {str(code): meaning for code, meaning in {**table, 0: "success"}.items()}
    assert problems(table, platform=platform) == []
    assert read(write(table, platform=platform), platform=platform) == (table, [])


@given(st.text(alphabet="0123456789-=\n srutecfail%", max_size=60))
def test_r25_whatever_is_typed_gets_an_answer(text):
    table, found = read(text)
    assert found or problems(table) == []
    assert all(str(problem) for problem in found)


def test_r25_meanings_are_written_and_read_in_the_readers_language():
    """R6, R25: what is kept is the same in both; the words that are kept are understood too."""
    with override("nl"):
        words = return_code_words()
        assert write(OF_WINDOWS, words).splitlines()[:3] == [
            "0 = geslaagd",
            "1707 = geslaagd",
            "3010 = opnieuw opstarten",
        ]
        assert read(write(OF_WINDOWS, words), words) == (DEFAULTS["any"], [])
        assert read("0 = success\n3010 = Opnieuw opstarten", words)[0] == {"0": "success", "3010": "restart"}
        assert "geslaagd, opnieuw opstarten," in str(read("0 = fine", words)[1][0])
    assert len(set(words.values())) == len(words) == len(MEANINGS)
