"""What made to order keeps about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Hold, Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "requests",
            _("Requests for goods made for you"),
            "SELECT state, org_name, tax_id, name, phone, email, words, units, unit_th,"
            " max_price_satang / 100.0 AS most_baht, needed_on, address, address_note, asked_at,"
            " closed_at FROM goods_request WHERE buyer_id IN (TABLE my_buyers) ORDER BY id",
        ),
    ),
    forgets=(
        "UPDATE goods_request SET name = '–', phone = '–', email = NULL,"
        " org_name = NULL, tax_id = NULL, address_note = NULL, words = '–',"
        " address = CASE WHEN address IS NOT NULL THEN '–' END"
        " WHERE buyer_id IN (TABLE my_buyers)",
    ),
    holds=(
        Hold(
            "leaving_request_open",
            "SELECT count(*) FROM goods_request WHERE state IN ('proving', 'asked')"
            " AND buyer_id IN (TABLE my_buyers)",
        ),
    ),
    keeps={
        "goods_request": "goods, amounts and dates stay, everything of the person is deleted",
        "request_invite": "a group's answer",
        "request_question": "between group and buyer, about goods",
    },
)
