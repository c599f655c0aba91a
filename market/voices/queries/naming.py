"""By what name somebody is shown who said something. One place: a slip here would leak a name."""

from __future__ import annotations


def shown_name(said: str) -> str:
    """SQL for the first word of buyer ``y``'s name, where the row ``said`` shows it and they
    have not taken their consent back; NULL otherwise.
    """
    return f"""CASE WHEN {said}.show_name AND NOT EXISTS (
                SELECT 1 FROM consent_now c
                 WHERE c.user_id = y.user_id AND c.kind = 'review_name' AND NOT c.given)
           THEN split_part(y.name, ' ', 1) END AS name"""  # noqa: S608  an alias of ours
