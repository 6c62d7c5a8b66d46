"""Dataclass in, figure or component data out."""
