"""What a coordinator types about a shortfall. Numbers may be typed in Thai digits."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange

from market.errors import Refused
from market.matching.resolving.asking import Wish
from market.matching.resolving.rules import WORDS_LENGTH, StepKind
from market.thai import whole_number

ID_MOST = 2**31 - 1
STEPS_MOST = 32_000


class StepForm(FlaskForm):  # type: ignore[misc]
    """One step: what, of which offer, how many units, and the state it was seen in."""

    kind = StringField(validators=[AnyOf([kind.value for kind in StepKind])])
    offer = IntegerField(validators=[InputRequired(), NumberRange(1, ID_MOST)])
    number = IntegerField(validators=[InputRequired(), NumberRange(1, STEPS_MOST)])
    units = StringField()
    words = StringField(validators=[Length(max=WORDS_LENGTH)])

    def wish(self, round_id: int, product_id: int) -> Wish:
        """The checked form. Raises Refused where the units are no number."""
        units = 0
        if self.kind.data != StepKind.INSTEAD:
            units = whole_number(self.units.data or "", low=1, high=10**9)
        return Wish(
            round_id=round_id, product_id=product_id, round_offer_id=self.offer.data, units=units,
            number=self.number.data, words=self.words.data or "",
        )  # fmt: skip


class ReplyForm(FlaskForm):  # type: ignore[misc]
    """Yes or no to a neighbour or to another product."""

    answer = StringField(validators=[AnyOf(["yes", "no"])])
    reply = StringField(validators=[Length(max=WORDS_LENGTH)])

    @property
    def accepts(self) -> bool:
        """Is it a yes?"""
        return bool(self.answer.data == "yes")


def typed_units(typed: str) -> int | None:
    """A number of units from an address; None where it is none."""
    try:
        return whole_number(typed, low=1, high=10**9)
    except Refused:
        return None


def unreadable() -> str:
    """What to say where a form came in pieces."""
    return str(_("The form was not complete. Reload the page and try again."))
