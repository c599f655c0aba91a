"""What a coordinator types into a what-if. Numbers may be typed in Thai digits."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import Length, Optional

from market.errors import Refused
from market.matching.queries.trying import TryOffer
from market.matching.whatif.rules import PERCENTS, UNITS_MAX, Changes, GroupChange, OfferChange
from market.thai import normalise, whole_number
from market.web import sentence

REASON_LENGTH = 500


class TryForm(FlaskForm):  # type: ignore[misc]
    """The offers of one product; fields carry their offer's or group's id in their names."""

    product = IntegerField(validators=[Optional()])
    like = IntegerField(validators=[Optional()])
    find = StringField(validators=[Length(max=100)])
    reason = StringField(validators=[Length(max=REASON_LENGTH)])

    def words(self) -> str | None:
        """The reason in the stored spelling; None when nothing was typed."""
        return normalise(self.reason.data or "") or None

    def read(self, offers: Iterable[TryOffer]) -> tuple[list[OfferChange], list[GroupChange]]:
        """The offers and groups as typed; faults go into ``faults`` by field name."""
        self.faults: dict[str, str] = {}
        said = [self._offer(offer) for offer in offers]
        groups = {offer.group_id for offer in offers}
        weights = [GroupChange(group_id=g, percent=self._percent(g)) for g in sorted(groups)]
        return said, weights

    def _offer(self, offer: TryOffer) -> OfferChange:
        capacity = self._number("capacity", offer.offer_id)
        batch = self._number("batch", offer.offer_id)
        return OfferChange(
            offer_id=offer.offer_id,
            capacity=None if capacity == offer.capacity_units else capacity,
            batch=None if batch == offer.min_batch_units else batch,
            answer=self._answer(offer.offer_id),
            low=self._number("low", offer.offer_id),
            high=self._number("high", offer.offer_id),
        )

    def _answer(self, offer_id: int) -> int | None:
        chosen = request.form.get(f"answer-{offer_id}", "")
        if chosen == "no":
            return 0
        return self._number("part", offer_id) if chosen == "part" else None

    def _percent(self, group_id: int) -> int:
        typed = request.form.get(f"weight-{group_id}", type=int)
        return typed if typed in PERCENTS else 100

    def _number(self, name: str, row_id: int) -> int | None:
        field = f"{name}-{row_id}"
        typed = normalise(request.form.get(field, ""))
        if not typed:
            return None
        try:
            return whole_number(typed, low=0, high=UNITS_MAX)
        except Refused as refusal:
            self.faults[field] = sentence(refusal)
            return None


def filled(changes: Changes, offers: Iterable[TryOffer]) -> dict[str, str]:
    """What stands in the fields before anything is typed, by field name."""
    values: dict[str, str] = {}
    said = {change.offer_id: change for change in changes.offers}
    for offer in offers:
        change = said.get(offer.offer_id, OfferChange(offer_id=offer.offer_id))
        numbers = {
            "capacity": offer.capacity_units if change.capacity is None else change.capacity,
            "batch": offer.min_batch_units if change.batch is None else change.batch,
            "low": change.low, "high": change.high, "part": change.answer or None,
        }  # fmt: skip
        values |= {f"{k}-{offer.offer_id}": str(v) for k, v in numbers.items() if v is not None}
        if change.answer is not None:
            values[f"answer-{offer.offer_id}"] = "part" if change.answer else "no"
    return values | {f"weight-{change.group_id}": str(change.percent) for change in changes.groups}
