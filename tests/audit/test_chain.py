"""The audit log is a hash chain: what is changed, removed, inserted or cut off is found, and where (R20)."""

import json
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit.chain import sealing, verify
from audit.chain.anchors import ANCHOR, anchor_daily, check
from audit.chain.sealing import seal, sealed_lines
from audit.log import Subject, entry, record, record_all
from audit.models import Anchor, AuditEntry, LastCheck
from audit.strangers import MAX_OF_ALL, MAX_OF_ONE_ADDRESS, record_turned_away
from signing.envelope import canonical
from signing.keys import Keys
from tests.make import make_user

pytestmark = pytest.mark.django_db

Verb, Kind = AuditEntry.Verb, AuditEntry.Kind
SCRIPT = Path(verify.__file__)


@pytest.fixture(autouse=True)
def anchors(settings, tmp_path):
    settings.KOPPEL_AUDIT_ANCHORS = tmp_path / "anchors.jsonl"
    return settings.KOPPEL_AUDIT_ANCHORS


@pytest.fixture
def chain():
    """Ten entries, sealed and anchored."""
    facts = {"changes": {"name": {"old": "Zoë\u2028", "new": 1.5}}}
    record_all(
        entry(Verb.CREATED, Subject(Kind.SITE, f"site {n}"), address="2001:db8::1", facts=facts) for n in range(10)
    )
    anchor_daily(timezone.now())


def nth(number):
    return AuditEntry.objects.filter(number=number)


def forge():
    """An anchor for the hashes made anew, signed by another key."""
    text = canonical({"at": "2026-11-20T14:31:02+00:00", "number": 10, "hash": nth(10).get().hash})
    Anchor.objects.update(envelope=Keys(Ed25519PrivateKey.generate()).sign(ANCHOR, text))


def lie(number):
    """As somebody does who knows how the hashes are made: change an entry, and every hash from there on."""
    nth(number).update(name="nothing")
    previous = nth(number - 1).get().hash
    for each in AuditEntry.objects.filter(number__gte=number).order_by("number"):
        each.hash = previous = verify.hash_of(sealing.facts_of(each), previous)
        each.save(update_fields=["hash"])


def insert(number):
    """An entry that nobody wrote, with a number of its own; what came after it moves up."""
    for each in AuditEntry.objects.filter(number__gte=number).order_by("-number"):
        nth(each.number).update(number=each.number + 1)
    entry(Verb.CREATED, Subject(Kind.SITE, "forged")).save()
    AuditEntry.objects.filter(number=None).update(number=number, hash="f" * 64)


