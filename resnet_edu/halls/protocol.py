"""What the server asks of whoever keeps the halls. Two do: this process's memory, and Redis for several processes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

ROUNDS = (1, 2)
"""Peer instruction (Mazur 1997): answer alone, talk to a neighbour, answer again."""


class HallError(Exception):
    """Something that a hall refuses."""


class NoSuchHall(HallError):
    """The hall was never opened, was closed, or has been forgotten."""


class HallFull(HallError):
    """No more phones, or no more halls."""


class NotOpen(HallError):
    """The round isn't open for answers, or the phone hasn't joined."""


class HallsUnreachable(HallError):
    """Whoever keeps the halls can't be reached now; nothing is known to be lost."""


@dataclass(frozen=True)
class Whereabouts:
    """Where the lecturer is: a page, its setting as a query, and the stop of the plan if it is one.

    ``is_covered`` while the figure there has to wait for the hall's answers; ``followers`` says how many phones
    were about to follow.
    """

    page: str
    query: str = ""
    stop: str = ""
    is_covered: bool = False
    followers: int = 0


@dataclass(frozen=True)
class OpenQuestion:
    """The question in front of the hall."""

    question: str
    round: int = 1
    is_open: bool = True
    is_revealed: bool = False


@dataclass(frozen=True)
class VoteCount:
    """Who chose which answer of a question in a round: on phones, and by a show of hands."""

    phones: Mapping[str, int] = field(default_factory=dict)
    hands: Mapping[str, int] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        """How many phones have answered."""
        return sum(self.phones.values())

    @property
    def counts(self) -> Mapping[str, int]:
        """Phones and hands together."""
        return Counter(self.phones) + Counter(self.hands)


@dataclass(frozen=True)
class Hall:
    """A hall as it is at a moment. ``born`` differs when a code was opened anew and the count began again."""

    code: str
    born: str
    place: Whereabouts | None = None
    asked: OpenQuestion | None = None
    is_live: bool = False
    joined: int = 0
    present: int = 0
    following: int = 0
    tallies: Mapping[tuple[str, int], VoteCount] = field(default_factory=dict)
    resets: Mapping[str, int] = field(default_factory=dict)
    """How often each question's answers were forgotten."""

    def tally(self, question: str, number: int) -> VoteCount:
        """Of a round, also where nobody has answered yet."""
        return self.tallies.get((question, number), VoteCount())

    def count_of(self, question: str) -> str:
        """Which count of a question this is: another one after a reset or a restart, when no earlier answer counts."""
        return f"{self.born} {self.resets.get(question, 0)}"


class Halls(Protocol):
    """The halls of a server. Questions, answers, phones and processes are short names without spaces."""

    async def open(self, code: str | None = None) -> str:
        """A new hall, or one with a code that a restart has forgotten; one that is there stays. Raises ``HallFull``."""

    async def close(self, code: str) -> None:
        """Forget a hall and all that was answered in it."""

    async def was_closed(self, code: str) -> bool:
        """Whether a lecturer has closed it lately."""

    async def hall(self, code: str) -> Hall:
        """As it is now. Raises ``NoSuchHall``."""

    async def join(self, code: str, phone: str) -> None:
        """Take a phone in, once. Raises ``NoSuchHall`` or ``HallFull``."""

    async def has(self, code: str, phone: str) -> bool:
        """Whether a phone is in it."""

    async def leave(self, code: str, phone: str) -> None:
        """Let a phone go; what it has answered stays."""

    async def count(self, code: str, process: str, present: int, following: int) -> None:
        """A process says how many phones it has connected."""

    async def lead(self, code: str, place: Whereabouts) -> None:
        """The lecturer has gone to a place."""

    async def ask(self, code: str, asked: OpenQuestion) -> None:
        """Put a round of a question before the hall, or say how it stands with it."""

    async def set_live(self, code: str, is_live: bool) -> None:
        """Whether bars grow while the hall answers."""

    async def vote(self, code: str, phone: str, question: str, number: int, answer: str) -> None:
        """A phone's answer in the open round, in place of its earlier one. Raises ``NoSuchHall`` or ``NotOpen``."""

    async def own(self, code: str, phone: str, question: str) -> dict[int, str]:
        """What a phone has answered to a question, by round."""

    async def hands(self, code: str, question: str, number: int, counts: Mapping[str, int]) -> None:
        """What the lecturer has counted, in place of an earlier count."""

    async def reset(self, code: str, question: str) -> None:
        """Forget both rounds of a question."""

    async def answer_alone(self, phone: str, question: str, answer: str) -> Mapping[str, int]:
        """The answer of a reader without a hall, in place of an earlier one; what all such readers have answered."""
