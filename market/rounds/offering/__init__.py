"""How many this round: a group's numbers, one question a screen."""
