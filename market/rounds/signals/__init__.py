"""What people look for and wait for: reminders of rounds, and searches without a person."""
