"""What a caller types after a call."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import AnyOf, Length, Optional

from market.matching.calling.commands import Call
from market.matching.calling.rules import AGAIN_HOURS, PERSON_LENGTH, PHONE_LENGTH, Outcome
from market.matching.rules import NOTE_LENGTH
from market.thai import normalise


class CallForm(FlaskForm):  # type: ignore[misc]
    """A call that brought no answer to an ask."""

    outcome = StringField(validators=[AnyOf([outcome.value for outcome in Outcome])])
    person = StringField(validators=[Length(max=PERSON_LENGTH)])
    phone = StringField(validators=[Length(max=PHONE_LENGTH)])
    words = StringField(validators=[Length(max=NOTE_LENGTH)])
    again = IntegerField(validators=[Optional(), AnyOf(AGAIN_HOURS)])

    def check(self) -> bool:
        """Words are needed where somebody was reached; adds what is missing to the errors."""
        if self.outcome.data == Outcome.REACHED and not normalise(self.words.data or ""):
            self.words.errors = (*self.words.errors, _("Write what they said."))
            return False
        return True

    def call(self) -> Call:
        """The checked form."""
        return Call(
            outcome=Outcome(self.outcome.data),
            person=self.person.data or "",
            phone=self.phone.data or "",
            words=self.words.data or "",
            again_hours=self.again.data,
        )
