"""The parameters page."""
