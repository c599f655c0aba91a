"""Finding goods, groups, places and papers by what somebody types."""
