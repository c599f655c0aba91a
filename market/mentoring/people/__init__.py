"""Part of the pages of those who care for groups."""
