"""PostgreSQL and Valkey from Python wheels, for development and tests.

One small keeper process per server owns it; everybody else attaches. Standard library only, so
that a keeper starts in a moment.
"""

from market.embedded.attach import Attachment, LocalError, attach

__all__ = ["Attachment", "LocalError", "attach"]
