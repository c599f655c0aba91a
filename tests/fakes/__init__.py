"""Stand-ins for vendors. Our own functions are never faked."""
