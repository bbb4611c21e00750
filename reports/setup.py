"""The first administrator: made through a link that only the machine's owner can print, while none can sign in."""

from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from staff.models import User

SALT = "reports.setup.first_administrator"


def is_needed() -> bool:
    return not User.objects.administrators().with_password().exists()


def path() -> str:
    """Return the address that makes the first administrator; it follows from SECRET_KEY alone."""
    return reverse("reports:welcome", args=[_key()])


def is_key(text: str) -> bool:
    return constant_time_compare(text, _key())


def _key():
    return salted_hmac(SALT, "", algorithm="sha256").hexdigest()[:40]