ATTACKS = {
    "an entry is changed": (lambda: nth(4).update(name="site x"), "changed", 4),
    "a fact is changed": (lambda: nth(4).update(facts={}), "changed", 4),
    "an entry is removed": (lambda: nth(4).delete(), "missing", 4),
    "an entry is inserted": (lambda: insert(4), "changed", 4),
    "two are exchanged": (lambda: [nth(n).update(name=f"site {8 - n}") for n in (4, 5)], "changed", 4),
    "the end is removed": (lambda: AuditEntry.objects.filter(number__gt=7).delete(), "cut_off", 8),
    "everything is removed": (lambda: AuditEntry.objects.all().delete(), "cut_off", 1),
    "all hashes are made anew": (lambda: lie(4), "rewritten", 1),
    "the anchors of the database too": (lambda: [lie(4), Anchor.objects.all().delete()], "rewritten", 1),
    "an anchor is forged": (lambda: [lie(4), forge()], "forged", 0),
    "an entry is unsealed": (lambda: nth(4).update(number=None), "missing", 4),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_done_behind_the_consoles_back_is_found_and_where(attack, chain, tmp_path):
    assert check(timezone.now()).faults == []
    act, kind, first = ATTACKS[attack]
    act()
    found = check(timezone.now()).faults[0]
    assert (found.kind, found.first) == (kind, first)
    assert (LastCheck.objects.get().fault, LastCheck.objects.get().first) == (kind, first)
    with pytest.raises(CommandError, match=str(found)):
        call_command("audit", "verify")
    status, said = script(exported(tmp_path))
    assert status == 1
    assert said.startswith(str(found)) or kind == "forged", "for signatures the script has no key"


def exported(folder):
    path = folder / "audit.jsonl"
    with path.open("w") as file:
        call_command("audit", "export", stdout=file)
    return path


def script(*files):
    done = subprocess.run([sys.executable, "-I", SCRIPT, *files], capture_output=True, text=True)
    return done.returncode, done.stdout


def test_the_script_needs_nothing_but_an_export_and_the_anchors(chain, tmp_path, anchors):
    record(Verb.DELETED, Subject(Kind.SITE, "later"), user=make_user("m.deboer"))
    whole = exported(tmp_path)
    assert script(whole) == (0, f"Whole: 11 entries, of which 10 are anchored.\nHead: 11 {nth(11).get().hash}\n")
    entries = [line for line in whole.read_text().splitlines() if "anchor" not in json.loads(line)]
    whole.write_text("\n".join(entries[:5]))
    assert script(whole)[0] == 0, "the beginning of a chain is a chain"
    assert script(whole, anchors)[1].startswith("Entries 6 to 10 are missing at the end")
    whole.write_text("\n".join(entries + entries[2:3]))
    assert script(whole)[1].startswith("Entry 3 does not belong here: it stands after entry 11.")
    whole.write_text("{}")
    assert script(whole)[0] == 2


def test_an_account_that_is_deleted_changes_no_entry(chain):
    user = make_user("m.deboer")
    record(Verb.SIGNED_IN, Subject(Kind.USER, "m.deboer"), user=user)
    seal(AuditEntry.objects)
    user.delete()
    assert check(timezone.now()).faults == []


def test_an_anchor_a_day_whatever_the_clock_did(chain, anchors):
    now = timezone.now()
    anchor_daily(now)
    assert Anchor.objects.count() == 1
    Anchor.objects.update(at=now + timedelta(days=365))
    anchor_daily(now)
    anchor_daily(now + timedelta(days=1))
    assert Anchor.objects.count() == 3
    Anchor.objects.update(at=now + timedelta(days=2), envelope={})
    assert [verify.anchored_in(json.loads(line))["number"] for line in anchors.read_text().splitlines()] == [10, 10, 10]
    anchor_daily(now + timedelta(days=2))
    assert len(anchors.read_text().splitlines()) == 4, "who writes into the database keeps no anchor from being made"


def test_a_file_that_cannot_be_written_stops_nothing(chain, settings, tmp_path):
    settings.KOPPEL_AUDIT_ANCHORS = tmp_path
    anchor_daily(timezone.now() + timedelta(days=2))
    assert Anchor.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_who_write_and_seal_at_the_same_moment_make_one_chain(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 7)
    start, errors = threading.Barrier(4), []

    def work(name):
        start.wait()
        try:
            for n in range(8):
                record_all(entry(Verb.CREATED, Subject(Kind.SITE, f"{name} {n} {m}")) for m in range(3))
                seal(AuditEntry.objects)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    report = verify.verify(sealed_lines(AuditEntry.objects), [])
    assert (report.last, report.faults) == (96, [])


def test_strangers_cannot_fill_the_log():
    now = timezone.now()
    for n in range(MAX_OF_ALL):
        record_turned_away("unauthorized", address=f"192.0.2.{n // 10}", now=now)
    assert AuditEntry.objects.filter(address="192.0.2.1").count() == MAX_OF_ONE_ADDRESS
    for n in range(MAX_OF_ALL):
        record_turned_away("unauthorized", address=f"198.51.100.{n}", now=now)
    assert AuditEntry.objects.count() == MAX_OF_ALL
    record_turned_away("unauthorized", address="192.0.2.1", now=now + timedelta(hours=2))
    assert AuditEntry.objects.count() == MAX_OF_ALL + 1
