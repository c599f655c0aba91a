"""What a planned round may still become: a template, other points, other days."""
