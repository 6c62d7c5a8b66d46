"""Data sets, the recipe, and training runs that leave a record."""
