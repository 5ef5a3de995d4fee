"""The console's settings while testing: nothing from a developer's .env, plain static files, quick passwords."""

import atexit
import os
import shutil
import tempfile

os.environ["KOPPEL_ENV_FILE"] = os.devnull
os.environ.setdefault("KOPPEL_DEBUG", "yes")
if "KOPPEL_DATA" not in os.environ:
    os.environ["KOPPEL_DATA"] = tempfile.mkdtemp(prefix="koppel-tests-")
    atexit.register(shutil.rmtree, os.environ["KOPPEL_DATA"], ignore_errors=True)
os.environ.setdefault("KOPPEL_DATABASE_POOL", "0")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")  # nobody listens: tests that need Redis start their own

from console.settings import *  # noqa: F403
from console.translations.compile import compile_all
from signing import keys

compile_all()
if not KOPPEL_SIGNING_KEY.exists():  # noqa: F405
    keys.make(KOPPEL_SIGNING_KEY)  # noqa: F405
DEBUG = False
if SQLITE:  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": str(DATA / "test.sqlite3")}  # noqa: F405  (a file: other processes use it)
CELERY_BROKER_URL = "memory://"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
