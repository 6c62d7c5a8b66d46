"""Residual networks to look at, measure and teach from."""

__version__ = "0.1.0"
