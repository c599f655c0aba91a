"""The end of a day at a pick-up point: who did not come, what lies there, what becomes of it."""
