"""A page's setting in its URL."""
