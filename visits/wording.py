"""The names that scripts and texts are filled with (policy 5.7, 5.10)."""

import re

PLACE = re.compile(r"\{(customer|contact|me)\}")
# What somebody meant as a place, also in the wide braces of a Chinese keyboard.
MEANT = re.compile(r"[{｛][^{}｛｝]*[}｝]")


def fill(text: str, *, customer: str = "", contact: str = "", me: str = "") -> str:
    """Put names into the places {customer}, {contact} and {me} of `text`; everything else stays as written.

    One pass: what a name says is never read as a place, nor as a format or a template.
    """
    names = {"customer": str(customer), "contact": str(contact), "me": str(me)}
    return PLACE.sub(lambda place: names[place[1]], text)


def unknown_places(text: str) -> list[str]:
    """Return what looks like a place in `text`, but would be left as it stands."""
    return [meant for meant in MEANT.findall(text) if not PLACE.fullmatch(meant)]
