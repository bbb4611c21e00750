"""Printed forms: A4, in a Chinese typeface that is embedded, tables that go on over pages with their heads.

Lengths are in millimetres, sizes of type in points. Nothing on the machine is needed but the files in FONT_DIR.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF

FAMILY, REGULAR, BOLD = "paper", "", "B"
MARGIN, FOOT, PAD = 14, 16, 1.6
SIZE, LINE = 9, 4.6
NAME_WIDTH = 28
# A row of at most WHOLE lines is never parted by the end of a page, a longer one only where FEWEST of them fit.
WHOLE, FEWEST = 6, 4
INK, GREY, RULE, SHADE = 20, 105, 150, 240
WIDE = "\u2e80-\uffef\U00020000-\U0003ffff"
OPENS, CLOSES = "（《「『【〔“‘(", "，。、；：？！）》」』】〕”’…·％,.;:?!)%"
# What stays together on a line: a Chinese character or a word, with what opens before it and closes after it.
PIECE = re.compile(rf"[{OPENS}]*(?:[{WIDE}]|[^\s{WIDE}]+)[{re.escape(CLOSES)}]*\s*|\s+")


class Column(NamedTuple):
    """A column of a table: its head, how much of the width it gets beside the others, "R" for numbers."""

    title: str
    share: float
    align: str = "L"


class Cell(NamedTuple):
    text: str
    width: float
    align: str = "L"
    is_head: bool = False


class Paper(FPDF):
    """A form as it is drawn, from top to bottom; `printed()` ends it."""

    def __init__(self, title: str, *, company: str, by, at: dt.datetime | None = None, is_wide: bool = False):
        super().__init__(orientation="landscape" if is_wide else "portrait", format="A4")
        self.title_text, self.company, self.by, self.at = title, company, by, at or timezone.now()
        self.widths: dict[tuple[str, str], float] = {}
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.set_title(title)
        self.set_lang(get_language() or settings.LANGUAGE_CODE)
        self.set_creation_date(self.at)
        for style, name in ((REGULAR, "Regular"), (BOLD, "Bold")):
            self.add_font(FAMILY, style, settings.FONT_DIR / f"NotoSansSC-{name}.ttf")
        self.add_page()
        self._masthead()

    # What a form is made of

    def lead(self, text: str) -> None:
        """Write a line below the title, in its middle: what this form is about."""
        self._centred(text, BOLD, 11, INK, after=2)

    def remark(self, text: str) -> None:
        self._centred(text, REGULAR, SIZE, GREY, after=2)

    def section(self, title: str) -> None:
        self._room(40)
        self.y += 4.5
        self._set(BOLD, 11)
        self.text(self.l_margin, self.y + 4, title)
        self.y += 6.5

    def pairs(self, pairs: Iterable[tuple[str, object]], *, columns: int = 2, name_width: float = NAME_WIDTH) -> None:
        """Draw names and what they say in a grid, so many pairs side by side."""
        pairs = [(str(name), "" if value is None else str(value)) for name, value in pairs]
        width = self.epw / columns
        for n in range(0, len(pairs), columns):
            row, cells = pairs[n : n + columns], []
            for name, value in row:
                cells += [Cell(name, name_width, is_head=True), Cell(value, width - name_width)]
            # The last of a row that is not full has the rest of the line.
            cells[-1] = cells[-1]._replace(width=cells[-1].width + (columns - len(row)) * width)
            self._row(cells)

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
        """Draw a table; its head stands on every page that it reaches."""
        whole = sum(column.share for column in columns)
        widths = [self.epw * column.share / whole for column in columns]
        heads = [Cell(it.title, width, it.align, is_head=True) for it, width in zip(columns, widths, strict=True)]
        self._room(5 * LINE)
        self._row(heads)
        for row in rows:
            parts = zip(row, widths, columns, strict=True)
            cells = [Cell("" if value is None else str(value), width, it.align) for value, width, it in parts]
            self._row(cells, again=lambda: self._row(heads))

    def prose(self, text: str) -> None:
        """Write text in a box over the whole width."""
        self._row([Cell(text or "—", self.epw)])

    def signatures(self, fields: Iterable[tuple[str, str]]) -> None:
        """Draw a place to sign for each (as what, who and when); an empty one is left to be signed by hand."""
        fields = list(fields)
        self._room(18)
        self.y += 7
        width = self.epw / max(3, min(4, len(fields)))
        for n, (role, signed) in enumerate(fields):
            if n and n % 4 == 0:
                self.y += 16
                self._room(16)
            self._signature(self.l_margin + n % 4 * width, width - 5, role, signed)
        self.y += 14

    def printed(self) -> bytes:
        return bytes(self.output())

    # How it is drawn

    def footer(self):
        """Write who printed it when, and which page of how many this is (called by fpdf for each page)."""
        self._set(REGULAR, 7.5, GREY)
        self.set_y(-FOOT + 4)
        at = timezone.localtime(self.at, timezone.get_default_timezone())
        words = {"at": f"{at:%Y-%m-%d %H:%M}", "by": self.by}
        self.cell(self.epw / 2, 4, clean(_("Printed on %(at)s by %(by)s") % words))
        page = _("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": self.str_alias_nb_pages}
        self.cell(self.epw / 2, 4, page, align="R")

    def _masthead(self):
        self._centred(self.company, REGULAR, 10, GREY, after=1.5)
        self._centred(self.title_text, BOLD, 18, INK, after=3)

    def _centred(self, text, style, size, ink, *, after):
        height = size * 0.45
        self._set(style, size, ink)
        for line in self._wrapped(text, self.epw, style, size):
            x = self.l_margin + (self.epw - self._width(line, style, size)) / 2
            self.text(x, self.y + height * 0.85, line)
            self.y += height
        self.y += after

    def _signature(self, x, width, role, signed):
        self._set(BOLD, SIZE)
        self.text(x, self.y + 3, clean(role))
        self._set(REGULAR, SIZE)
        self.text(x, self.y + 8.5, clean(signed))
        self.set_draw_color(RULE)
        self.line(x, self.y + 10, x + width, self.y + 10)

    def _row(self, cells: list[Cell], *, again: Callable[[], None] = lambda: None):
        """Draw one row of boxes, going on over pages when it must; `again` draws the heads on each further one."""
        left = [self._wrapped(cell.text, cell.width - 2 * PAD, BOLD if cell.is_head else REGULAR) for cell in cells]
        while True:
            needed, room = max(map(len, left)), self._lines_left()
            if needed > room and (needed <= WHOLE or room < FEWEST):
                self.add_page()
                again()
                room = self._lines_left()
            self._boxes(cells, [lines[:room] for lines in left])
            left = [lines[room:] for lines in left]
            if not any(left):
                return

    def _boxes(self, cells, texts):
        x, height = self.l_margin, max(1, *map(len, texts)) * LINE + 2 * PAD - 1
        self.set_draw_color(RULE)
        self.set_line_width(0.15)
        for cell, lines in zip(cells, texts, strict=True):
            style = BOLD if cell.is_head else REGULAR
            self.set_fill_color(SHADE)
            self.rect(x, self.y, cell.width, height, style="DF" if cell.is_head else "D")
            self._set(style, SIZE)
            for n, line in enumerate(lines):
                shift = cell.width - 2 * PAD - self._width(line, style) if cell.align == "R" else 0
                self.text(x + PAD + shift, self.y + PAD + n * LINE + 3, line)
            x += cell.width
        self.y += height

    def _set(self, style, size, ink=INK):
        self.set_font(FAMILY, style, size)
        self.set_text_color(ink)

    def _lines_left(self) -> int:
        return int((self.h - FOOT - self.y - 2 * PAD) / LINE)

    def _room(self, height):
        """Begin a new page unless `height` is left on this one."""
        if self.y + height > self.h - FOOT:
            self.add_page()

    def _width(self, text, style, size=SIZE) -> float:
        """Return how wide `text` is, by the width of each character at 10 points."""
        wide = 0.0
        for character in text:
            key = (character, style)
            if key not in self.widths:
                self.widths[key] = self._measured(character, style)
            wide += self.widths[key]
        return wide * size / 10

    def _measured(self, character, style) -> float:
        before = self.font_style, self.font_size_pt
        self.set_font(FAMILY, style, 10)
        wide = self.get_string_width(character)
        self.set_font(FAMILY, *before)
        return wide

    def _wrapped(self, text, width, style, size=SIZE) -> list[str]:
        lines = []
        for paragraph in clean(text).split("\n"):
            lines += self._fold(paragraph, width, style, size)
        return lines

    def _fold(self, paragraph, width, style, size):
        lines, line, used = [], "", 0.0
        for piece in self._pieces(paragraph, width, style, size):
            wide = self._width(piece.rstrip(), style, size)
            if line and used + wide > width:
                lines.append(line.rstrip())
                line, used = "", 0.0
            line += piece
            used += self._width(piece, style, size)
        return [*lines, line.rstrip()]

    def _pieces(self, paragraph, width, style, size):
        """Yield what stays together; what is wider than the line falls into its characters."""
        for piece in PIECE.findall(paragraph):
            if self._width(piece.rstrip(), style, size) > width:
                yield from piece
            else:
                yield piece


def clean(text) -> str:
    """Return text without control characters; lines end in one way."""
    text = str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(it for it in text if it == "\n" or unicodedata.category(it) not in {"Cc", "Cs"})
