"""Translations are compiled without gettext, and only when they changed."""

import gettext
import os

from django.utils.translation import override

from applications.rules.status import Status
from applications.rules.words import Action
from applications.wording.actions import ACTION_LABELS
from applications.wording.sentences import STATUS_LABELS
from console.translations.collect import problems
from console.translations.compile import compile_all

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


def test_r6_every_text_has_a_dutch_translation_and_none_is_stale():
    """R6: missing, stale and fuzzy entries, and other placeholders, fail; `make messages` shows what to translate."""
    assert problems("nl") == []


def test_r6_the_nine_statuses_and_five_actions_are_the_documents_own_words():
    with override("nl"):
        assert [str(STATUS_LABELS[status]) for status in Status] == [
            "Beschikbaar",
            "Geïnstalleerd",
            "Installeren",
            "Installatie aangevraagd",
            "Mislukt",
            "Er is niet aan de vereisten voldaan",
            "Niet geïnstalleerd",
            "Opnieuw opstarten in behandeling",
            "Vereist",
        ]
        assert [str(ACTION_LABELS[action]) for action in Action] == [
            "Installeren",
            "Opnieuw installeren",
            "Opnieuw evalueren",
            "Verwijderen",
            "Reparatie",
        ]
