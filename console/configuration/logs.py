"""What is logged and how: one line an event, for people or as JSON, and never a secret."""

import logging
import re
import time
from collections import Counter
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

SECRET = re.compile(r"authorization|password|secret|token|cookie|session|csrf", re.IGNORECASE)
CREDENTIALS = re.compile(
    r"(?P<scheme>\b(?:Bearer|Basic)\s+)[\w.~+/=:-]+|(?<=://)[^\s/@]*:[^\s/@]+(?=@)|(?P<name>token=)[^\s&\"']+",
    re.IGNORECASE,
)
HIDDEN = "[hidden]"
REFUSING = ("django.request", "django.security", "uvicorn.error")
MAX_REFUSALS = 30  # a minute, of one status


def hide_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hides values whose name says that they are secret, and credentials inside texts."""
    for name, value in event.items():
        if SECRET.search(name):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = hide_in(value)
    return event


def hide_in(text: str) -> str:
    return CREDENTIALS.sub(lambda match: f"{match['scheme'] or match['name'] or ''}{HIDDEN}", text)


class Strangers(logging.Filter):
    """Anybody can make the console refuse something: of each kind of refusal so many lines a minute, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self.minute, self.said = 0, Counter[tuple[str, object]]()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR or not record.name.startswith(REFUSING):
            return True
        minute = int(time.monotonic() // 60)
        if minute != self.minute:
            self.minute, self.said = minute, Counter()
        kind = (record.name, getattr(record, "status_code", None))
        self.said[kind] += 1
        return self.said[kind] <= MAX_REFUSALS


def configuration(level: str, as_json: bool) -> dict[str, Any]:
    """LOGGING for Django: everything to standard error through structlog."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,  # before hiding: errors hold addresses with passwords
                    hide_secrets,
                    *last,
                ],
            }
        },
        "filters": {"strangers": {"()": Strangers}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["strangers"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # A stranger's wrong host name or a 404 is no event for the log of the administrator.
            "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "uvicorn": {"handlers": [], "level": level, "propagate": True},
            "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
            # They tell what was proved how: keys of sign-ins at the identity provider, numbers of passkeys.
            "authlib": {"level": "WARNING"},
            "fido2": {"level": "WARNING"},
            "celery.app.trace": {"level": max(logging.getLevelName(level), logging.WARNING)},
            "celery.beat": {"level": max(logging.getLevelName(level), logging.WARNING)},
        },
    }
