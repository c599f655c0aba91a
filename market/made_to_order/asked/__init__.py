"""What groups and coordinators see of requests."""
