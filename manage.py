#!/usr/bin/env python
"""Django's command line for Koppel; a wrong setting ends it with one sentence instead of a traceback."""

import os
import sys

MINIMUM = (3, 11)


def main() -> int:
    if sys.version_info < MINIMUM:
        sys.stderr.write("Koppel needs Python 3.11 or newer; this is %d.%d.\n" % sys.version_info[:2])  # noqa: UP031
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.stderr.write("Django is not installed for this Python. Use `make run`, or .venv/bin/python manage.py.\n")
        return 2

    from console.configuration.environment import WrongSetting, use_run_file

    if sys.argv[1:2] == ["run"]:  # before any setting is read: it makes the missing ones
        from console.launcher.command import main as run

        return run(sys.argv[2:])
    try:
        use_run_file()
        execute_from_command_line(sys.argv)
    except WrongSetting as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
