"""Pictures from visits, made safe to keep: decoded and encoded anew, so that pixels remain and nothing else."""

from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

# What people's phones and screens make; every other decoder stays shut. HEIC is none that Pillow reads.
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000  # told by the file's head, asked before anything is decoded
SIDE = 1600
QUALITY = 85


class NotAPicture(ValueError):
    """The file can't be kept as a picture; its text says why and what to send instead."""


def read(content: bytes) -> dict:
    """Return `content` as what a LogPicture holds: a JPEG of at most SIDE pixels a side, its width and height.

    Upright as its camera meant it, on white, without place, time, maker or anything else that the file said. Raises
    NotAPicture.
    """
    if len(content) > MOST_BYTES:
        raise NotAPicture(_("This picture is larger than 10 MB. Send a smaller one."))
    _look_at(content)
    try:
        picture = _upright(content)
        return _encoded(picture)
    except Exception as error:  # whatever a decoder raises over a hostile or broken file
        raise NotAPicture(_("This picture is broken or incomplete. Take or choose it anew.")) from error


def _look_at(content):
    """Read the head only: is it a picture of a kind we take, and of a size that we can decode?"""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as head:
            width, height = head.size
    except Image.DecompressionBombError:
        width, height = MOST_PIXELS, MOST_PIXELS
    except Exception as error:
        raise NotAPicture(_("This is no picture that can be kept. Send a JPEG, PNG or WebP file.")) from error
    if width * height > MOST_PIXELS:
        raise NotAPicture(_("This picture has more than 40 million pixels. Send a smaller one."))


def _upright(content):
    with Image.open(BytesIO(content), formats=FORMATS) as picture:
        picture.verify()
    picture = Image.open(BytesIO(content), formats=FORMATS)
    picture.draft("RGB", (SIDE, SIDE))  # a large JPEG is decoded small at once
    return ImageOps.exif_transpose(picture)


def _encoded(picture):
    if picture.mode not in {"RGB", "L"}:
        picture = _on_white(picture) if picture.has_transparency_data else picture.convert("RGB")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    # A new canvas: what the file said besides pixels (comment, profile, EXIF) hangs on the old one.
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    out = BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return {"content": out.getvalue(), "width": clean.width, "height": clean.height}


def _on_white(picture):
    layered = picture.convert("RGBA")
    canvas = Image.new("RGB", layered.size, "white")
    canvas.paste(layered, mask=layered.getchannel("A"))
    return canvas
