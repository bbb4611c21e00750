"""The product's settings, as in production, with two pages to compare with."""

from crm.settings import *  # noqa: F403
from crm.settings import ALLOWED_HOSTS, BASE_DIR, LOGGING, STORAGES, TEMPLATES

DEBUG = False
ROOT_URLCONF = "bench.urls"
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
TEMPLATES[0]["DIRS"].append(BASE_DIR / "bench" / "templates")
# No collectstatic here: addresses of files without their digest cost the same to draw.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
LOGGING["root"]["level"] = "WARNING"
