"""`python -m crm.health`: exit status 0 when the site on PORT answers and reaches PostgreSQL and Redis."""

import os
import sys
from http.client import HTTPConnection, HTTPException

import environ


def web(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": _host()})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _host():
    """A name that the site listens to: ALLOWED_HOSTS may leave out the loopback address."""
    hosts = environ.Env().list("ALLOWED_HOSTS", default=["localhost"])
    return next((host.lstrip(".") for host in hosts if host != "*"), "localhost")


if __name__ == "__main__":
    sys.exit(0 if web(int(os.environ.get("PORT", "8000"))) else 1)
