"""Reads settings from the environment and from .env; what is wrong is said in one sentence (WrongSetting)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent.parent
RUN_FILE = "run.env"
YES, NO = {"1", "yes", "true", "on"}, {"0", "no", "false", "off", ""}


class WrongSetting(ImproperlyConfigured):
    """A setting that stops the start; its text tells what to set."""


def read_file(path: Path) -> dict[str, str]:
    """The NAME=value lines of a file; empty lines and those that begin with # do not count. No file is no settings."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSetting(f"{path} cannot be read ({error}). Correct or remove it.") from error
    found = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            raise WrongSetting(f"{path}, line {number} is not of the form NAME=value. Correct or remove it.")
        if value[:1] in {"'", '"'}:
            if len(value) < 2 or value[-1] != value[0]:
                raise WrongSetting(f"{path}, line {number}: the quote is not closed. Correct or remove it.")
            value = value[1:-1]
        found[name] = value
    return found


def data_folder(environ: Mapping[str, str]) -> Path:
    return (ROOT / (environ.get("KOPPEL_DATA") or "var")).resolve()


def use_run_file() -> None:
    """Lets `manage.py` work on the data of `make run`: its settings are in var/run.env. Services never do this."""
    own = env_file(os.environ) | dict(os.environ)
    if not own.get("KOPPEL_SECRET_KEY") and own.get("KOPPEL_DEBUG", "no").lower() in NO:
        for name, value in read_file(data_folder(own) / RUN_FILE).items():
            os.environ.setdefault(name, value)


def env_file(environ: Mapping[str, str]) -> dict[str, str]:
    return read_file(Path(environ.get("KOPPEL_ENV_FILE") or ROOT / ".env"))


class Environment:
    """Typed access to a mapping of settings; `Environment.read()` takes .env and, above it, the environment."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    @classmethod
    def read(cls) -> "Environment":
        return cls(env_file(os.environ) | dict(os.environ))

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name, "").strip().lower()
        if name not in self.values or not value:
            return default
        if value in YES:
            return True
        if value in NO:
            return False
        raise WrongSetting(f"{name} is “{self.values[name]}”; say yes or no.")

    def number(self, name: str, default: int, least: int = 1, most: int = 10**9) -> int:
        value = self.text(name, str(default))
        try:
            number = int(value)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise WrongSetting(f"{name} is “{value}”; it must be a whole number from {least} to {most}.")
        return number

    def names(self, name: str) -> list[str]:
        """A comma separated list."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def folder(self, name: str, default: str) -> Path:
        return (ROOT / self.text(name, default)).resolve()

    def address(self, name: str, default: str, schemes: set[str]) -> str:
        """A URL of these schemes, without a slash at its end. The error does not show it: it may hold a password."""
        value = self.text(name, default).rstrip("/")
        try:
            parts = urlsplit(value)
            good = parts.scheme in schemes and bool(parts.hostname or (parts.scheme == "unix" and parts.path))
            good = good and (parts.port is None or parts.port > 0)
        except ValueError:
            good = False
        if not good:
            wanted = " or ".join(f"{scheme}://" for scheme in sorted(schemes))
            raise WrongSetting(f"{name} is not an address that begins with {wanted}.")
        return value

    def database(self, sqlite: Path, pool: int) -> dict[str, Any]:
        """DATABASE_URL as Django wants it; without one, SQLite in the file given."""
        value = self.text("DATABASE_URL")
        if not value:
            return _sqlite(sqlite)
        wrong = WrongSetting(
            "DATABASE_URL is not of the form postgres://user:password@host:5432/name or sqlite:///path/to/file."
        )
        try:
            parts = urlsplit(value)
            options: dict[str, Any] = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
            host, port = unquote(parts.hostname or ""), parts.port
        except ValueError as error:
            raise wrong from error
        name = unquote(parts.path.removeprefix("/"))
        if parts.scheme == "sqlite" and name and not host:
            return _sqlite(ROOT / name)
        if parts.scheme not in {"postgres", "postgresql"} or not name:
            raise wrong
        # A page's query is short; compiling it would cost many times what it saves.
        options.setdefault("options", "-c jit=off")
        if pool:
            options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", host),
            "PORT": str(options.pop("port", port or "")),
            "OPTIONS": options,
        }


def _sqlite(path: Path) -> dict[str, Any]:
    """Writers wait for each other instead of failing: immediate transactions, a write-ahead log, 20 s of patience."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        },
    }
