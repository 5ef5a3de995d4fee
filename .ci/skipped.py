"""Fails when a test was skipped in every one of the given JUnit files: then nothing ran it. Standard library only."""

import sys
import xml.etree.ElementTree as xml


def skipped(path: str) -> dict[str, str]:
    found = {}
    for case in xml.parse(path).iter("testcase"):  # noqa: S314  (our own file)
        reason = case.find("skipped")
        if reason is not None:
            found[f"{case.get('classname')}::{case.get('name')}"] = reason.get("message") or ""
    return found


runs = [skipped(path) for path in sys.argv[1:]]
never = set.intersection(*map(set, runs))
for name in sorted(never):
    sys.stdout.write(f"never ran: {name} ({runs[0][name]})\n")
sys.stdout.write(f"skipped: {', '.join(str(len(run)) for run in runs)}; never run: {len(never)}\n")
sys.exit(bool(never))
