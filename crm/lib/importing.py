"""Taking tables of records: which columns, line by line, what is wrong with each line and how to mend it.

A room says in an `Importer` which columns it knows and how a chunk of lines is written; this module reads the sheet,
finds the columns, refuses lines and keeps count. Each chunk is one transaction; a file read twice changes nothing
the second time.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.functional import lazystr
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm.lib.locks import locked
from crm.lib.spreadsheets import Sheet, Unreadable

CHUNK = 2_000
DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00(?::00)?)?", re.ASCII)
AMOUNT = re.compile(r"[¥￥]?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?元?", re.ASCII)
# What text may not hold: control characters but for tab and line ends, and code points that are no characters.
FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


class Problem(Exception):
    """A cell can't be taken; the message names the cure."""


def normal(text: str) -> str:
    """Return `text` for comparison: width, case, spaces, underscores and marks of required columns don't count."""
    return re.sub(r"[\s_*＊:：-]+", "", unicodedata.normalize("NFKC", str(text))).casefold()


@dataclass(frozen=True)
class Column:
    """A column a file may have: its field, its label, and what else it may be called (Chinese, both scripts)."""

    field: str
    label: str
    words: tuple[str, ...] = ()
    required: bool = False
    help: str = ""

    def is_called(self, header) -> bool:
        return header in {normal(self.field), *(normal(word) for word in self.words)}


class Line:
    """One line of a file: its cells by field and as they stand there, and the problems found with it."""

    __slots__ = ("cells", "number", "problems", "row")

    def __init__(self, number, row, cells):
        self.number = number
        self.row = row
        self.cells = cells
        self.problems: list[tuple[str, str]] = []

    def refuse(self, name, message):
        self.problems.append((name, str(message)))

    def text(self, name) -> str:
        return self.cells.get(name, "")

    def read(self, name, parse: Callable, default=None):
        """Return what `parse` makes of a cell; `default` when it is blank or wrong, which is noted."""
        text = self.cells.get(name, "")
        if not text:
            return default
        try:
            return parse(text)
        except Problem as problem:
            self.refuse(name, problem)
            return default

    def require(self, messages: dict[str, str]):
        """Note which of the cells named by `messages` are blank, with what to do about each."""
        for name, message in messages.items():
            if not self.cells.get(name):
                self.refuse(name, message)


