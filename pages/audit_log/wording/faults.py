"""Where the chain of the audit log is broken, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from audit.chain.verify import CHANGED, CUT_OFF, FORGED, INSERTED, MISSING
from audit.models import LastCheck


def fault_in_words(check: LastCheck) -> str:
    """The first that the last check found; empty when the chain was whole."""
    if not check.fault:
        return ""
    sentences = {
        CHANGED: _("Entry %(first)s was changed, or the hash of the entry before it."),
        INSERTED: _("Entry %(first)s does not belong after entry %(last)s."),
        MISSING: _("Entries %(first)s to %(last)s are missing."),
        FORGED: _("An anchor was not signed by this console."),
        CUT_OFF: _("Entries %(first)s to %(last)s are missing at the end."),
    }
    rewritten = _("Entries %(first)s to %(last)s are not those that were anchored.")
    return sentences.get(check.fault, rewritten) % {"first": check.first, "last": check.last}
