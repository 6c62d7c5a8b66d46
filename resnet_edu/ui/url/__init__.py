"""A page's setting, kept in its URL."""
