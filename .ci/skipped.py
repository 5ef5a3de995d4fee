"""Fails when a test of these JUnit files was skipped wherever it stands: then nothing ran it. Standard library only."""

import sys
import xml.etree.ElementTree as xml

ran: set[str] = set()
skipped: dict[str, str] = {}  # test → why
for path in sys.argv[1:]:
    for case in xml.parse(path).iter("testcase"):  # noqa: S314  (our own file)
        name = f"{case.get('classname')}::{case.get('name')}"
        reason = case.find("skipped")
        if reason is None:
            ran.add(name)
        else:
            skipped[name] = reason.get("message") or ""
never = sorted(skipped.keys() - ran)
for name in never:
    sys.stdout.write(f"never ran: {name} ({skipped[name]})\n")
sys.stdout.write(f"ran: {len(ran)}; skipped somewhere: {len(skipped)}; never run: {len(never)}\n")
sys.exit(bool(never))
