"""Halls in the memory of this process: the default, with nothing to install, and gone with a restart."""

import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cachetools import TTLCache

from resnet_edu.halls.codes import new_code
from resnet_edu.halls.limits import (
    CLOSED_SECONDS,
    FORGOTTEN_SECONDS,
    MOST_ALONE,
    MOST_HALLS,
    MOST_PHONES,
    PRESENT_SECONDS,
)
from resnet_edu.halls.protocol import Hall, HallFull, NoSuchHall, NotOpen, OpenQuestion, VoteCount, Whereabouts


@dataclass
class _Kept:
    """A hall's own record; ``used`` is when somebody last did something in it."""

    used: float
    born: str = field(default_factory=lambda: secrets.token_hex(4))
    place: Whereabouts | None = None
    asked: OpenQuestion | None = None
    is_live: bool = False
    phones: set[str] = field(default_factory=set)
    connected: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    votes: defaultdict[tuple[str, int], dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    counts: defaultdict[tuple[str, int], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    hands: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    resets: Counter[str] = field(default_factory=Counter)

    def take(self, question: str, number: int, phone: str, answer: str) -> None:
        """Count an answer in place of an earlier one."""
        before = self.votes[question, number].get(phone)
        self.votes[question, number][phone] = answer
        if before is not None:
            self.counts[question, number][before] -= 1
        self.counts[question, number][answer] += 1

    def tallies(self) -> dict[tuple[str, int], VoteCount]:
        """Of every round that has answers."""
        rounds = {*self.counts, *self.hands}
        return {each: VoteCount(dict(+self.counts[each]), self.hands.get(each, {})) for each in rounds}


class MemoryHalls:
    """Used from the server's event loop alone, so that nothing needs a lock."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        most_halls: int = MOST_HALLS,
        most_phones: int = MOST_PHONES,
        most_alone: int = MOST_ALONE,
    ) -> None:
        self._clock = clock
        self._most_halls, self._most_phones, self._most_alone = most_halls, most_phones, most_alone
        self._halls: dict[str, _Kept] = {}
        self._closed: TTLCache[str, float] = TTLCache(most_halls, CLOSED_SECONDS, clock)
        self._alone = _Kept(clock())

    async def open(self, code: str | None = None) -> str:
        """See ``Halls``."""
        self._forget()
        code = code or self._free_code()
        if code not in self._halls:
            if len(self._halls) >= self._most_halls:
                raise HallFull(f"{self._most_halls} halls are open")
            self._halls[code] = _Kept(self._clock())
            self._closed.pop(code, None)
        return code

    async def close(self, code: str) -> None:
        """See ``Halls``."""
        if self._halls.pop(code, None):
            self._closed[code] = self._clock()

    async def was_closed(self, code: str) -> bool:
        """See ``Halls``."""
        return code in self._closed

    async def hall(self, code: str) -> Hall:
        """See ``Halls``."""
        kept = self._found(code)
        fresh = [each for each in kept.connected.values() if each[2] > self._clock() - PRESENT_SECONDS]
        return Hall(
            code,
            kept.born,
            kept.place,
            kept.asked,
            kept.is_live,
            joined=len(kept.phones),
            present=sum(each[0] for each in fresh),
            following=sum(each[1] for each in fresh),
            tallies=kept.tallies(),
            resets=dict(kept.resets),
        )

    async def join(self, code: str, phone: str) -> None:
        """See ``Halls``."""
        kept = self._used(code)
        if phone not in kept.phones and len(kept.phones) >= self._most_phones:
            raise HallFull(f"{self._most_phones} phones have joined")
        kept.phones.add(phone)

    async def has(self, code: str, phone: str) -> bool:
        """See ``Halls``."""
        return code in self._halls and phone in self._found(code).phones

    async def leave(self, code: str, phone: str) -> None:
        """See ``Halls``."""
        self._used(code).phones.discard(phone)

    async def count(self, code: str, process: str, present: int, following: int) -> None:
        """See ``Halls``."""
        self._found(code).connected[process] = present, following, self._clock()

    async def lead(self, code: str, place: Whereabouts) -> None:
        """See ``Halls``."""
        self._used(code).place = place

    async def ask(self, code: str, asked: OpenQuestion) -> None:
        """See ``Halls``."""
        self._used(code).asked = asked

    async def set_live(self, code: str, is_live: bool) -> None:
        """See ``Halls``."""
        self._used(code).is_live = is_live

    async def vote(self, code: str, phone: str, question: str, number: int, answer: str) -> None:
        """See ``Halls``."""
        kept = self._used(code)
        asked = kept.asked
        is_open = asked and asked.is_open and (asked.question, asked.round) == (question, number)
        if not is_open or phone not in kept.phones:
            raise NotOpen(question)
        kept.take(question, number, phone, answer)

    async def own(self, code: str, phone: str, question: str) -> dict[int, str]:
        """See ``Halls``."""
        votes = self._found(code).votes
        return {
            number: votes[asked, number][phone]
            for asked, number in [*votes]
            if asked == question and phone in votes[asked, number]
        }

    async def hands(self, code: str, question: str, number: int, counts: Mapping[str, int]) -> None:
        """See ``Halls``."""
        self._used(code).hands[question, number] = dict(counts)

    async def reset(self, code: str, question: str) -> None:
        """See ``Halls``."""
        kept = self._used(code)
        kept.resets[question] += 1
        for rounds in (kept.votes, kept.counts, kept.hands):
            for each in [each for each in rounds if each[0] == question]:
                del rounds[each]

    async def answer_alone(self, phone: str, question: str, answer: str) -> Mapping[str, int]:
        """See ``Halls``."""
        now = self._clock()
        if self._alone.used < now - FORGOTTEN_SECONDS:
            self._alone = _Kept(now)
        self._alone.used = now
        is_new = phone not in self._alone.votes[question, 1]
        if is_new and sum(map(len, self._alone.votes.values())) >= self._most_alone:
            raise HallFull(f"{self._most_alone} answers")
        self._alone.take(question, 1, phone, answer)
        return dict(+self._alone.counts[question, 1])

    def _free_code(self) -> str:
        while (code := new_code()) in self._halls:
            pass
        return code

    def _forget(self) -> None:
        long_ago = self._clock() - FORGOTTEN_SECONDS
        for code in [code for code, kept in self._halls.items() if kept.used < long_ago]:
            del self._halls[code]

    def _found(self, code: str) -> _Kept:
        kept = self._halls.get(code)
        if kept is None or kept.used < self._clock() - FORGOTTEN_SECONDS:
            self._forget()
            raise NoSuchHall(code)
        return kept

    def _used(self, code: str) -> _Kept:
        kept = self._found(code)
        kept.used = self._clock()
        return kept
