"""Amounts as people write them; the units are the same in every language."""

PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
BYTES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def amount(quantity: str, value: float) -> str:
    """A value of one of a cost's quantities, to three digits."""
    return memory(value) if quantity == "kept" else decimal(value)


def decimal(value: float) -> str:
    """25.6 M, 4.09 G, 270 k."""
    return _scaled(value, PREFIXES)


def memory(value: float) -> str:
    """82.1 MiB, 15.7 GiB."""
    return _scaled(value, BYTES) if value >= BYTES[-1][0] else f"{value:.0f} B"


def _scaled(value: float, units: tuple[tuple[float, str], ...]) -> str:
    for size, unit in units:
        if value >= size:
            scaled = value / size
            digits = 0 if scaled >= 100 else 1 if scaled >= 10 else 2
            return f"{scaled:.{digits}f} {unit}"
    return f"{value:.0f}"
