"""Lines of prose that end between Chinese characters: Markdown would show the break as a space."""

import re

HAN = "\u3400-\u9fff"
FULL_WIDTH = "\u3001-\u303f\uff01-\uff60“”‘’…—"
"""Marks that bring their own space with them."""
EMPHASIS = r"\*{0,2}"

BREAK = re.compile(
    rf"(?<=[{FULL_WIDTH}]){EMPHASIS}\n *{EMPHASIS}(?=(?!\d+\. )[^\s#|>*$\-]|\$[^$])"  # a mark, and whatever goes on
    rf"|(?<=\S){EMPHASIS}\n *{EMPHASIS}(?=[{FULL_WIDTH}])"
    rf"|(?<=[{HAN}]){EMPHASIS}\n *{EMPHASIS}(?=[{HAN}])"
)


def joined_lines(prose: str) -> str:
    """Markdown without the breaks around which no space belongs; breaks between words stay, and so do paragraphs."""
    return BREAK.sub(lambda found: found[0].replace("\n", "").replace(" ", ""), prose)
