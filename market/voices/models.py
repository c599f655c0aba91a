"""What people say after the goods came: reviews, thanks."""
