"""Orders that place themselves every round, until their buyer says otherwise."""
