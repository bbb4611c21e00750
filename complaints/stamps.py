"""The stamp of a public form: signed, so that whoever sends it has seen the form before, some seconds ago.

It carries the ticket's token, so that a form sent twice is one ticket, and the key of the private link that its answer
shows; whoever has the form is whom the link is for. Nothing of it is stored.
"""

import time
import uuid
from dataclasses import dataclass, replace

from django.core import signing

from complaints.receiving import new_key

SALT = "complaints.stamps"
# In seconds. Nobody fills the form in sooner; after a day it is shown anew, with what was typed.
SOONEST, LATEST = 3, 24 * 60 * 60


@dataclass(frozen=True)
class Stamp:
    token: uuid.UUID
    key: str
    made_at: float

    @property
    def age(self) -> float:
        """Return the seconds since the form was shown."""
        return time.time() - self.made_at

    @property
    def is_fresh(self) -> bool:
        return self.age <= LATEST

    @property
    def is_hasty(self) -> bool:
        return self.age < SOONEST

    def renewed(self) -> "Stamp":
        """Return the same stamp for a form that was open too long and is shown once more."""
        return replace(self, made_at=round(time.time() - SOONEST - 1, 1))

    def __str__(self):
        return signing.Signer(salt=SALT).sign_object({"t": self.token.hex, "k": self.key, "at": self.made_at})


def new() -> Stamp:
    return Stamp(uuid.uuid4(), new_key(), round(time.time(), 1))


def read(text: str) -> Stamp | None:
    """Return the stamp that `text` is, however old; None when it is none of ours."""
    try:
        found = signing.Signer(salt=SALT).unsign_object(text)
    except (signing.BadSignature, ValueError):
        return None
    return Stamp(uuid.UUID(found["t"]), found["k"], found["at"])
