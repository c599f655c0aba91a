"""What notices refuses, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "mail_address_unusable": _("Mail cannot reach this address. Type another one."),
    "line_not_sent": _("LINE cannot be reached just now. We try again by ourselves."),
    "line_refused": _("LINE does not deliver to this person. Call instead."),
    "sms_away": _("Text messages cannot be sent just now. Try again in a moment."),
    "sms_refused": _("The service takes no message for this number. Check the number."),
    "line_quota_used": _("LINE has sent all messages of this month's plan. Choose another way."),
    "push_not_sent": _("The browser's service cannot be reached. We try again by ourselves."),
    "push_no_screen": _("None of this person's browsers shows notices any more."),
    "chat_not_signed": _("This message did not come from LINE."),
    "chat_unreadable": _("This message cannot be read."),
    "place_not_known": _("There is no place {{{place}}} in this notice. There are: {places}."),
    "place_not_closed": _("A brace opens or closes no place. Write places like {{number}}."),
    "notice_words_missing": _("Write the words, at most {high} letters."),
    "notice_subject_missing": _("Write the subject of the letter."),
    "notice_link_missing": _("Leave {place} in the letter: it is the link that its reader needs."),
    "way_not_known": _("Choose one of the ways shown."),
    "budget_wrong": _(
        "Write amounts in figures: baht for a message up to 100, and a reserve of 0 to 100 percent."
    ),
    "not_dead": _("This message is not one that failed; somebody may have sent it again already."),
    "call_words_missing": _("Write in a few words what happened, at most {high} letters."),
    "call_is_over": _("This call is not needed any more: the group has answered."),
    "screen_unusable": _("This browser cannot show notices. Choose another way."),
    "mail_not_sent": _("Mail cannot be sent just now. We try again by ourselves."),
}
