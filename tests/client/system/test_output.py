"""Output is followed for progress and kept as a tail, whatever a command prints."""

from hypothesis import given, settings
from hypothesis import strategies as st

from client.system import output


def test_the_newest_progress_is_found_once(tmp_path):
    path = tmp_path / "output"
    follower = output.Follower(path)
    assert follower.progress() is None
    path.write_bytes(b"hello\nkoppel-progress: 10 First\nkoppel-progress: 20 Sec")
    assert follower.progress() == (10, "First")
    assert follower.progress() is None
    with open(path, "ab") as file:
        file.write(b"ond\r\nkoppel-progress: 30\nkoppel-progress: ")
    assert follower.progress() == (30, "")
    with open(path, "ab") as file:
        file.write("555 Café\n".encode())
    assert follower.progress() == (100, "Café")


def test_lines_that_only_look_like_progress_are_not(tmp_path):
    path = tmp_path / "output"
    path.write_bytes(
        b" koppel-progress: 5\nkoppel-progress: five\nkoppel-progress:\nxkoppel-progress: 5\nkoppel-progress: 5000\n"
    )
    assert output.Follower(path).progress() is None


def test_a_very_long_line_is_not_held(tmp_path):
    path = tmp_path / "output"
    follower = output.Follower(path)
    with open(path, "ab") as file:
        for _ in range(20):
            file.write(b"x" * output.CHUNK)
            file.flush()
            assert follower.progress() is None
            assert len(follower.rest) <= output.CHUNK
        file.write(b"\nkoppel-progress: 5 At last\n")
    assert follower.progress() == (5, "At last")


def test_a_file_that_was_shortened_is_read_on(tmp_path):
    path = tmp_path / "output"
    follower = output.Follower(path)
    path.write_bytes(b"x" * 200_000 + b"\nkoppel-progress: 1 One\n")
    assert follower.progress() == (1, "One")
    output.keep_tail(path, most=100_000, keep=50)
    with open(path, "ab") as file:
        file.write(b"koppel-progress: 2 Two\n")
    assert follower.progress() == (2, "Two")


def test_a_large_file_keeps_its_tail(tmp_path):
    path = tmp_path / "output"
    path.write_bytes(b"a" * 1000 + b"the end")
    output.keep_tail(path, most=2000, keep=7)
    assert path.stat().st_size == 1007
    output.keep_tail(path, most=500, keep=7)
    assert path.read_bytes() == b"the end"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_become_text_that_can_be_sent_and_stored(data):
    text = output.clean(data)
    text.encode()
    assert not set(text) & {chr(code) for code in range(32)} - {"\n", "\t"}


def test_the_tail_of_nothing_is_empty(tmp_path):
    assert output.tail(tmp_path / "none") == ""
    (tmp_path / "some").write_text("é" * 10_000)
    assert output.tail(tmp_path / "some") == "é" * output.TAIL
