"""Files that customers and colleagues add to a record: pictures made safe to keep, PDFs as they are."""

from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from visits import pictures

MOST_BYTES = 10 * 1024 * 1024
JPEG, PDF = "image/jpeg", "application/pdf"
PDF_BEGINS = b"%PDF-"
# What the columns that keep names hold.
NAME_LENGTH = 150


class NotKept(ValueError):
    """The file can't be kept; the text names it and says why and what to send instead."""


def read(name: str, content: bytes) -> dict:
    """Return the fields "name", "kind" (media type) and "content" of a file, whatever it calls itself; raises NotKept.

    Pictures are drawn anew (see `visits.pictures`); a PDF is known by how it begins, and only ever handed out to be
    saved.
    """
    name = tidy(name)
    if len(content) > MOST_BYTES:
        raise NotKept(_("%(name)s is larger than 10 MB. Send a smaller one.") % {"name": name})
    if content.startswith(PDF_BEGINS):
        return {"name": _called(name, ".pdf"), "kind": PDF, "content": content}
    try:
        picture = pictures.read(content)
    except pictures.NotAPicture as refused:
        raise NotKept(_("%(name)s: %(why)s") % {"name": name, "why": refused}) from refused
    return {"name": _called(name, ".jpg"), "kind": JPEG, "content": picture["content"]}


def tidy(name: str) -> str:
    """Return a sent name without a path and without anything that can't be read."""
    name = "".join(letter for letter in name.replace("\\", "/") if letter.isprintable())
    return PurePosixPath(name).name[-NAME_LENGTH:] or "file"


def _called(name, suffix):
    """Return the file's own name with the suffix of what it is by now."""
    return (PurePosixPath(name).stem or "file")[: NAME_LENGTH - len(suffix)] + suffix
