"""Which tone and icon belong to a status or to a request's state; the words come from elsewhere."""

from zlib import crc32

PLAIN = ("plain", "dash")

# id: (tone, icon); the nine statuses, the states of a request, and Django's levels of messages
LOOKS: dict[str, tuple[str, str]] = {
    "available": ("plain", "get"),
    "installed": ("ok", "ok"),
    "installing": ("info", "spin"),
    "install_requested": ("info", "clock"),
    "failed": ("bad", "bad"),
    "requirements_not_met": ("warn", "block"),
    "not_installed": ("mute", "dash"),
    "restart_pending": ("warn", "power"),
    "required": ("new", "flag"),
    "queued": ("info", "clock"),
    "sent": ("info", "send"),
    "acknowledged": ("info", "wifi"),
    "running": ("info", "spin"),
    "succeeded": ("ok", "done"),
    "cancelled": ("mute", "x"),
    "expired": ("mute", "history"),
    "withdrawn": ("warn", "block"),
    "debug": ("mute", "info"),
    "info": ("info", "info"),
    "success": ("ok", "ok"),
    "warning": ("warn", "warn"),
    "error": ("bad", "bad"),
}


def look(code: str) -> tuple[str, str]:
    """Tone and icon of a status, a request's state or a message's level."""
    return LOOKS.get(code, PLAIN)


def monogram(name: str) -> str:
    """One letter or digit that stands for a name on its tile."""
    return next((letter.upper() for letter in name if letter.isalnum()), "·")


def hue(name: str) -> int:
    """The colour (0–7) of a name's tile: the same name has the same colour everywhere."""
    return crc32(name.encode()) % 8


def initials(name: str) -> str:
    """Up to two letters for a person: “Mara de Boer” → MB, “j.visser” → JV."""
    words = name.replace(".", " ").replace("_", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
