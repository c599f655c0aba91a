"""Refusals of stories and questions in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "story_words_missing": _("Nothing is written yet. Write at least a few words in Thai."),
    "story_too_long": _("This is too long: at most {limit} letters. Shorten it and send again."),
    "story_choose_one": _("Choose one of those shown."),
    "story_too_many": _("There are {limit} already. Take one out first."),
    "story_no_consent": _("The person has not said yes. Ask first, then show."),
    "story_unfinished": _("Something is missing. Answer the questions marked as empty first."),
    "article_not_found": _("We cannot find this article. It may have been taken back."),
    "community_not_found": _("We cannot find this community."),
    "question_needs_order": _("Sign in, or order something first, then ask."),
    "question_too_many": _("{limit} of your questions wait for an answer. Wait for those first."),
    "question_hidden": _("This question was taken away, so it cannot be answered."),
    "paper_date": _("Write the date as 31/12/2570, or leave it empty."),
    "paper_expired": _("This paper has run out. Ask the group for the new one."),
}
