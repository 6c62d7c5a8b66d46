"""Joins wrapped lines of Chinese prose, because Markdown would show each line break as a space."""

import re

HAN = "\u3400-\u9fff"
FULL_WIDTH = "\u3001-\u303f\uff01-\uff60“”‘’…—"
"""Punctuation whose glyphs already include their own space."""
EMPHASIS = r"\*{0,2}"

BREAK = re.compile(
    rf"(?<=[{FULL_WIDTH}]){EMPHASIS}\n *{EMPHASIS}(?=(?!\d+\. )[^\s#|>*$\-]|\$[^$])"  # punctuation, then anything
    rf"|(?<=\S){EMPHASIS}\n *{EMPHASIS}(?=[{FULL_WIDTH}])"
    rf"|(?<=[{HAN}]){EMPHASIS}\n *{EMPHASIS}(?=[{HAN}])"
)


def joined_lines(prose: str) -> str:
    """Remove line breaks that must not become spaces; breaks between words and between paragraphs stay."""
    return BREAK.sub(lambda found: found[0].replace("\n", "").replace(" ", ""), prose)
