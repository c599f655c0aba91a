"""Orders of institutions: many lines on several days, a quotation, then asked of the groups.

Each line becomes a request made to order; what follows (answers, agreement, money, papers) is
theirs.
"""
