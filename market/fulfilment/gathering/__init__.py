"""What leaves which group when, and the trips that fetch it."""
