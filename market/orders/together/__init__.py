"""One order of several friends: a shared link, everybody's own lines, one pick-up."""
