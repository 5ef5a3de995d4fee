"""What Linux and macOS share: accounts of persons, the time zone."""

from __future__ import annotations

import os
import pwd
import time
from pathlib import Path

from client.details import Code, detail
from client.platforms.accounts import Account, PersonAbsent, own_environment

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def user_id(person: str) -> int:
    return _entry(person).pw_uid


def account(person: str, runtime: str) -> Account:
    """Run as a person: root takes on their rights, the person's own client runs directly, anybody else may not."""
    entry = _entry(person)
    home = entry.pw_dir
    folder = home if os.path.isdir(home) else "/"
    if os.geteuid() == entry.pw_uid:
        return Account(person, home, {**own_environment(), "HOME": home}, folder)
    if os.geteuid() != 0:
        mine = pwd.getpwuid(os.geteuid()).pw_name
        raise PersonAbsent(detail(Code.ACCOUNT_FOREIGN, account=mine, person=person))
    environment = {"HOME": home, "USER": entry.pw_name, "LOGNAME": entry.pw_name, "SHELL": entry.pw_shell, "PATH": PATH}
    environment.update({key: os.environ[key] for key in ("LANG", "LC_ALL", "TZ") if key in os.environ})
    if os.path.isdir(runtime):
        environment["XDG_RUNTIME_DIR"] = runtime
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    rights = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}
    return Account(person, home, environment, folder, rights)


def time_zone() -> str:
    """The zone's name as in the tz database."""
    if os.environ.get("TZ", "").strip(":"):
        return os.environ["TZ"].strip(":")
    try:
        name = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
        return name or Path("/etc/timezone").read_text("utf-8").strip()
    except OSError:
        return "UTC" if time.timezone == 0 else time.tzname[0]


def _entry(person: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(person.rpartition("\\")[2])
    except (KeyError, ValueError):
        raise PersonAbsent(detail(Code.ACCOUNT_MISSING, person=person)) from None
