"""Files as spreadsheets really write them: each of these was refused, or told the wrong line."""

import csv

import pytest

from pages.persons.csv_text import decoded, numbered_rows

HEAD = ["username", "name", "department"]
ROWS = [(2, ["a.jansen", "Anna Jänsen", "Office"]), (3, ["b.smit", 'Ben "Bé" Smit', ""])]
LINES = 'username;name;department\r\na.jansen;Anna Jänsen;Office\r\nb.smit;"Ben ""Bé"" Smit";\r\n'


@pytest.mark.parametrize(
    "data",
    [
        LINES.encode(),
        LINES.encode("utf-8-sig"),
        LINES.encode("utf-16"),
        LINES.encode("utf-16-le"),
        LINES.encode("utf-16-be"),
        LINES.replace(";", "\t").encode("utf-16"),
        LINES.replace(";", ",").encode(),
        LINES.replace("\r\n", "\n").encode(),
        LINES.replace("\r\n", "\r").encode(),
        LINES.replace("\r\n", ";\r\n").encode(),  # an empty last column
        LINES.replace("\r\n", ";;\r\n").encode(),
    ],
)
def test_the_same_persons_are_read_from_each(data):
    assert numbered_rows(decoded(data)) == [(1, HEAD), *ROWS]


def test_the_line_that_names_the_separator_is_no_line_of_the_table():
    found = numbered_rows(decoded(("sep=;\r\n" + LINES).encode("utf-8-sig")))
    assert found == [(2, HEAD), *((number + 1, row) for number, row in ROWS)]
    assert numbered_rows("sep=|\nusername|name\na|b")[1] == (3, ["a", "b"])


def test_a_row_has_the_number_of_its_line_in_the_file():
    found = numbered_rows("username;name\r\n\r\n\r\na.jansen;Anna;one too many\r\n")
    assert found == [(1, ["username", "name"]), (4, ["a.jansen", "Anna", "one too many"])]
    found = numbered_rows('username,name\n"a","two\nlines"\nb,c\n')
    assert [number for number, _ in found] == [1, 2, 4]


@pytest.mark.parametrize("text", ["", "\n\n", ";;\n;;", "\ufeff"])
def test_nothing_is_nothing(text):
    assert numbered_rows(text) == []


def test_what_is_no_text_is_refused():
    with pytest.raises(UnicodeDecodeError):
        decoded(b"\x89PNG\r\n\x1a\n\xff\xfe")
    with pytest.raises(csv.Error):
        numbered_rows("a,b\n" + "x" * 200_000 + ",y")
