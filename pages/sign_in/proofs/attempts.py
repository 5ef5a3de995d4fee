"""How often a password may be tried: each attempt is a row before it is checked, so that all processes know of it."""

from __future__ import annotations

import ipaddress
import unicodedata
from datetime import datetime, timedelta

from audit.models import AuditEntry
from pages.models import Attempt

WINDOW = timedelta(minutes=10)
MAX_OF_ONE_NAME = 10  # from one network
MAX_OF_ONE_NETWORK = 50  # whatever the names; an office may share an address
MAX_OF_ONE_ACCOUNT = 100  # from anywhere
MAX_WRONG_CODES = 30  # of one account from anywhere, a day: six digits last only so long
DAY = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)
MAX_REFUSALS_TOLD = 3  # a minute, in the audit log: of one network, and of one name
MINUTE = timedelta(minutes=1)


def normalised(name: str) -> str:
    """However it is typed: full width, other case, with spaces around."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()[:150]


def network_of(address: str | None) -> str:
    """What one customer has for themselves: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        known = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address):
        return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def begin(typed: str, address: str | None, now: datetime) -> Attempt | None:
    """Counts an attempt; None when it has to wait. A burst is counted as a whole: whoever comes after the last allowed
    one finds it there, whether or not its password was looked at already."""
    name, network = normalised(typed), network_of(address)
    if _exceeded(name, network, address, now, room=0):
        return None
    attempt = Attempt.objects.create(at=now, name=name, network=network)
    if _exceeded(name, network, address, now, room=1):
        return None
    return attempt


def succeeded(attempt: Attempt) -> None:
    """What led to the right password is no guessing: it no longer counts for this name in this network."""
    Attempt.objects.filter(name=attempt.name, network=attempt.network, refused=False).delete()


def worth_telling(typed: str, address: str | None, now: datetime) -> bool:
    """Whether a refusal goes into the audit log, which nobody can fill by being refused."""
    name, network = normalised(typed), network_of(address)
    told = Attempt.objects.filter(refused=True, at__gt=now - MINUTE).order_by()
    if max(told.filter(name=name).count(), told.filter(network=network).count()) >= MAX_REFUSALS_TOLD:
        return False
    Attempt.objects.create(at=now, name=name, network=network, refused=True)
    return True


def forget(now: datetime) -> int:
    """Removes what counts no longer; how many rows that were."""
    return Attempt.objects.filter(at__lte=now - WINDOW).delete()[0]


def _exceeded(name: str, network: str, address: str | None, now: datetime, *, room: int) -> bool:
    """`room`: how many of those counted are this one. An account that is tried from everywhere stays open to the
    addresses from where its user signed in lately, so that nobody locks out somebody else."""
    counted = Attempt.objects.filter(at__gt=now - WINDOW, refused=False).order_by()
    here = counted.filter(network=network)
    if here.filter(name=name).count() >= MAX_OF_ONE_NAME + room or here.count() >= MAX_OF_ONE_NETWORK + room:
        return True
    if not name:  # of no account, as with a passkey: whoever tries from everywhere stops nobody elsewhere
        return False
    return counted.filter(name=name).count() >= MAX_OF_ONE_ACCOUNT + room and not _known(name, address, now)


def too_many_codes(name: str, address: str | None, now: datetime) -> bool:
    """Whether whoever has the password guesses codes from everywhere; by the audit log, which keeps each wrong one."""
    wrong = AuditEntry.objects.filter(actor=name, at__gt=now - DAY, facts__reason="wrong_code").count()
    return wrong >= MAX_WRONG_CODES and not _known(name, address, now)


def _known(name: str, address: str | None, now: datetime) -> bool:
    """Whether its user signed in from this address lately."""
    signed_in = AuditEntry.objects.filter(verb=AuditEntry.Verb.SIGNED_IN, actor__iexact=name, address=address)
    return signed_in.filter(at__gt=now - KNOWN_FOR).exists()
