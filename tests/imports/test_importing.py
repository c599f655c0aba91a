"""Sheets brought in through the pages: sent, checked, carried out, undone."""

import pytest
from sqlalchemy import select

from market.accounts.rules import Role
from market.catalogue.models import Product
from market.imports.models import SheetRow
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.sheets import carry_out, counts, send, stands, xlsx

HEADS = [
    "รหัสสินค้า", "ชื่อสินค้า", "ชื่ออังกฤษ", "หมวดสินค้า", "หน่วยนับ", "หน่วยนับอังกฤษ", "ขนาดบรรจุ",
    "น้ำหนักส่ง (กรัม)", "ส่งพัสดุได้", "ราคาต่ำสุด (บาท)", "ราคาสูงสุด (บาท)", "ต้นทุนอ้างอิง (บาท)", "เดือนที่มีของ",
    "ใช้เวลาทำ (วัน)", "เก็บได้ (วัน)", "การเก็บ", "รอบ", "ภาษีมูลค่าเพิ่ม", "ชนิดฉลาก", "สารก่อแพ้",
]  # fmt: skip
NEW = [
    "N1", "กล้วยตาก", "Dried banana", "rice", "ถุง", "bag", "250 ก.", "๓๐๐", "ใช่", "60", "฿95.50",
    42.5, "พ.ย.-ก.พ.", 4, "180", "ไม่ต้องแช่", "ทุกสัปดาห์", "คิดภาษี", "มีเลข อย.", "ปลา, กุ้ง",
]  # fmt: skip


@pytest.fixture
def marketing(session, app):
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    return browser_of(app, user)


def test_products_are_checked_carried_out_and_undone(session, marketing):
    old = session.get_one(Product, make_product(session))
    low = old.band_low_satang
    sheet = xlsx(HEADS, NEW, [old.code, *[""] * 8, "65"])

    import_id = send(marketing, "products", sheet)
    assert counts(session, import_id) == ("checked", 1, 1, 0, 0)
    page = marketing.get(f"/imports/{import_id}").get_data(as_text=True)
    assert "N1" in page
    carry_out(marketing, import_id)

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


def test_what_was_changed_or_used_since_is_left_alone_and_said_when_undone(session, marketing):
    old = session.get_one(Product, make_product(session))
    fresh = [["N2", *NEW[1:]], ["N3", *NEW[1:]]]
    import_id = send(marketing, "products", xlsx(HEADS, NEW, *fresh, [old.code, *[""] * 8, "65"]))
    carry_out(marketing, import_id)
    session.refresh(old)
    old.band_low_satang = 7000
    made = {
        one.code: one for one in session.scalars(select(Product).where(Product.code != old.code))
    }
    make_offer(session, make_group(session), made["N1"].id)
    made["N2"].name_en = "Another name"
    session.flush()

    marketing.post(f"/imports/{import_id}/undo")

    rows = session.scalars(select(SheetRow).order_by(SheetRow.row_no))
    assert [(row.outcome, row.reason) for row in rows] == [
        ("kept", "product_used"), ("kept", "changed_since"), ("undone", None),
        ("kept", "changed_since"),
    ]  # fmt: skip
    left = session.scalars(select(Product.code).where(Product.code.like("N_")).order_by("code"))
    assert list(left) == ["N1", "N2"]
    session.refresh(old)
    assert old.band_low_satang == 7000
    page = marketing.get(f"/imports/{import_id}").get_data(as_text=True)
    assert "so it was left as it is" in page or "จึงคงไว้ตามนั้น" in page
