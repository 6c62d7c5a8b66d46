"""Data sets, recipes, and training runs that leave a record."""
