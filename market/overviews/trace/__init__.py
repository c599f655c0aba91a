"""From the code on a label to the people who made it."""
