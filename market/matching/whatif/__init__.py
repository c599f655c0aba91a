"""What if: a coordinator's changes on a copy of a round's match, and what they would bring."""
