"""Files as people and attackers send them: encodings, separators, heads, bombs, formulas."""

import zipfile
from io import BytesIO
from time import process_time

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from market.errors import Refused
from market.imports.cells import Bad, baht, month, months, phone, read, whole
from market.imports.heads import find_heads
from market.imports.reading import MOST_UNPACKED, read_table
from market.imports.rules import MOST_BYTES, MOST_ROWS
from market.imports.sheets import OFFERS, PRODUCTS
from tests.factories.sheets import csv_text, xlsx

ROWS = [["รหัสสินค้า", "ชื่อสินค้า", "ราคาต่ำสุด (บาท)"], ["P1", 'ข้าว, "หอม"', "1,250.50"]]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874", "tis-620", "utf-16"])
def test_csv_of_any_kind_reads_the_same(mark, encoding):
    table = read_table(csv_text(*ROWS, mark=mark).encode(encoding))

    assert [cells for _no, cells in table.rows] == ROWS
    assert find_heads(table.rows, PRODUCTS).columns == {
        0: "code",
        1: "name_th",
        2: "band_low_satang",
    }


cell = st.text(st.characters(exclude_categories=("Cs", "Cc"), max_codepoint=0xFFFF), max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(cell, min_size=2, max_size=4), min_size=1, max_size=5))
def test_what_is_written_is_read(rows):
    rows = [["x", *row] for row in rows]

    def texts(read_rows):
        return [[c for c in cells if c] for _no, cells in read_rows]

    wanted = [[c.strip() for c in row if c.strip()] for row in rows]
    kept = [[_unmarked(c) for c in row] for row in wanted]
    assert texts(read_table(csv_text(*rows).encode()).rows) == kept
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            for place, said in enumerate(row):
                page.write_string(at, place, said)
    assert texts(read_table(out.getvalue()).rows) == kept


def _unmarked(text):
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@" and text[1:2] else text


def test_titles_above_and_merged_heads_are_understood():
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.merge_range(0, 0, 0, 4, "แบบสินค้าของตลาด")
        page.write_row(2, 0, ["รหัส", "ชื่อ", "ราคา", "", "อื่น ๆ"])
        page.write_row(3, 2, ["ต่ำสุด", "สูงสุด"])
        page.write_row(4, 0, ["P1", "ข้าว", 60, 80, "-"])
    table = read_table(out.getvalue())
    heads = find_heads(table.rows, PRODUCTS)

    assert table.rows[heads.at][0] == 4
    assert heads.columns == {0: "code", 1: "name_th", 2: "band_low_satang", 3: "band_high_satang"}
    assert heads.clear
    strange = find_heads(((1, ["กลุ่มไหน", "ของ", "ทำได้", "ราคา"]),), OFFERS)
    assert not strange.clear


