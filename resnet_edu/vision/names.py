"""Names that come out of files: of the files themselves, of layers, of classes."""

import re

LONGEST = 80
NOT_PLAIN = re.compile(r"[^\w .,()+/&'-]")


def plain(name: str) -> str:
    """The name with letters, digits and harmless punctuation alone, and of bounded length.

    No markup can be made of the rest, neither HTML nor Markdown, and no Python: a page may put the
    name where it likes.
    """
    return NOT_PLAIN.sub("_", name[:LONGEST])
