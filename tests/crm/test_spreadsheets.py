"""Reading and writing tables: what people send in, and what they must not be able to do with it."""

import csv
import gzip
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from crm.lib import cells, importing, spreadsheets
from crm.lib.cells import Problem
from crm.lib.importing import Column
from crm.lib.spreadsheets import DANGER, Unreadable, csv_lines, escaped, read, write_xlsx

COLUMNS = (Column("code", "code", ("编号", "編號"), required=True), Column("owned_since", "owned since", ("归属日期",)))


def rows(content):
    sheet = read(content)
    return sheet.headers, list(sheet.rows)


def workbook(*lines):
    target = io.BytesIO()
    with Workbook(target, {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet()
        for number, line in enumerate(lines):
            page.write_row(number, 0, line)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "编号,名称\nC1,丝绸\n".encode(),
        "编号,名称\nC1,丝绸".encode("utf-8-sig"),
        "编号,名称\r\nC1,丝绸\r\n".encode("gb18030"),
        "编号\t名称\nC1\t丝绸\n".encode("utf-16"),
        "编号;名称\nC1;丝绸\n".encode(),
        gzip.compress("编号,名称\nC1,丝绸\n".encode()),
        workbook(("编号", "名称"), ("C1", "丝绸")),
    ],
    ids=["utf-8", "bom", "gb18030", "utf-16 and tabs", "semicolons", "gzip", "xlsx"],
)
def test_the_same_table_in_every_kind_of_file(content):
    assert rows(content) == (["编号", "名称"], [(2, ["C1", "丝绸"])])


def test_a_path_is_read_like_its_bytes(tmp_path):
    path = tmp_path / "no-ending"
    path.write_bytes(gzip.compress(b"code\nC1\n"))
    assert rows(path) == (["code"], [(2, ["C1"])])


def test_cells_of_xlsx_read_as_a_person_would_type_them():
    content = workbook(("a", "b", "c", "d"), (date(2021, 1, 1), 1200.5, 13800138000, 0.1 + 0.2))
    assert rows(content)[1] == [(2, ["2021-01-01", "1200.5", "13800138000", "0.3"])]


def test_line_numbers_are_those_of_the_file():
    content = b'\n\ncode,name\n\nC1,"two\nlines"\n,\nC2,x\n'
    assert rows(content) == (["code", "name"], [(5, ["C1", "two\nlines"]), (8, ["C2", "x"])])


def test_a_cell_that_never_ends_spoils_its_own_lines_only():
    lines = ["code,name", "C1,x", '"' + "y" * 40_000, "C2,z"]
    numbers = [number for number, cells in rows("\n".join(lines).encode())[1] if cells is None]
    assert numbers
    assert ["C1", "x"] in [cells for _number, cells in rows("\n".join(lines).encode())[1]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"PK\x03\x04 not a package",
        b"\xd0\xcf\x11\xe0 an old workbook",
        b"%PDF-1.7",
        b"\x1f\x8b broken",
        gzip.compress(b"code\nC1\n", mtime=0)[:-12],
        b"code\n\xff\xff\xff\n",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    ],
)
def test_what_is_no_table_is_said_so(content):
    with pytest.raises(Unreadable):
        list(read(content).rows)


def test_a_gzip_bomb_is_refused_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_BYTES", 3_000_000)
    with pytest.raises(Unreadable, match="too large"):
        read(gzip.compress(b"0" * 4_000_000))


def _package(name, content):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr(name, content)
    return target.getvalue()


def test_a_zip_bomb_that_lies_about_its_size_is_refused(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_BYTES", 1_000_000)
    content = _package("xl/sharedStrings.xml", b"0" * 2_000_000)
    lie = content.replace((2_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lie != content
    with pytest.raises(Unreadable, match="too large"):
        read(lie)


@pytest.mark.parametrize("cell", [b'<c r="XFD1048576">', b"<c r = 'XFD1048576' >"])
def test_a_sheet_with_one_cell_far_away_is_refused(cell):
    with pytest.raises(Unreadable, match="too large"):
        read(_package("xl/worksheets/sheet1.xml", b"<sheetData><row>" + cell + b"</c></row></sheetData>"))


@pytest.mark.parametrize("header", ["code", " Code ", "CODE*", "编号", "編號", "\uff43ode"])
def test_columns_are_known_by_either_language(header):
    table = importing.match(read(f"{header},x\n1,2\n".encode()), COLUMNS)
    assert table.fields == ["code", None]
    assert table.ignored == ["x"]


@pytest.mark.parametrize("header", ["owned_since", "Owned Since", "owned-since", "归属日期"])
def test_underscores_and_spaces_do_not_count(header):
    assert "owned_since" in importing.match(read(f"code,{header}\n1,2\n".encode()), COLUMNS).fields


def test_a_missing_column_is_named_with_what_was_found():
    with pytest.raises(Unreadable, match=r"code.*name, owner"):
        importing.match(read(b"name,owner\n1,2\n"), COLUMNS)


def test_two_columns_of_one_meaning_are_refused():
    with pytest.raises(Unreadable, match="code"):
        importing.match(read("code,编号\n1,2\n".encode()), COLUMNS)


@given(st.lists(st.text(), min_size=1, max_size=4), st.sampled_from(DANGER), st.text())
def test_no_cell_written_begins_like_a_formula(texts, start, rest):
    texts = [*texts, start + rest]
    written = "".join(csv_lines([texts]))
    cells = next(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    assert not [cell for cell in cells if cell.startswith(tuple(DANGER))]
    target = io.BytesIO()
    write_xlsx([texts], target)
    read_back = CalamineWorkbook.from_filelike(io.BytesIO(target.getvalue())).get_sheet_by_index(0).to_python()
    for row in read_back:
        assert not [cell for cell in row if not isinstance(cell, str) or cell.startswith(tuple(DANGER))]


@given(st.text(alphabet="'=+-@|ab 丝", min_size=1).filter(lambda text: text == text.strip()))
def test_what_is_written_reads_back_the_same(text):
    written = "".join(csv_lines([["code"], [text]])).encode()
    assert rows(written)[1] == [(2, [text])]


def test_numbers_stay_numbers():
    assert escaped(Decimal("-5")) == Decimal("-5")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1177.00", "1177.00"), ("1,177.5", "1177.50"), ("¥ 0", "0.00"), ("１２．５", "12.50"), ("12.500", "12.50")],
)
def test_amounts(text, value):
    assert str(cells.amount(text)) == value


@pytest.mark.parametrize("text", ["-1", "1.005", "1e5", "NaN", "Infinity", "1,1", "abc", "9" * 11, "٣"])
def test_what_is_no_amount(text):
    with pytest.raises(Problem):
        cells.amount(text)


@pytest.mark.parametrize("text", ["2021-01-31", "2021/1/31", "2021.01.31", "2021年1月31日", "2021-01-31 00:00:00"])
def test_dates(text):
    assert cells.past_date(date(2022, 1, 1))(text) == date(2021, 1, 31)


@pytest.mark.parametrize(
    "text", ["31.01.2021", "2021-02-30", "2021-13-01", "yesterday", "2022-01-02", "44197", "0000-01-01"]
)
def test_what_is_no_date_or_still_to_come(text):
    with pytest.raises(Problem):
        cells.past_date(date(2022, 1, 1))(text)
