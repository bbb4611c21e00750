"""Tables from and for spreadsheet programs: CSV (plain or gzipped) and XLSX, safe on hostile files.

What a file is, its bytes say, not its name. Reading goes line by line; a sheet is never held as a whole in Python.
"""

import codecs
import csv
import datetime as dt
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter import Workbook

# A file may unpack to so many bytes, and a sheet span so many cells (calamine lays out the whole rectangle in memory).
MAX_BYTES = 256 * 1024 * 1024
MAX_CELLS = 5_000_000
# The longest cell of Excel; a longer one in CSV is a quotation mark that was never closed.
MAX_CELL = 32_767
MAGIC = {"gzip": b"\x1f\x8b", "xlsx": b"PK\x03\x04", "xls": b"\xd0\xcf\x11\xe0", "pdf": b"%PDF"}
ENCODINGS = ("utf-8-sig", "gb18030")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BLOCK = 1 << 20
ENDLESS = 1 << 62
# A spreadsheet program takes a cell that begins so for a formula or a command.
DANGER = "=+-@\t\r\n\0%|＝＋－＠％｜"
ESCAPED = re.compile(f"'+[{re.escape(DANGER)}]")
REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})(\d{1,7})["']""")

csv.field_size_limit(MAX_CELL)


class Unreadable(Exception):
    """The file can't be read as a table; the message tells a person what to do."""


@dataclass
class Sheet:
    """A table: `headers`, and `rows` as (line number in the file, cells), blank lines left out.

    `cells` is None for a line that can't be taken apart. `lines` is about how many there are, for progress.
    """

    headers: list[str]
    rows: Iterator[tuple[int, list[str] | None]]
    lines: int


def read(source: Path | bytes) -> Sheet:
    """Open a CSV, gzipped CSV or XLSX file, or its bytes; raises Unreadable, OSError."""
    opener = _opener(source)
    with opener() as stream:
        start = stream.read(64)
    kind = next((kind for kind, magic in MAGIC.items() if start.startswith(magic)), "csv")
    if not start:
        raise Unreadable(_("The file is empty."))
    if kind == "xlsx":
        return _with_header(*_read_xlsx(opener))
    if kind in {"xls", "pdf"} or (kind == "csv" and b"\0" in start and not start.startswith(UTF16)):
        raise Unreadable(_("This kind of file can't be read. Save it as XLSX or CSV and try again."))
    return _with_header(*_read_csv(_unzipping(source) if kind == "gzip" else opener))


def _opener(source) -> Callable[[], BinaryIO]:
    if isinstance(source, Path):
        return lambda: source.open("rb")
    return lambda: io.BytesIO(source)


def _unzipping(source):
    if isinstance(source, Path):
        return lambda: gzip.open(source)
    return lambda: gzip.GzipFile(fileobj=io.BytesIO(source))


def _with_header(rows, lines):
    """Take the first line that is not blank for the header."""
    used = ((line, cells) for line, cells in rows if cells is None or any(cells))
    first = next(used, None)
    if first is None or first[1] is None:
        raise Unreadable(_("The file has no line with column names."))
    return Sheet(first[1], used, max(lines - 1, 0))


# CSV


def _read_csv(opener):
    encoding, lines = _survey(opener)
    return _csv_rows(opener, encoding), lines


def _survey(opener) -> tuple[str, int]:
    """Return the encoding that the whole file can be read in, and its number of lines."""
    start = next(_blocks(opener), b"")
    for encoding in ("utf-16",) if start.startswith(UTF16) else ENCODINGS:
        try:
            return encoding, _count_lines(opener, encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("The text of the file can't be read. Save it as CSV in UTF-8, or as XLSX, and try again."))


def _count_lines(opener, encoding):
    decoder = codecs.getincrementaldecoder(encoding)()
    size = lines = 0
    text = ""
    for block in _blocks(opener):
        size += len(block)
        if size > MAX_BYTES:
            raise Unreadable(_("The file is too large. Split it and send the parts one by one."))
        text = decoder.decode(block)
        lines += text.count("\n")
    decoder.decode(b"", final=True)
    return lines + (not text.endswith("\n"))


def _blocks(opener):
    with opener() as stream:
        try:
            while block := stream.read(BLOCK):
                yield block
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable(_("The file is damaged. Send it again.")) from error


def _csv_rows(opener, encoding):
    with opener() as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        delimiter = _delimiter(text)
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter)
        while True:
            line = reader.line_num + 1
            try:
                yield line, [_unescaped(cell.strip()) for cell in next(reader)]
            except csv.Error:
                yield line, None
            except StopIteration:
                return


def _delimiter(text):
    """Return which of , ; and tab parts the first line that is not blank."""
    header = next((line for line in iter(lambda: text.readline(MAX_CELL), "") if line.strip()), "")
    return max(",;\t", key=header.count)


# XLSX


def _read_xlsx(opener):
    try:
        with opener() as stream:
            _check_package(stream)
        with opener() as stream:
            sheet = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(_("The file can't be read as XLSX. Open it, save it again as XLSX, and try again.")) from error
    rows = ((line, [_text(value) for value in cells]) for line, cells in enumerate(sheet.iter_rows(), start=1))
    return rows, sheet.total_height


def _check_package(stream):
    """Unpack a workbook once, keeping nothing, so that a bomb is found before it goes off."""
    left = MAX_BYTES
    with zipfile.ZipFile(stream) as package:
        for part in package.infolist():
            part.file_size = ENDLESS  # what the package says of itself may be a lie: count what comes
            left -= _unpack(package.open(part), left, is_sheet="worksheets/" in part.filename)


def _unpack(stream, limit, *, is_sheet):
    size = rows = columns = 0
    tail = b""
    with stream:
        while block := stream.read(BLOCK):
            size += len(block)
            if is_sheet:
                found = REFERENCE.findall(tail + block)
                tail = block[-32:]
                rows = max(rows, max((int(row) for _column, row in found), default=0))
                columns = max(columns, max((_column_number(column) for column, _row in found), default=0))
            if size > limit or rows * columns > MAX_CELLS:
                raise Unreadable(_("The sheet is too large. Split it and send the parts one by one."))
    return size


def _column_number(letters):
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _text(value) -> str:
    """Return a cell as a person would type it: 2021-01-01, 1200.5, 13800138000."""
    if isinstance(value, str):
        return _unescaped(value.strip())
    if isinstance(value, float):
        return f"{Decimal(f'{value:.15g}'):f}"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time.min else value.isoformat(" ", "seconds")
    return str(value)


# Writing


def escaped(value):
    """Return text that no spreadsheet program takes for a formula: a ' before what begins like one."""
    if not isinstance(value, str):
        return value
    value = value.replace("\0", "")
    return f"'{value}" if value.startswith(tuple(DANGER)) or ESCAPED.match(value) else value


def _unescaped(text):
    return text[1:] if text.startswith("'") and ESCAPED.match(text) else text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text):
        return text


def csv_lines(rows: Iterable[Iterable]) -> Iterator[str]:
    """Return the lines of a CSV file that Excel opens as UTF-8."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield codecs.BOM_UTF8.decode()
    for row in rows:
        yield writer.writerow([escaped(cell) for cell in row])


def write_xlsx(rows: Iterable[Iterable], target: BinaryIO) -> None:
    """Write rows as the only sheet of a workbook; text as text, whatever it looks like."""
    with Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(line, column, escaped(value)[:MAX_CELL])
                else:
                    sheet.write(line, column, value)
