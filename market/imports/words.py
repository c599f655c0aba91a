"""What is wrong with a cell, and what to do about it; names of kinds and states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _

from market.imports.queries import ImportView, ShownFault, ShownRow
from market.imports.rules import ImportKind
from market.imports.sheets import SHEETS, Column, choice_words
from market.money import format_baht
from market.thai import show_month, show_phone
from market.web import language

#: Columns whose words become something else in the market.
OTHER_KEYS = {(ImportKind.PRODUCTS, "category"): "category_key"}
KINDS = {
    "products": _("Products"),
    "offers": _("Offers of a round"),
    "orders": _("Orders from paper"),
    "books": _("Household books"),
}
ABOUT = {
    "products": _("New products, or new values of products that are there, matched by their code."),
    "offers": _("What groups can make in a planned round: how many, and at what price."),
    "orders": _("Orders that people wrote on paper: one order per phone and pick-up point."),
    "books": _("Paper books of households that agreed. Seen by the household only."),
}
STATES = {
    "matching": _("waits for its columns"),
    "checking": _("being checked"),
    "checked": _("checked, not carried out"),
    "applying": _("being carried out"),
    "applied": _("carried out"),
    "undoing": _("being undone"),
    "undone": _("undone"),
    "dropped": _("thrown away"),
}
CHIPS = {
    "matching": "due", "checking": "open", "checked": "part", "applying": "open",
    "applied": "confirmed", "undoing": "open", "undone": "refunded", "dropped": "closed",
}  # fmt: skip
FAULTS = {
    "empty": _("is empty: fill it in"),
    "needed_for_new": _("is new here, so this must be filled in"),
    "formula_error": _("shows {value}: mend the formula, or type the value"),
    "too_long": _("is too long: at most {most} letters"),
    "too_many_words": _("has too many words: at most 30, between commas"),
    "not_whole": _("must be a whole number from {low} to {high}"),
    "out_of_range": _("must be from {low} to {high}"),
    "not_baht": _("must be baht, such as 81.50"),
    "satang_too_fine": _("must be baht with at most two decimals"),
    "baht_out_of_range": _("must be {least} baht or more"),
    "not_a_choice": _("must be one of: {choices}"),
    "not_yes_no": _("must be ใช่ or ไม่ (yes or no)"),
    "not_months": _("must be months, such as ทั้งปี, 5-8 or พ.ย.-ก.พ."),
    "not_a_month": _("must be a month and a year, such as พ.ย. 2569"),
    "not_a_phone": _("must be a Thai phone number, such as 081-234-5678"),
    "twice": _("stands already in row {row}: keep one of them"),
    "no_category": _("is no category of the market: choose one from the list in the template"),
    "band_upside_down": _("is below the lowest price: exchange the two"),
    "no_group": _("is no group that takes part: look up its code in the template's list"),
    "not_your_group": _("is a group outside your area: leave this row out"),
    "no_product": _("is no product for sale: look up its code in the template's list"),
    "not_whole_lots": _("must be whole lots of {lot}"),
    "minimum_above_capacity": _("is above what the group can make ({capacity})"),
    "cost_for_first_offer": _("is needed the first time a group offers this product"),
    "other_cycle": _("is gathered in rounds of another rhythm: choose such a round"),
    "out_of_season": _("is out of season in this round"),
    "offer_resting": _("is an offer that the group has rested"),
    "cannot_be_ready": _("takes longer to make than this round has"),
    "not_ready_to_sell": _(
        "may not sell this outside yet: its makers must use it themselves and its papers be there"
    ),
    "no_point": _("is no pick-up point of your area: look up its code in the template's list"),
    "not_in_round": _("is not in this round: look it up in the template's list"),
    "pay_method_not_offered": _("is a way to pay that this round does not have"),
    "other_name": _("differs from row {row}, same phone ({name}): write one name"),
    "other_method": _("differs from row {row}, same phone: one order is paid in one way"),
    "ordered_before": _("was ordered before from the same paper: order {number}"),
    "point_shut_this_round": _("is shut on every delivery date of this round: choose another"),
    "not_enough_left": _("is more than is left for all rows above: {left} left"),
    "not_delivered_there": _("is brought to that point by nobody: choose another point"),
    "too_many_for_one": _("is too many for one order: at most {most}"),
    "no_consent": _("must be ใช่: without the household's consent nothing is kept"),
    "consent_taken_back": _("was taken back by the household: this book is closed"),
    "month_to_come": _("has not come yet"),
    "not_your_tambon": _("is no sub-district of your area, or one of several with this name"),
}
REASONS = {
    "changed_since": _("somebody changed it since, so it was left as it is"),
    "beyond_reach": _("its place is no longer in your area, so it was left as it is"),
    "product_used": _("something refers to it already (an offer, an order), so it stays"),
    "too_late_to_change": _("the round has closed, so the order stays"),
    "not_enough": _("not enough is left"),
    "full": _("nothing is left"),
    "round_closed": _("the round closed before its turn"),
}


class _Shown(dict[str, Any]):
    """A missing key shows as nothing instead of failing the sentence."""

    def __missing__(self, key: str) -> str:
        return ""


def fault_words(kind: ImportKind, fault: ShownFault) -> str:
    """What is wrong with a cell, after the name of its column; choices in the reader's language."""
    data, column = fault.data, SHEETS[kind].column(fault.column)
    if fault.code == "not_a_choice" and column is not None:
        named = choice_words(column, thai=language() == "th")
        data = data | {"choices": ", ".join(named.values())}
    return str(FAULTS[fault.code]).format_map(_Shown(_grouped(data)))


