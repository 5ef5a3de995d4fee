"""Translations are compiled without gettext, and only when they changed."""

import gettext
import os

from console.translations import compile_all

CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Install"\nmsgstr "Installeren"\n'


def test_a_catalogue_is_compiled_once_and_again_when_it_changed(tmp_path):
    source = tmp_path / "locale" / "nl" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(CATALOGUE)
    assert compile_all(tmp_path) == [source.with_suffix(".mo")]
    assert gettext.translation("django", tmp_path / "locale", ["nl"]).gettext("Install") == "Installeren"
    assert compile_all(tmp_path) == []
    newer = source.with_suffix(".mo").stat().st_mtime + 10
    os.utime(source, (newer, newer))
    assert compile_all(tmp_path) == [source.with_suffix(".mo")]
