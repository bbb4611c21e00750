"""Slows down guessing: counts tries per account and per address, before anything is looked up or compared.

A try is counted by one statement, so tries that arrive together are counted one after the other and no more get through
than the limit allows. A window begins with its first try and is never prolonged by further ones.
"""

import hashlib
import ipaddress
import math

from django.conf import settings
from django.db import connection
from django.utils.translation import ngettext

from staff.models import LoginWindow

SIGN_IN = "login"
RESET = "reset"
CHANGE = "change"
PURPOSES = [SIGN_IN, RESET, CHANGE]

COUNT = """
    INSERT INTO staff_loginwindow AS w (key, started_at, tries) VALUES (%(key)s, now(), 1)
    ON CONFLICT (key) DO UPDATE SET
        tries = CASE WHEN w.started_at <= now() - %(window)s * interval '1 minute' THEN 1 ELSE w.tries + 1 END,
        started_at = CASE WHEN w.started_at <= now() - %(window)s * interval '1 minute' THEN now() ELSE w.started_at END
    RETURNING tries, extract(epoch FROM started_at + %(window)s * interval '1 minute' - now())
"""
FORGET_OLD = """
    DELETE FROM staff_loginwindow WHERE key IN (
        SELECT key FROM staff_loginwindow
        WHERE started_at <= now() - %(window)s * interval '1 minute' AND split_part(key, ':', 1) = ANY(%(purposes)s)
        FOR UPDATE SKIP LOCKED
    )
"""


class TooManyTries(Exception):
    """The limit is reached; `seconds` until the window ends. The text is for the person who tries."""

    def __init__(self, seconds):
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(self.seconds)

    def __str__(self):
        minutes = math.ceil(self.seconds / 60)
        text = ngettext(
            "Too many tries. Wait %(minutes)d minute, then try again.",
            "Too many tries. Wait %(minutes)d minutes, then try again.",
            minutes,
        )
        return text % {"minutes": minutes}


def enter(purpose: str, request, account: str) -> None:
    """Count a try for the address and for the account, whether or not there is such an account.

    Raises TooManyTries. An address that is over its limit no longer counts against the accounts that it names.
    """
    limits = (settings.LOGIN_TRIES_PER_ADDRESS, settings.LOGIN_TRIES_PER_ACCOUNT)
    for key, limit in zip(_keys(purpose, request, account), limits, strict=True):
        tries, seconds = count(key)
        if tries > limit:
            raise TooManyTries(seconds)


def count(key: str, *, minutes: int | None = None) -> tuple[int, float]:
    """Count one try; return how many there were in this window, and the seconds until it ends.

    The window is that of signing in unless another caller says its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": key, "window": minutes or settings.LOGIN_WINDOW_MINUTES})
        tries, seconds = cursor.fetchone()
    return tries, float(seconds)


def forgive(purpose: str, request, account: str) -> None:
    """After a success: forget the account's tries, and of the address's only this one."""
    address, _account = _keys(purpose, request, account)
    forgive_account(purpose, account)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE staff_loginwindow SET tries = tries - 1 WHERE key = %s AND tries > 0", [address])
    forget_old(PURPOSES, minutes=settings.LOGIN_WINDOW_MINUTES)


def forget_old(purposes: list[str], *, minutes: int) -> None:
    """Delete the windows of `purposes`, the first word of their keys, that are over."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET_OLD, {"window": minutes, "purposes": purposes})


def forgive_account(purpose: str, account: str) -> None:
    LoginWindow.objects.filter(key=_account_key(purpose, account)).delete()


def address_of(request) -> str:
    """Return who asks: the peer, or behind TRUSTED_PROXIES the address that the outermost of them saw.

    X-Forwarded-For is counted from the right, because whoever asks can write anything to its left. One IPv6
    household has 2⁶⁴ addresses, so its /64 network counts as one.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    seen = hops[-proxies] if 0 < proxies <= len(hops) else peer
    return _network(seen) or _network(peer) or "unknown"


def _network(text):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


def _keys(purpose, request, account):
    return f"{purpose}:address:{address_of(request)}", _account_key(purpose, account)


def _account_key(purpose, account):
    # Hashed: names are of any length, and some people type their password into the name's field.
    return f"{purpose}:account:{hashlib.sha256(account.casefold().encode()).hexdigest()}"
