"""Amounts as people write them; byte units are the same in every language, units of counts are not."""

Units = tuple[tuple[float, str], ...]
"""The size and name of each unit, largest first."""

BYTES: Units = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def amount(quantity: str, value: float, units: Units) -> str:
    """Format a value of one of a cost's quantities to three digits; ``units`` are those of counts."""
    return memory(value) if quantity == "kept" else scaled(value, units)


def memory(value: float) -> str:
    """Format bytes, such as 82.1 MiB or 15.7 GiB."""
    return scaled(value, BYTES) if value >= BYTES[-1][0] else f"{value:.0f} B"


def scaled(value: float, units: Units) -> str:
    """Format a count, such as 25.6 M, 4.09 G, 270 k, or 2556 万."""
    for size, unit in units:
        if value >= size:
            scaled = value / size
            digits = 0 if scaled >= 100 else 1 if scaled >= 10 else 2
            return f"{scaled:.{digits}f} {unit}"
    return f"{value:.0f}"


def as_printed(value: float, units: Units) -> str:
    """Format a published amount with its own digits: 1.7 M, 138 M, or 1.38 亿."""
    size, unit = next((size, unit) for size, unit in units if value >= size)
    return f"{value / size:g} {unit}"