def zipped(**parts: bytes) -> bytes:
    """A workbook with parts put in place of its own."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(xlsx(*ROWS))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for name in good.namelist():
            bad.writestr(
                name, parts.get(name.rsplit("/", 1)[-1].removesuffix(".xml")) or good.read(name)
            )
        for name, data in parts.items():
            if "__" in name:
                bad.writestr(name.replace("__", "/") + ".xml", data)
    return out.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><sst>&b;</sst>'
)
FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)
FORMULA = FAR.replace(b'<c r="A1"><v>1</v></c>', b'<c r="A1"><f>SUM(B1:B9)</f></c>')


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: b"", "import_empty_file"),
        (lambda: b" \n\n", "import_empty_file"),
        (lambda: b"\xd0\xcf\x11\xe0" + b"x" * 600, "import_old_excel"),
        (lambda: b"PK\x03\x04" + b"x" * 600, "import_broken_xlsx"),
        (lambda: xlsx(*ROWS)[:-300], "import_broken_xlsx"),
        (lambda: b"x" * (MOST_BYTES + 1), "import_too_large"),
        (lambda: b"\x00\x01\x02\xff" * 50, "import_not_csv"),
        (lambda: b"a\n" * (MOST_ROWS + 30), "import_too_many_rows"),
        (lambda: zipped(sharedStrings=LAUGHS), "import_broken_xlsx"),
        (lambda: zipped(sharedStrings=LAUGHS.decode().encode("utf-16")), "import_broken_xlsx"),
        (lambda: zipped(sharedStrings=b"<sst>" + b" " * (MOST_UNPACKED + 10)), "import_bomb"),
        (lambda: zipped(**{f"xl__x{n}": b"<a/>" for n in range(210)}), "import_bomb"),
        (lambda: zipped(styles=b"<styleSheet><cellXfs>" + b"<xf/>" * 90_000), "import_bomb"),
        (lambda: zipped(sheet1=b"<worksheet><sheetData><row>" + b"<c/>" * 900_000), "import_bomb"),
        (lambda: zipped(sheet1=FORMULA), "import_formulas"),
        (lambda: zipped(sheet1=FAR), "import_too_many_rows"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(make, code):
    from market.imports.sentences import SENTENCES

    with pytest.raises(Refused) as refusal:
        read_table(make())  # made here: fifty megabytes of it are for nobody else

    assert refusal.value.code == code
    assert code in SENTENCES


@pytest.mark.parametrize("cell", [b"<f ", b"<f/>" + b" " * 60_000, b"<f>", b"<f/><v>" + b" " * 9])
def test_a_sheet_made_to_be_searched_for_hours_is_read_at_once(cell):
    sheet = FAR.replace(b"<v>1</v>", cell * (300_000 // len(cell)), 1)
    begun = process_time()

    with pytest.raises(Refused):
        read_table(zipped(sheet1=sheet))

    assert process_time() - begun < 5  # it was minutes


def test_a_formula_counts_with_its_last_value_and_a_broken_one_is_told():
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write_formula(0, 0, "=60+5", None, 65)
        page.write_formula(0, 1, "=1/0", None, "#DIV/0!")
    row = read_table(out.getvalue()).rows[0][1]

    assert read(row[0], baht()) == 6500
    with pytest.raises(Bad) as bad:
        read(row[1], baht())
    assert bad.value.code == "formula_error"


@pytest.mark.parametrize(
    ("parse", "said", "value"),
    [
        (baht(), "฿๑,๒๕๐.๕๐", 125050), (baht(), "81.8900000000000006", 8189),
        (baht(least=0), "0 บาท", 0), (whole(1, 9999), "1,200", 1200), (whole(0, 9), "7.0", 7),
        (month, "พ.ย. 69", "2026-11-01"), (month, "พฤศจิกายน ๒๕๖๙", "2026-11-01"),
        (month, "25/11/2569", "2026-11-01"), (month, "2026-11-25", "2026-11-01"),
        (month, "11/69", "2026-11-01"), (months, "พ.ย.-ก.พ.", [1, 2, 11, 12]),
        (months, "ทั้งปี", list(range(1, 13))), (months, "5-7, 12", [5, 6, 7, 12]),
        (phone, "812345678", "+66812345678"), (phone, "๐๘๑-๒๓๔ ๕๖๗๘", "+66812345678"),
    ],
)  # fmt: skip
def test_cells_are_read_as_people_write_them(parse, said, value):
    assert parse(said) == value


@pytest.mark.parametrize(
    ("parse", "said"),
    [
        (baht(), "ฟรี"), (baht(), "1.005"), (baht(), "-5"), (baht(), "1e30"), (baht(), "NaN"),
        (whole(1, 5), "6"), (whole(1, 5), "2.5"), (month, "13/2569"), (month, "เร็ว ๆ นี้"),
        (month, "11/1969x"), (months, "0-3"), (phone, "12345"), (whole(0, 9), "=1+1"),
    ],
)  # fmt: skip
def test_cells_that_mean_nothing_are_told(parse, said):
    with pytest.raises(Bad):
        parse(said)