def _grouped(data: Mapping[str, Any]) -> dict[str, Any]:
    """Large numbers with their commas; a bool is none."""
    return {key: f"{value:,}" if type(value) is int else value for key, value in data.items()}


def reason_words(row: ShownRow) -> str:
    """Why a row was not carried out, or not undone."""
    return str(REASONS.get(row.reason or "", REASONS["changed_since"]))


def column_name(kind: ImportKind, key: str) -> str:
    """A column's name in the reader's language; those that only the market has, by their key."""
    column = SHEETS[kind].column(key)
    if column is None:
        return key
    return column.th if language() == "th" else column.en


def shown_value(column: Column, value: Any) -> str:
    """A value as people read it, in the words that the sheet itself may use."""
    if value is None:
        return ""
    if column.key.endswith("_satang"):
        return format_baht(value)
    if isinstance(value, bool):
        return str(_("Yes")) if value else str(_("No"))
    if column.key == "season_months":
        return str(_("all year")) if len(value) == 12 else ", ".join(map(month_name, value))
    words = choice_words(column, thai=language() == "th")
    if isinstance(value, list):
        return ", ".join(words.get(one, str(one)) for one in value) or "-"
    if column.key == "month":
        return show_month(date.fromisoformat(value), language())
    if column.key == "phone":
        return show_phone(value)
    return words.get(value, str(value))


def category_name(view: ImportView, key: str | None) -> str | None:
    """A category of the market by name; one that is gone by its key."""
    if key not in view.categories:
        return key
    return view.categories[key][0 if language() == "th" else 1]


def month_name(number: int) -> str:
    """ม.ค. or Jan."""
    return show_month(date(2000, number, 1), language()).split()[0]


def changes(view: ImportView, row: ShownRow) -> list[tuple[str, str, str]]:
    """What a row changes: column, old, new. Of books no old value is ever told."""
    found = []
    for column in SHEETS[view.kind].columns:
        key = OTHER_KEYS.get((view.kind, column.key), column.key)
        if key in row.given and (row.effect == "new" or key in row.before):
            old, new = row.before.get(key), row.given[key]
            if key == "category_key":
                old, new = (category_name(view, one) for one in (old, new))
            name = column_name(view.kind, column.key)
            found.append((name, shown_value(column, old), shown_value(column, new)))
    if "number" in row.reason_data:
        found.append((str(_("Order")), "", row.reason_data["number"]))
    if "makers_satang" in row.given:
        found.append((str(_("to the makers")), "", format_baht(row.given["makers_satang"])))
    return found


def told(view: ImportView, row: ShownRow) -> list[tuple[str, list[str], str]]:
    """What is wrong with a row: what stands there, the columns, the words; once for the same."""
    found: dict[tuple[str, str], list[str]] = {}
    for fault in row.faults:
        key = fault.said, fault_words(view.kind, fault)
        found.setdefault(key, []).append(column_name(view.kind, fault.column))
    return [(said, columns, words) for (said, words), columns in found.items()]
