"""The same once more, and the link of a gift."""
