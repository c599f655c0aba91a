"""The words and sums of a household's book. Pure.

Categories: the domain's household account. What a household has left of a month is its income
less its spending; savings, debts and own produce stand beside it and are not part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

INCOME = {
    "crops": ("ขายพืชผล", "Crops sold"),
    "animals": ("ขายสัตว์/ประมง", "Animals and fish sold"),
    "processed": ("ขายของแปรรูป", "Processed goods sold"),
    "wages": ("ค่าจ้าง", "Wages"),
    "children": ("เงินลูกหลานส่ง", "Money from children"),
    "welfare": ("สวัสดิการรัฐ", "State welfare"),
    "other_income": ("รายรับอื่น ๆ", "Other income"),
}
SPENDING = {
    "food": ("อาหาร", "Food"),
    "household_goods": ("ของใช้", "Household goods"),
    "travel": ("เดินทาง", "Travel"),
    "education": ("การศึกษา", "Education"),
    "health": ("สุขภาพ", "Health"),
    "community": ("งานสังคม/ทำบุญ", "Community and merit"),
    "production": ("ต้นทุนการผลิต", "Cost of production"),
    "debt_service": ("ผ่อนหนี้/ดอกเบี้ย", "Debts and interest"),
    "vices": ("หวย เหล้า บุหรี่", "Lottery, alcohol, tobacco"),
    "other_spending": ("รายจ่ายอื่น ๆ", "Other spending"),
}
BESIDE = {
    "savings": ("เงินออม", "Savings"),
    "debt_earning": ("หนี้ที่สร้างรายได้", "Debt that earns"),
    "debt_idle": ("หนี้ที่ไม่สร้างรายได้", "Debt that does not earn"),
    "own_produce": ("ของที่ปลูกหรือทำกินเอง", "Own produce eaten"),
}
CATEGORIES: Mapping[str, tuple[str, str]] = INCOME | SPENDING | BESIDE
#: Sums are told to others over this many households or more.
LEAST_HOUSEHOLDS = 5


@dataclass(frozen=True, kw_only=True)
class MonthSum:
    """A month of a book, in satang."""

    month: date
    income_satang: int
    spending_satang: int
    parts: Mapping[str, int]

    @property
    def left_satang(self) -> int:
        """รายเหลือ: below zero where more was spent than earned."""
        return self.income_satang - self.spending_satang


def month_sums(entries: Iterable[tuple[date, str, int]]) -> tuple[MonthSum, ...]:
    """Entries (month, category, satang) as months, the latest first."""
    months: dict[date, dict[str, int]] = {}
    for month, category, satang in entries:
        parts = months.setdefault(month, {})
        parts[category] = parts.get(category, 0) + satang
    return tuple(
        MonthSum(
            month=month,
            income_satang=sum(v for key, v in parts.items() if key in INCOME),
            spending_satang=sum(v for key, v in parts.items() if key in SPENDING),
            parts=parts,
        )
        for month, parts in sorted(months.items(), reverse=True)
    )
