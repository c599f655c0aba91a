"""What a buyer says: the pages of an order, and of a review that somebody reports."""
