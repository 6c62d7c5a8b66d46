"""Measurements of networks: each takes a net and returns a frozen dataclass."""
