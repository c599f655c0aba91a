"""Writing a request, one question a screen."""
