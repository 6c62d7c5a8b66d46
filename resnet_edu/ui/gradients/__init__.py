"""The gradients page."""
