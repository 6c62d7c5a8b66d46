"""The block page."""
