"""What makers show and promise of their work while they make it."""
