"""Pictures from visits: only pixels are kept, hostile files are refused, and who may not read the note sees none."""

import struct
import zlib
from io import BytesIO

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, PngImagePlugin

from tests.factories import CallLogFactory, CustomerFactory, LogPictureFactory, UserFactory
from visits import pictures
from visits.forms import PictureField


def encoded(size=(40, 20), mode="RGB", kind="JPEG", color=None, **options):
    out = BytesIO()
    Image.new(mode, size, color or 0).save(out, kind, **options)
    return out.getvalue()


def kept(content):
    found = pictures.read(content)
    return found, Image.open(BytesIO(found["content"]))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "LA"), ("WEBP", "RGBA")],
)
def test_what_phones_and_screens_make_is_kept_as_jpeg(kind, mode):
    found, picture = kept(encoded(kind=kind, mode=mode))
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (40, 20))
    assert (found["width"], found["height"]) == (40, 20)


def test_what_is_transparent_stands_on_white():
    _found, picture = kept(encoded(kind="PNG", mode="RGBA", color=(255, 0, 0, 0)))
    assert picture.getpixel((5, 5)) == (255, 255, 255)


def test_a_large_picture_is_made_small_and_keeps_its_shape():
    found, _picture = kept(encoded(size=(4000, 2000)))
    assert (found["width"], found["height"]) == (1600, 800)


def test_a_picture_taken_sideways_stands_upright_and_tells_nothing_of_where_and_when():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "SecretPhone"
    exif.get_ifd(0x8825)[1] = "N"
    content = encoded(exif=exif, comment=b"home of somebody", icc_profile=b"profile of somebody")
    assert b"SecretPhone" in content and b"home of somebody" in content
    found, picture = kept(content)
    assert (found["width"], found["height"]) == (20, 40)
    assert not picture.getexif() and "comment" not in picture.info and "icc_profile" not in picture.info
    assert b"SecretPhone" not in found["content"] and b"somebody" not in found["content"]


def test_a_picture_that_is_also_a_page_or_an_archive_keeps_its_pixels_only():
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "<script>alert(1)</script>")
    for content in (
        encoded() + b"<html><script>alert(1)</script></html>",
        encoded(comment=b"<script>alert(1)</script>"),
        encoded(kind="PNG", pnginfo=note) + b"PK\x03\x04evil.zip",
    ):
        found, _picture = kept(content)
        assert b"script" not in found["content"] and b"evil" not in found["content"]


def png_that_claims(width, height):
    """A PNG of a few bytes whose head claims any size."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


HOSTILE = {
    "nothing": b"",
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a gif of many frames": encoded(kind="GIF", mode="P"),
    "a gif that claims 65535 by 65535": b"GIF89a\xff\xff\xff\xff\xf0\x00\x00" + b"\x00" * 50,
    "a tiff": encoded(kind="TIFF"),
    "a page that begins like a gif": b"GIF89a/*<svg onload=alert(1)>*/",
    "half a picture": encoded(size=(400, 400))[:700],
    "the head of a picture": encoded()[:30],
    "a png with nothing behind its head": encoded(kind="PNG")[:40],
    "huge": png_that_claims(20_000, 20_000),
    "huger than Pillow itself allows": png_that_claims(60_000, 60_000),
    "just too many pixels": png_that_claims(8_000, 5_001),
    "a png with fewer rows than it claims": png_that_claims(500, 500),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_anything_else_is_refused_with_what_to_do(what):
    with pytest.raises(pictures.NotAPicture, match=r"Send|Take"):
        pictures.read(HOSTILE[what])


def test_a_size_is_refused_before_anything_is_decoded(monkeypatch):
    monkeypatch.setattr(pictures, "_upright", lambda content: pytest.fail("decoded"))
    with pytest.raises(pictures.NotAPicture, match="million"):
        pictures.read(HOSTILE["huge"])


class Form(forms.Form):
    picture = PictureField(required=False)


def test_the_field_gives_what_a_log_keeps_or_nothing():
    form = Form({}, {"picture": SimpleUploadedFile("x.jpg", encoded())})
    assert form.is_valid()
    assert set(form.cleaned_data["picture"]) == {"content", "width", "height"}
    form = Form({}, {})
    assert form.is_valid() and form.cleaned_data["picture"] is None


def test_the_field_refuses_by_content_not_by_name_and_reads_nothing_too_large(monkeypatch):
    form = Form({}, {"picture": SimpleUploadedFile("visit.jpg", b"<html>", content_type="image/jpeg")})
    assert "JPEG, PNG" in form.errors["picture"][0]
    monkeypatch.setattr(pictures, "MOST_BYTES", 10)
    monkeypatch.setattr(pictures, "read", lambda content: pytest.fail("read"))
    form = Form({}, {"picture": SimpleUploadedFile("x.jpg", b"x" * 11)})
    assert "10 MB" in form.errors["picture"][0]


@pytest.mark.django_db
def test_a_picture_is_sent_as_a_picture_and_nothing_else(client):
    picture = LogPictureFactory(log=CallLogFactory(), content=encoded())
    client.force_login(picture.log.by)
    response = client.get(reverse("visits:picture", args=[picture.pk]))
    assert response.content == picture.content
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "private" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_whoever_may_not_read_the_note_gets_no_picture(client):
    author = UserFactory()
    picture = LogPictureFactory(log=CallLogFactory(customer=CustomerFactory(pooled=True), by=author))
    for person in (author, UserFactory(administrator=True), UserFactory(), UserFactory(finance=True)):
        client.force_login(person)
        assert client.get(reverse("visits:picture", args=[picture.pk])).status_code == 404
