"""Sheets brought in through the pages: sent, checked, carried out, undone."""

from io import BytesIO

import pytest
import xlsxwriter
from sqlalchemy import select

from market.accounts.rules import Role
from market.catalogue.models import Product
from market.imports.models import SheetImport, SheetRow
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_product

HEADS = [
    "รหัสสินค้า", "ชื่อสินค้า", "ชื่ออังกฤษ", "หมวดสินค้า", "หน่วยนับ", "หน่วยนับอังกฤษ", "ขนาดบรรจุ",
    "น้ำหนักส่ง (กรัม)", "ส่งพัสดุได้", "ราคาต่ำสุด (บาท)", "ราคาสูงสุด (บาท)", "ต้นทุนอ้างอิง (บาท)", "เดือนที่มีของ",
    "ใช้เวลาทำ (วัน)", "เก็บได้ (วัน)", "การเก็บ", "รอบ", "ภาษีมูลค่าเพิ่ม", "ชนิดฉลาก", "สารก่อแพ้",
]  # fmt: skip
NEW = [
    "N1", "กล้วยตาก", "Dried banana", "rice", "ถุง", "bag", "250 ก.", "๓๐๐", "ใช่", "60", "฿95.50",
    42.5, "พ.ย.-ก.พ.", 4, "180", "ไม่ต้องแช่", "ทุกสัปดาห์", "คิดภาษี", "มีเลข อย.", "ปลา, กุ้ง",
]  # fmt: skip


def xlsx(*rows):
    """A workbook of these rows."""
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                page.write(at, place, cell)
    return out.getvalue()


@pytest.fixture
def marketing(session, app):
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    return browser_of(app, user)


def send(browser, kind, data, name="ของ.xlsx", **fields):
    """Send a sheet; the import's id, or the page that refused it."""
    answer = browser.post(f"/imports/{kind}", data={"sheet": (BytesIO(data), name), **fields})
    if answer.status_code != 303:
        return answer
    return int(answer.location.rsplit("/", 1)[1])


def stands(session, import_id):
    return session.get(SheetImport, import_id, populate_existing=True)


def test_products_are_checked_carried_out_and_undone(session, marketing):
    old = session.get_one(Product, make_product(session))
    low = old.band_low_satang
    sheet = xlsx(HEADS, NEW, [old.code, *[""] * 8, "65"])

    import_id = send(marketing, "products", sheet)
    found = stands(session, import_id)
    assert (found.state, found.new_rows, found.changed_rows, found.wrong_rows) == (
        "checked", 1, 1, 0,
    )  # fmt: skip
    page = marketing.get(f"/imports/{import_id}").get_data(as_text=True)
    assert "N1" in page
    marketing.post(f"/imports/{import_id}/apply", data={"version": 1})

    made = session.scalars(select(Product).where(Product.code == "N1")).one()
    assert (made.band_high_satang, made.season_months, made.allergens) == (
        9550, [1, 2, 11, 12], ["fish", "shrimp"],
    )  # fmt: skip
    assert made.required_certificates == ["FDA"]
    session.refresh(old)
    assert old.band_low_satang == 6500
    assert old.reference_satang == (6500 + old.band_high_satang) // 2

    marketing.post(f"/imports/{import_id}/undo")
    assert stands(session, import_id).state == "undone"
    assert session.scalar(select(Product.id).where(Product.code == "N1")) is None
    session.refresh(old)
    assert old.band_low_satang == low
    assert {row.outcome for row in session.scalars(select(SheetRow))} == {"undone"}
