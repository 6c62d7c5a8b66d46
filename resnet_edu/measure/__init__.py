"""Network in, frozen dataclass out."""
