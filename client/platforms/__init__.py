"""The systems the client runs on, behind the same functions: facts, signed_in, package_version, account, machine."""

from __future__ import annotations

import sys

from client.platforms.accounts import Account, PersonAbsent, Unknown, own_account

if sys.platform == "win32":
    from client.platforms import windows as here
elif sys.platform == "darwin":
    from client.platforms import macos as here
else:
    from client.platforms import linux as here

__all__ = ["Account", "PersonAbsent", "Unknown", "here", "own_account"]
