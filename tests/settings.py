"""The settings of the tests: a real PostgreSQL and Redis, named by the environment or embedded with their own data.

The servers start here because pytest-django reads the settings before any conftest.py. The workers of pytest-xdist
inherit the addresses, so that the controller alone holds the lease.
"""

import atexit
import os
from contextlib import ExitStack
from pathlib import Path

from crm import embedded

embedded.read_env()
if not os.environ.get("DATABASE_URL"):
    os.environ["EVERGREEN_VAR"] = str(embedded.var_dir() / "test")
    os.environ["EVERGREEN_FSYNC"] = "off"
    lease = ExitStack()
    lease.enter_context(embedded.services())
    atexit.register(lease.close)
if "PYTEST_XDIST_WORKER" in os.environ:
    # Each worker has a Redis database of its own, as it has its own PostgreSQL database.
    number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) % 15 + 1
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{number}"

from crm.settings import *  # noqa: E402, F403 - after the addresses are known

LOGGING["root"]["level"] = "WARNING"  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}  # a test sees what it has just set
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # noqa: F405 - WhiteNoise warns without it
