"""A measured fraction as figures with whiskers take it."""

WithInterval = tuple[float, float, float]
"""A fraction, and the ends of its interval."""
