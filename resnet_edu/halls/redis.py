"""Halls in Redis, so that several processes and machines share them, and a restart of the app loses nothing.

Of each hall there are three keys, which expire together: a hash with its state and counts, a hash with the votes,
a set of the phones. Whatever has to be seen and changed at one moment is one Lua script, which Redis runs alone.
"""

import asyncio
import json
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from resnet_edu.halls.codes import new_code
from resnet_edu.halls.limits import (
    CLOSED_SECONDS,
    FORGOTTEN_SECONDS,
    MOST_ALONE,
    MOST_HALLS,
    MOST_PHONES,
    PRESENT_SECONDS,
)
from resnet_edu.halls.protocol import (
    ROUNDS,
    Hall,
    HallFull,
    HallsUnreachable,
    NoSuchHall,
    NotOpen,
    OpenQuestion,
    VoteCount,
    Whereabouts,
)

PREFIX = "resnet-edu"
SECONDS = 5.0
"""How long Redis may take to connect, and to answer."""
CONNECTIONS = 16
"""A whole hall that answers at once waits for one of them; each would otherwise be given its own."""
GATHERING_SECONDS = 0.05
"""A vote waits so long for others to go with it: asking Redis costs the process several times what a vote else does."""
RESETS = "resets "
"""Before a question's name, in the state: how often its answers were forgotten."""
GONE, FULL, SHUT = -1, -2, -3

TOUCH = f"""
local state, votes, phones, all = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, code = tonumber(ARGV[1]), ARGV[2]
local function touch()
  for i = 1, 3 do redis.call('EXPIRE', KEYS[i], {FORGOTTEN_SECONDS}) end
  redis.call('ZADD', all, now + {FORGOTTEN_SECONDS}, code)
  redis.call('EXPIRE', all, {FORGOTTEN_SECONDS})
end
local function take(question, number, phone, answer)
  local name = question .. ' ' .. number
  local before = redis.call('HGET', votes, name .. ' ' .. phone)
  if before then redis.call('HINCRBY', state, 'phones ' .. name .. ' ' .. before, -1) end
  redis.call('HSET', votes, name .. ' ' .. phone, answer)
  redis.call('HINCRBY', state, 'phones ' .. name .. ' ' .. answer, 1)
end
"""
OPEN = f"""
redis.call('ZREMRANGEBYSCORE', all, '-inf', now)
if redis.call('EXISTS', state) == 0 then
  redis.call('ZREM', all, code)
  if redis.call('ZCARD', all) >= tonumber(ARGV[4]) then return {FULL} end
  redis.call('DEL', votes, phones, state .. ':closed')
  redis.call('HSET', state, 'born', ARGV[3])
end
touch()
return 1
"""
CLOSE = f"""
if redis.call('DEL', state, votes, phones) > 0 then redis.call('SET', state .. ':closed', 1, 'EX', {CLOSED_SECONDS}) end
redis.call('ZREM', all, code)
return 1
"""
FOUND = f"if redis.call('HEXISTS', state, 'born') == 0 then return {GONE} end\n"
JOIN = f"""
if redis.call('SISMEMBER', phones, ARGV[3]) == 0 then
  if redis.call('SCARD', phones) >= tonumber(ARGV[4]) then return {FULL} end
  redis.call('SADD', phones, ARGV[3])
end
touch()
return 1
"""
LEAVE = "redis.call('SREM', phones, ARGV[3]) touch() return 1"
SET = "redis.call('HSET', state, ARGV[3], ARGV[4]) touch() return 1"
COUNT = "redis.call('HSET', state, ARGV[3], ARGV[4]) return 1"
VOTE = f"""
local asked = cjson.decode(redis.call('HGET', state, 'asked') or '{{}}')
local said = {{}}
for i = 3, #ARGV, 4 do
  local phone, question, number, answer = unpack(ARGV, i, i + 3)
  local is_open = asked.is_open and asked.question == question and tostring(asked.round) == number
  if is_open and redis.call('SISMEMBER', phones, phone) == 1 then
    take(question, number, phone, answer)
    table.insert(said, 1)
  else
    table.insert(said, {SHUT})
  end
end
touch()
return said
"""
HANDS = """
for _, field in ipairs(redis.call('HKEYS', state)) do
  if field:find('hands ' .. ARGV[3] .. ' ', 1, true) == 1 then redis.call('HDEL', state, field) end
end
for i = 4, #ARGV, 2 do redis.call('HSET', state, 'hands ' .. ARGV[3] .. ' ' .. ARGV[i], ARGV[i + 1]) end
touch()
return 1
"""
RESET = f"""
local function forget(hash, start)
  for _, field in ipairs(redis.call('HKEYS', hash)) do
    if field:find(start, 1, true) == 1 then redis.call('HDEL', hash, field) end
  end
end
forget(state, 'phones ' .. ARGV[3] .. ' ')
forget(state, 'hands ' .. ARGV[3] .. ' ')
forget(votes, ARGV[3] .. ' ')
redis.call('HINCRBY', state, '{RESETS}' .. ARGV[3], 1)
touch()
return 1
"""
ALONE = f"""
if redis.call('HEXISTS', votes, ARGV[4] .. ' 1 ' .. ARGV[3]) == 0
  and redis.call('HLEN', votes) >= tonumber(ARGV[6]) then return {FULL} end
take(ARGV[4], '1', ARGV[3], ARGV[5])
for i = 1, 2 do redis.call('EXPIRE', KEYS[i], {FORGOTTEN_SECONDS}) end
return 1
"""
NOBODY = "alone"
"""In place of a code, for readers without a hall; no code is written like this."""


