"""Tables for a terminal or a file."""

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table

NEVER_WRAPPED = 10_000


def text_table(rows: Sequence[Sequence[str]], columns: str, head: Sequence[str] = ()) -> str:
    """Return rows under a head; ``columns`` has a letter for each column, ``l`` or ``r``, as in LaTeX."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(head))
    for letter, title in zip(columns, head or columns, strict=True):
        table.add_column(title, justify="right" if letter == "r" else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    written = StringIO()
    Console(file=written, width=NEVER_WRAPPED, markup=False, highlight=False, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())
