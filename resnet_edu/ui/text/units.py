"""Numbers that a line break doesn't part from their units."""

import re

NO_BREAK = "\N{NO-BREAK SPACE}"
UNITS = ("ms", "s", "h", "px", "MB", "KiB", "MiB", "GiB", "k", "M", "G", "T", "B")
_BREAKS = re.compile(rf"(?<=\d) (?=(?:{'|'.join(UNITS)})\b|%)|(?<=§) (?=\d)|(?<=\d) (?=× \d)|(?<=\d ×) (?=\d)")


def bound(text: str) -> str:
    """The text with no-break spaces in 97.5 %, 16 GiB, 64 × 64 and § 3.3."""
    return _BREAKS.sub(NO_BREAK, text)
