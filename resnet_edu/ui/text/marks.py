"""What code puts between the words that it joins: punctuation and spaces of the reader's language."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Marks:
    """Punctuation of a language; the defaults are English.

    ``item`` separates the items of a list, ``clause`` items that contain commas themselves. A ``tight`` language puts
    no space between its own characters or next to its punctuation; ``citation`` pairs the English words and marks of
    a citation with the language's own.
    """

    item: str = ", "
    clause: str = "; "
    colon: str = ": "
    stop: str = ". "
    sentence: str = " "
    opening: str = " ("
    closing: str = ")"
    tight: bool = False
    citation: tuple[tuple[str, str], ...] = ()

    def listed(self, words: Iterable[str]) -> str:
        """Join words into a list: one, two, three."""
        return self.item.join(words)

    def clauses(self, words: Iterable[str]) -> str:
        """Join clauses that may contain commas: one, two; three."""
        return self.clause.join(words)

    def sentences(self, sentences: Iterable[str]) -> str:
        """Join sentences, leaving out empty ones: One. Two."""
        return self.sentence.join(filter(None, sentences))

    def noted(self, words: str, note: str) -> str:
        """Append a note in parentheses, one (two), or return the words alone if there is no note."""
        return f"{words}{self.opening}{note}{self.closing}" if note else words

    def titled(self, what: str, whose: str, where: str = "") -> str:
        """Name a figure after what it shows, and of what: Feature maps: ResNet-20 (stage 1)."""
        return f"{what}{self.colon}{self.noted(whose, where)}"

    def cited(self, citation: str) -> str:
        """Put a citation such as "He et al. 2015, table 6" into the language's words; names and numbers stay."""
        for english, own in self.citation:
            citation = citation.replace(english, own)
        return citation

    def of_lists(self) -> dict[str, str]:
        """Return the marks needed for a list of lists."""
        return {"item": self.item, "clause": self.clause, "colon": self.colon}

    def in_scripts(self) -> dict[str, str]:
        """Return the marks that a component's script needs."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, str)}

    def written(self, text: str) -> str:
        """A text with numbers and words in it, without the spaces that the language doesn't have."""
        return SPACE.sub("", text) if self.tight else text


SPACE = re.compile("(?<=[一-鿿]) (?=[一-鿿])|(?<=[，。：；！？、（）]) | (?=[，。：；！？、（）])")
FULL_WIDTH = Marks(
    item="、",
    clause="；",
    colon="：",
    stop="。",
    sentence="",
    opening="（",
    closing="）",
    tight=True,
    citation=(
        (", ", "，"),
        ("; ", "；"),
        ("table ", "表 "),
        ("fig. ", "图 "),
        ("abstract", "摘要"),
        (" (", "（"),
        (")", "）"),
        ("（left）", "（左）"),
        ("（right）", "（右）"),
        ("（middle）", "（中）"),
    ),
)
"""Chinese marks are as wide as a character and need no spaces."""
