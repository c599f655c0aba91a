"""What is wrong with a cell, in words."""

import re

from flask_babel import force_locale

from market.imports.queries import ShownFault
from market.imports.rules import ImportKind
from market.imports.words import fault_words


def test_choices_are_named_in_the_readers_language_and_large_numbers_have_commas(app):
    fault = ShownFault(column="category", code="not_a_choice", data={"choices": "x"}, said="?")
    high = ShownFault(column="amount_satang", code="out_of_range", data={"low": 0, "high": 10**6},
                      said="")  # fmt: skip
    with app.test_request_context(headers={"Accept-Language": "th"}), force_locale("th"):
        said = fault_words(ImportKind.BOOKS, fault)
        assert "ขายพืชผล" in said
        assert not re.search("[a-z]", said)
        assert "1,000,000" in fault_words(ImportKind.BOOKS, high)