@dataclass
class Report:
    """What became of the lines of a file."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[dict] = field(default_factory=list)

    def counts(self) -> dict:
        return {name: getattr(self, name) for name in ("read", "created", "updated", "unchanged")}

    def as_dict(self) -> dict:
        return self.counts() | {"errors": self.errors}


class Importer:
    """How one kind of record comes in from files. Subclasses say the columns and write a chunk of lines."""

    job: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]] = ()
    # The field that names a record; a file may hold each only once.
    key: ClassVar[str] = ""

    def __init__(self, by=None):
        self.by = by
        self.today = timezone.localdate()

    def take(self, lines: list[Line], report: Report) -> None:
        """Write what can be taken, count it in `report`, and refuse the rest on its lines."""
        raise NotImplementedError

    def finish(self) -> None:
        """Do what needs the whole file."""


@dataclass
class Table:
    """A sheet whose columns were found."""

    sheet: Sheet
    fields: list[str | None]

    @property
    def ignored(self) -> list[str]:
        """Return the headers of columns that nobody asked for."""
        pairs = zip(self.sheet.headers, self.fields, strict=True)
        return [header for header, name in pairs if name is None and header]

    def lines(self) -> Iterator[Line]:
        picks = [(index, name) for index, name in enumerate(self.fields) if name]
        for number, cells in self.sheet.rows:
            yield _broken(number) if cells is None else _line(number, cells, picks)


def _broken(number):
    line = Line(number, [], {})
    line.refuse(
        "", _("This line can't be taken apart. Look for a quotation mark that is not closed, or a cell too long.")
    )
    return line


def _line(number, cells, picks):
    size = len(cells)
    line = Line(number, cells, {name: cells[index] if index < size else "" for index, name in picks})
    if FORBIDDEN.search("".join(cells)):
        _refuse_characters(line)
    return line


def _refuse_characters(line):
    for name, text in line.cells.items():
        if FORBIDDEN.search(text):
            line.refuse(name, _("The cell holds a character that can't be kept. Type it anew."))
            line.cells[name] = FORBIDDEN.sub("", text)
    line.row = [FORBIDDEN.sub("", text) for text in line.row]


def match(sheet: Sheet, columns: Iterable[Column]) -> Table:
    """Find the known columns of a sheet; raises Unreadable, saying which required ones are missing."""
    fields = [_field_of(header, columns) for header in sheet.headers]
    missing = [column for column in columns if column.required and column.field not in fields]
    if missing:
        named = ", ".join(f"{column.field} ({'/'.join(column.words[:2])})" for column in missing)
        found = ", ".join(header[:40] for header in sheet.headers[:30] if header)
        raise Unreadable(
            _("Columns missing: %(missing)s. The file has: %(found)s.") % {"missing": named, "found": found}
        )
    twice = sorted({name for name in fields if name and fields.count(name) > 1})
    if twice:
        raise Unreadable(_("More than one column is called: %(names)s. Keep one.") % {"names": ", ".join(twice)})
    return Table(sheet, fields)


def _field_of(header, columns):
    header = normal(header)
    return next((column.field for column in columns if column.is_called(header)), None)


def run(importer: Importer, table: Table, *, keep: Callable | None = None, report: Report | None = None) -> Report:
    """Take a table chunk by chunk, each in its own transaction, and return what became of it.

    `keep(report, refused)` is called inside each transaction with the lines refused in it. Given the `report` of an
    earlier, broken-off run of the same file, it goes on behind the lines counted there.
    """
    report = report or Report()
    seen: dict[str, int] = {}
    lines = table.lines()
    with locked(importer.job):
        _mark_repeated(list(islice(lines, report.read)), importer.key, seen)
        while chunk := list(islice(lines, CHUNK)):
            _mark_repeated(chunk, importer.key, seen)
            with transaction.atomic():
                _take(importer, chunk, report, keep)
        with transaction.atomic():
            importer.finish()
    return report


def _take(importer, chunk, report, keep):
    report.read += len(chunk)
    importer.take(chunk, report)
    refused = [line for line in chunk if line.problems]
    for line in refused:
        for name, message in line.problems:
            report.errors.append({"line": line.number, "field": name, "message": message})
    if keep:
        keep(report, refused)


def _mark_repeated(lines, key, seen):
    for line in lines:
        value = line.text(key)
        first = seen.setdefault(value, line.number) if value else line.number
        if first != line.number:
            line.refuse(
                key, _("%(value)s stands in line %(line)s already. Keep one of them.") % {"value": value, "line": first}
            )


# What cells may say


def words(text: str) -> str:
    return text


def limited(length: int) -> Callable[[str], str]:
    """Return a parser of text of at most `length` characters."""

    def parse(text):
        if len(text) > length:
            raise Problem(
                _("Too long: %(number)s characters. Shorten it to %(limit)s.") % {"number": len(text), "limit": length}
            )
        return text

    return parse


def past_date(today: dt.date) -> Callable[[str], dt.date]:
    """Return a parser of dates up to `today`; a file repeats its dates, so each is read once."""

    @cache
    def parse(text):
        found = DATE.fullmatch(unicodedata.normalize("NFKC", text))
        try:
            date = dt.date(*map(int, found.groups()))
        except (AttributeError, ValueError):
            raise Problem(_("“%(text)s” is not a date. Write it as 2021-01-31.") % {"text": text[:40]}) from None
        if date > today:
            raise Problem(
                _("%(date)s is in the future. Write a date up to today, %(today)s.") % {"date": date, "today": today}
            )
        return date

    return parse


def amount(text: str) -> Decimal:
    """Read yuan with at most two decimals: 1177, 1,177.00, ¥1177.5."""
    found = AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    if not found:
        raise Problem(_("“%(text)s” is not an amount. Write yuan as 1234.50, not below zero.") % {"text": text[:40]})
    whole, fraction = found[1].replace(",", ""), (found[2] or "").rstrip("0")
    if len(fraction) > 2:
        raise Problem(_("%(text)s has more than two decimals. Round it to 0.01 yuan.") % {"text": text[:40]})
    if len(whole.lstrip("0")) > 10:
        raise Problem(_("%(text)s is too large. The limit is 9,999,999,999.99 yuan.") % {"text": text[:40]})
    return Decimal(f"{whole}.{fraction:0<2}")


def whole_number(text: str) -> int:
    """Read a whole number from 0 to 2,147,483,647, as the database keeps it."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[0-9]{1,10}(\.0+)?", plain) or int(float(plain)) > 2_147_483_647:
        raise Problem(_("“%(text)s” is not a whole number from 0 on. Write it as 120.") % {"text": text[:40]})
    return int(float(plain))


def email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise Problem(
            _("“%(text)s” is not an e-mail address. Correct it or leave it empty.") % {"text": text[:60]}
        ) from None
    return limited(254)(text)


def labels(choices) -> str:
    """Return how a choice may be written, in the reader's language."""
    return lazystr(_Labels(choices))


class _Labels:
    def __init__(self, choices):
        self.choices = choices

    def __str__(self):
        return " · ".join(map(str, self.choices.labels))


def one_of(choices, extra: dict[str, str] | None = None) -> Callable[[str], str]:
    """Return a parser of a choice, written as its code, its label in any of our languages, or a word of `extra`."""
    known = {normal(word): value for word, value in (extra or {}).items()}
    for language, _name in settings.LANGUAGES:
        with override(language):
            known |= {normal(label): str(value) for value, label in choices.choices}
    known |= {normal(value): str(value) for value in choices.values}

    def parse(text):
        value = known.get(normal(text))
        if value is None:
            raise Problem(
                _("“%(text)s” is not known here. Write one of: %(choices)s.")
                % {"text": text[:40], "choices": ", ".join(map(str, choices.labels))}
            )
        return value

    return parse
