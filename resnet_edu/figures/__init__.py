"""Turns dataclasses into figures or component data."""
