"""Reading saved addresses."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.orders.addresses.rules import PARTS, AddressParts


@dataclass(frozen=True, kw_only=True)
class AddressView:
    """A saved address with its place's names."""

    id: int
    recipient: str
    phone: str
    parts: AddressParts
    note: str
    usual: bool
    tambon_code: str
    tambon_th: str
    tambon_en: str
    amphoe_th: str
    amphoe_en: str
    province_th: str
    province_en: str
    postcode: str

    @property
    def line(self) -> str:
        """House, village, lane and road in one line."""
        return self.parts.line()


_MINE = text(
    """
    SELECT a.id, a.recipient, a.phone, a.note, a.usual, a.house_no, a.moo, a.village, a.soi,
           a.road, a.tambon_code, t.name_th AS tambon_th, t.name_en AS tambon_en,
           m.name_th AS amphoe_th, m.name_en AS amphoe_en, p.name_th AS province_th,
           p.name_en AS province_en, t.postcode
      FROM saved_address a
      JOIN tambon t ON t.code = a.tambon_code
      JOIN amphoe m ON m.code = t.amphoe_code
      JOIN province p ON p.code = t.province_code
     WHERE a.user_id = :user_id
     ORDER BY a.usual DESC, a.id DESC
    """
)


def addresses_of(session: Session, user_id: int | None) -> tuple[AddressView, ...]:
    """A user's addresses, the usual one first; nobody has none. One statement."""
    if user_id is None:
        return ()
    rows = session.execute(_MINE, {"user_id": user_id})
    return tuple(_view(dict(row._mapping)) for row in rows)


def _view(row: dict[str, object]) -> AddressView:
    parts = AddressParts(**{part: str(row.pop(part)) for part in PARTS})
    return AddressView(parts=parts, **row)  # type: ignore[arg-type]
