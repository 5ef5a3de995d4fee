"""The program on a managed device: carries out what the console asks and reports what detection finds."""

import os

VERSION = os.environ.get("KOPPEL_CLIENT_VERSION", "2111")
