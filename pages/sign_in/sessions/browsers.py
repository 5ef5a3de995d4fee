"""What a browser calls itself, in a few words: “Firefox, Linux”."""

from __future__ import annotations

# The first that fits: browsers also name those that they resemble.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
MAX_UNKNOWN = 40  # characters of a name that is none of these


def browser_of(agent: str) -> str:
    found = [next((name for sign, name in table if sign in agent), "") for table in (BROWSERS, SYSTEMS)]
    unknown = "".join(letter for letter in agent if letter.isprintable())[:MAX_UNKNOWN]
    return ", ".join(filter(None, found)) or unknown
