"""A sheet is brought in by people: sent, looked at, mended, carried out, undone."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.browser.conftest import follow
from tests.factories.sheets import csv_text

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HEADS = ["รหัสสินค้า", "ชื่อสินค้า", "ราคาต่ำสุด (บาท)", "สารก่อแพ้"]
BOOK = [
    "รหัสตำบล", "รหัสครัวเรือน", "ชื่อครัวเรือน", "เดือน", "รายการ", "จำนวนเงิน (บาท)", "ครัวเรือนยินยอม",
]  # fmt: skip


def send(person, kind, data, name):
    """Choose the file and send it; the page of the import."""
    page = person.go("/imports")
    card = page.locator(f"section:has(#kind-{kind})")
    card.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": data}
    )
    card.locator("button[type=submit]").click()
    page.wait_for_url("**/imports/*")
    return page


@pytest.mark.parametrize(
    ("kind", "scripts"), [("phone", True), ("desktop", True), ("phone", False)]
)
def test_a_sheet_is_mended_carried_out_and_undone(person, kind, scripts):
    staff = person("marketing", kind, scripts=scripts)
    staff.come_as("marketing@talad.example")
    staff.go("/imports")
    staff.look(f"imports{'' if scripts else '-no-scripts'}")
    unique = f"{kind}-{scripts}"
    rows = [["P001", f"ข้าวหอม {unique}", "61", "ปลา"], ["P002", "", "ฟรี", ""]]
    page = send(staff, "products", csv_text(HEADS, *rows).encode("cp874"), "ของ.csv")
    staff.look("import-wrong")
    assert "ต้องเป็นจำนวนบาท" in page.content()

    with page.expect_download() as sheet:
        page.locator("a[href$='errors.xlsx']").first.click()
    book = load_workbook(BytesIO(sheet.value.path().read_bytes()))
    assert "ราคาต่ำสุด" in book.worksheets[0]["B3"].value
    book.worksheets[0]["E3"].value = "221"
    mended = BytesIO()
    book.save(mended)
    page = send(staff, "products", mended.getvalue(), "แก้แล้ว.xlsx")
    staff.look("import-checked")
    follow(page.locator("form[action$='/apply'] button"))
    staff.go("/goods/P001")
    assert unique in page.content()

    staff.go("/imports")
    follow(page.locator("a.import-row").first)
    page.locator("summary:has-text('ย้อนกลับ')").click()
    staff.look("import-applied")
    follow(page.locator("form[action$='/undo'] button"))
    staff.go("/goods/P001")
    assert unique not in page.content()


def test_books_come_in_and_are_seen_by_others_as_sums(person):
    staff = person("coordinator", "phone")
    staff.come_as("coordinator@talad.example")
    rows = [
        ["320502", f"บ-{n}", f"บ้าน {n}", "ต.ค. 2569", words, baht, "ใช่"]
        for n in range(5) for words, baht in (("ขายพืชผล", 3000), ("หวย เหล้า บุหรี่", 400))
    ]  # fmt: skip
    page = send(staff, "books", csv_text(BOOK, *rows).encode(), "บัญชี.csv")
    follow(page.locator("form[action$='/apply'] button"))
    staff.look("import-books")
    assert "3,000" not in page.content()
    staff.go("/livelihood")
    staff.look("livelihood")
    assert "฿15,000" in page.content()

    own = person("consumer")
    own.come_as("consumer@talad.example")
    own.go("/household")
    own.look("household")
