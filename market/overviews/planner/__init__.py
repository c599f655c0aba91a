"""The marketing desk's calendar: rounds, campaigns, days off and seasons, month by month."""
