"""Where the provider's messages come in, and where buyers go on to its pages."""
