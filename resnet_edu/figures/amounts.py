"""Amounts as people write them; units of bytes are the same in every language, those of counts are not."""

Units = tuple[tuple[float, str], ...]
"""The size and name of each unit, largest first."""

BYTES: Units = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def amount(quantity: str, value: float, units: Units) -> str:
    """A value of one of a cost's quantities, to three digits; ``units`` are those of counts."""
    return memory(value) if quantity == "kept" else scaled(value, units)


def memory(value: float) -> str:
    """82.1 MiB, 15.7 GiB."""
    return scaled(value, BYTES) if value >= BYTES[-1][0] else f"{value:.0f} B"


def scaled(value: float, units: Units) -> str:
    """25.6 M, 4.09 G, 270 k, or 2556 万."""
    for size, unit in units:
        if value >= size:
            scaled = value / size
            digits = 0 if scaled >= 100 else 1 if scaled >= 10 else 2
            return f"{scaled:.{digits}f} {unit}"
    return f"{value:.0f}"


def as_printed(value: float, units: Units) -> str:
    """What a publication gives, with its digits: 1.7 M, 138 M, or 1.38 亿."""
    size, unit = next((size, unit) for size, unit in units if value >= size)
    return f"{value / size:g} {unit}"
