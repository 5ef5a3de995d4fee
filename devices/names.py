"""What a name may be made of: something that can be seen, and nothing that changes how the rest is read."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # control, formatting, private use, line ends
VISIBLE = ("L", "N", "P", "S")  # letters, numbers, punctuation, symbols


def validate_name(value: str) -> None:
    """Raises ValidationError for control and formatting characters, and where there is nothing to see."""
    kinds = [unicodedata.category(character) for character in value]
    if UNSEEN.intersection(kinds):
        raise ValidationError(_("A name holds no line ends and no invisible characters."), code="unseen")
    if not any(kind.startswith(VISIBLE) for kind in kinds):
        raise ValidationError(_("A name needs at least one character that can be seen."), code="unseen")
