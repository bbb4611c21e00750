"""Keeps secrets that stand in addresses (private calendars, links to set a password) out of the logs."""

import logging
import re

from gunicorn.glogging import Logger

# Words of an address this long are tokens; nothing else of ours is.
SECRET = re.compile(r"(?<=/)[\w-]{20,}")


def masked(text):
    return SECRET.sub("***", text) if isinstance(text, str) else text


class HideSecrets(logging.Filter):
    """Masks them in what Django says of requests, such as "Not Found: /calendar/***.ics"."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(masked(arg) for arg in record.args)
        return True


class AccessLogger(Logger):
    """Masks them in gunicorn's access log: request line, path and referrer."""

    def atoms(self, *args, **kwargs):
        return {name: masked(atom) for name, atom in super().atoms(*args, **kwargs).items()}