@dataclass(frozen=True)
class _Gathered:
    """Votes that go to Redis together; the task has what it says to each, in order."""

    votes: list[tuple[str, str, int, str]]
    sent: asyncio.Task[list[int]]


class RedisHalls:
    """Halls at ``redis://:password@host:port/number``, or ``rediss://`` for TLS."""

    def __init__(
        self,
        url: str,
        clock: Callable[[], float] = time.time,
        most_halls: int = MOST_HALLS,
        most_phones: int = MOST_PHONES,
        most_alone: int = MOST_ALONE,
    ) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=SECONDS,
            decode_responses=True,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
        )
        self._redis: Any = Redis.from_pool(pool)
        self._clock = clock
        self._gathered: dict[str, _Gathered] = {}
        self._most_halls, self._most_phones, self._most_alone = most_halls, most_phones, most_alone
        self._scripts = {
            body: self._redis.register_script(TOUCH + body)
            for body in (OPEN, CLOSE, ALONE, *(FOUND + each for each in (JOIN, LEAVE, SET, COUNT, VOTE, HANDS, RESET)))
        }

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def open(self, code: str | None = None) -> str:
        """See ``Halls``."""
        code = code or new_code()  # of a billion: nobody else has it
        await self._run(OPEN, code, secrets.token_hex(4), self._most_halls)
        return code

    async def close(self, code: str) -> None:
        """See ``Halls``."""
        await self._run(CLOSE, code)

    async def was_closed(self, code: str) -> bool:
        """See ``Halls``."""
        async with _reaching():
            return bool(await self._redis.exists(f"{self._keys(code)[0]}:closed"))

    async def hall(self, code: str) -> Hall:
        """See ``Halls``."""
        state, _, phones, _ = self._keys(code)
        async with _reaching(), self._redis.pipeline(transaction=True) as both:
            fields, joined = await both.hgetall(state).scard(phones).execute()
        if "born" not in fields:
            raise NoSuchHall(code)
        place, asked = (json.loads(fields.get(name, "null")) for name in ("place", "asked"))
        connected = [json.loads(said) for name, said in fields.items() if name.startswith("process ")]
        fresh = [each for each in connected if each[2] > self._clock() - PRESENT_SECONDS]
        return Hall(
            code,
            fields["born"],
            Whereabouts(**place) if place else None,
            OpenQuestion(**asked) if asked else None,
            fields.get("live") == "true",
            joined=joined,
            present=sum(each[0] for each in fresh),
            following=sum(each[1] for each in fresh),
            tallies=_tallies(fields),
            resets={name.removeprefix(RESETS): int(n) for name, n in fields.items() if name.startswith(RESETS)},
        )

    async def join(self, code: str, phone: str) -> None:
        """See ``Halls``."""
        await self._run(FOUND + JOIN, code, phone, self._most_phones)

    async def has(self, code: str, phone: str) -> bool:
        """See ``Halls``."""
        async with _reaching():
            return bool(await self._redis.sismember(self._keys(code)[2], phone))

    async def leave(self, code: str, phone: str) -> None:
        """See ``Halls``."""
        await self._run(FOUND + LEAVE, code, phone)

    async def count(self, code: str, process: str, present: int, following: int) -> None:
        """See ``Halls``."""
        await self._run(FOUND + COUNT, code, f"process {process}", json.dumps([present, following, self._clock()]))

    async def lead(self, code: str, place: Whereabouts) -> None:
        """See ``Halls``."""
        await self._set(code, "place", asdict(place))

    async def ask(self, code: str, asked: OpenQuestion) -> None:
        """See ``Halls``."""
        await self._set(code, "asked", asdict(asked))

    async def set_live(self, code: str, is_live: bool) -> None:
        """See ``Halls``."""
        await self._set(code, "live", is_live)

    async def vote(self, code: str, phone: str, question: str, number: int, answer: str) -> None:
        """See ``Halls``."""
        if code not in self._gathered:
            self._gathered[code] = _Gathered([], asyncio.create_task(self._send_votes(code)))
        gathered = self._gathered[code]
        place = len(gathered.votes)
        gathered.votes.append((phone, question, number, answer))
        said = await asyncio.shield(gathered.sent)  # others wait for it too
        if said[place] == SHUT:
            raise NotOpen(question)

    async def _send_votes(self, code: str) -> list[int]:
        await asyncio.sleep(GATHERING_SECONDS)
        votes = self._gathered.pop(code).votes
        said: list[int] = await self._run(FOUND + VOTE, code, *(word for vote in votes for word in vote))
        return said

    async def own(self, code: str, phone: str, question: str) -> dict[int, str]:
        """See ``Halls``."""
        state, votes, _, _ = self._keys(code)
        names = [f"{question} {number} {phone}" for number in ROUNDS]
        async with _reaching(), self._redis.pipeline(transaction=True) as both:
            is_there, found = await both.exists(state).hmget(votes, names).execute()
        if not is_there:
            raise NoSuchHall(code)
        return {number: answer for number, answer in zip(ROUNDS, found, strict=True) if answer is not None}

    async def hands(self, code: str, question: str, number: int, counts: Mapping[str, int]) -> None:
        """See ``Halls``."""
        await self._run(
            FOUND + HANDS, code, f"{question} {number}", *(each for pair in counts.items() for each in pair)
        )

    async def reset(self, code: str, question: str) -> None:
        """See ``Halls``."""
        await self._run(FOUND + RESET, code, question)

    async def answer_alone(self, phone: str, question: str, answer: str) -> Mapping[str, int]:
        """See ``Halls``."""
        await self._run(ALONE, NOBODY, phone, question, answer, self._most_alone)
        async with _reaching():
            fields = await self._redis.hgetall(self._keys(NOBODY)[0])
        return _tallies(fields)[question, 1].phones

    async def _set(self, code: str, name: str, value: object) -> None:
        await self._run(FOUND + SET, code, name, json.dumps(value))

    async def _run(self, body: str, code: str, *arguments: object) -> Any:
        """A script's answer; what it refuses is raised."""
        async with _reaching():
            words = [str(each) for each in (self._clock(), code, *arguments)]
            answer = await self._scripts[body](keys=self._keys(code), args=words)
        if answer == GONE:
            raise NoSuchHall(code)
        if answer == FULL:
            raise HallFull(code)
        return answer

    @staticmethod
    def _keys(code: str) -> tuple[str, str, str, str]:
        hall = f"{PREFIX}:hall:{code}"
        return hall, f"{hall}:votes", f"{hall}:phones", f"{PREFIX}:halls"


@asynccontextmanager
async def _reaching() -> AsyncIterator[None]:
    """Around everything that Redis is asked."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise HallsUnreachable(str(error)) from error


def _tallies(fields: Mapping[str, str]) -> dict[tuple[str, int], VoteCount]:
    """Counts stand in the state as ``phones QUESTION ROUND ANSWER`` and ``hands QUESTION ROUND ANSWER``."""
    found: dict[tuple[str, int], dict[str, dict[str, int]]] = defaultdict(lambda: {"phones": {}, "hands": {}})
    for name, count in fields.items():
        kind, *rest = name.split(" ")
        if kind in ("phones", "hands"):
            question, number, answer = rest
            if int(count) or kind == "hands":
                found[question, int(number)][kind][answer] = int(count)
    return {each: VoteCount(**kinds) for each, kinds in found.items()}
