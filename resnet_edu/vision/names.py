"""Names taken from files: of the files themselves, of layers, of classes."""

import re

LONGEST = 80
NOT_PLAIN = re.compile(r"[^\w .,()+/&'-]")


def plain(name: str) -> str:
    """Reduce a name to letters, digits and harmless punctuation, with a maximum length.

    The result can't be markup, neither HTML nor Markdown, nor Python, so a page may use it anywhere.
    """
    return NOT_PLAIN.sub("_", name[:LONGEST])
