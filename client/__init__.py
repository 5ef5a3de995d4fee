"""The program on a managed device: receives requests from the console, carries them out, reports what detection finds."""

import os

VERSION = os.environ.get("KOPPEL_CLIENT_VERSION", "2111")
