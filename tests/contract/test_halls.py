"""What the server may rely on wherever classes are stored: in this process's memory or in a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from redis.asyncio import Redis

from deploy.redis_server import redis_server
from resnet_edu.halls.codes import is_code
from resnet_edu.halls.limits import CLOSED_SECONDS, FORGOTTEN_SECONDS, PRESENT_SECONDS
from resnet_edu.halls.memory import MemoryHalls
from resnet_edu.halls.protocol import HallFull, Halls, HallsUnreachable, NoSuchHall, NotOpen, OpenQuestion, Whereabouts
from resnet_edu.halls.redis import RedisHalls

pytestmark = pytest.mark.anyio
Q = "deeper"


@dataclass
class Kept:
    """A store of at most two classes with three phones each, and a way to let time pass for it."""

    halls: Halls
    let_pass: Callable[[float], Awaitable[None]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(params=["memory", "redis"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    now = [1_800_000_000.0]
    limits: Any = {"clock": lambda: now[0], "most_halls": 2, "most_phones": 3, "most_alone": 3}

    if request.param == "memory":

        async def let_pass(seconds: float) -> None:
            now[0] += seconds

        yield Kept(MemoryHalls(**limits), let_pass)
        return
    url = request.getfixturevalue("url")
    client: Any = Redis.from_url(url, decode_responses=True)
    await client.flushall()

    async def let_pass_in_redis(seconds: float) -> None:
        now[0] += seconds
        for key in [key async for key in client.scan_iter()]:
            await client.pexpire(key, await client.pttl(key) - round(1000 * seconds))

    halls = RedisHalls(url, **limits)
    yield Kept(halls, let_pass_in_redis)
    await halls.aclose()
    await client.aclose()


async def hall_of(halls: Halls, *phones: str) -> str:
    code = await halls.open()
    for phone in phones:
        await halls.join(code, phone)
    return code


async def counts(halls: Halls, code: str, number: int = 1, question: str = Q) -> dict[str, int]:
    return dict((await halls.hall(code)).tally(question, number).phones)


async def test_a_new_hall_is_empty_and_has_a_code_and_a_birth_of_its_own(kept: Kept) -> None:
    one, other = await kept.halls.open(), await kept.halls.open()
    halls = [await kept.halls.hall(code) for code in (one, other)]
    assert one != other
    assert is_code(one)
    assert halls[0].born != halls[1].born
    assert (halls[0].place, halls[0].asked, halls[0].joined, halls[0].tallies) == (None, None, 0, {})


async def test_opening_a_code_again_leaves_what_is_there(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a")
    before = await kept.halls.hall(code)
    assert await kept.halls.open(code) == code
    assert await kept.halls.hall(code) == before
    await kept.halls.close(code)
    await kept.halls.open(code)
    after = await kept.halls.hall(code)
    assert after.born != before.born
    assert after.joined == 0


async def test_no_more_halls_than_the_server_takes(kept: Kept) -> None:
    codes = [await kept.halls.open(), await kept.halls.open()]
    with pytest.raises(HallFull):
        await kept.halls.open()
    await kept.halls.close(codes[0])
    assert await kept.halls.open()


async def test_a_full_hall_takes_nobody_but_those_who_are_in_it(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a", "b", "c")
    with pytest.raises(HallFull):
        await kept.halls.join(code, "d")
    await kept.halls.join(code, "a")
    assert (await kept.halls.hall(code)).joined == 3
    await kept.halls.leave(code, "b")
    await kept.halls.join(code, "d")


async def test_a_hall_knows_its_phones_and_a_closed_one_is_known_as_closed_for_a_while(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a")
    assert [await kept.halls.has(code, phone) for phone in ("a", "b")] == [True, False]
    assert not await kept.halls.has("NOHALL", "a")
    assert not await kept.halls.was_closed(code)
    for unknown in (code, "NOHALL"):
        await kept.halls.close(unknown)
    assert [await kept.halls.was_closed(each) for each in (code, "NOHALL")] == [True, False]
    assert not await kept.halls.has(code, "a")
    await kept.halls.open(code)
    assert not await kept.halls.was_closed(code)
    await kept.halls.close(code)
    await kept.let_pass(CLOSED_SECONDS + 1)
    assert not await kept.halls.was_closed(code)


async def test_the_lecturers_place_is_everyones(kept: Kept) -> None:
    code = await kept.halls.open()
    place = Whereabouts("gradients", "preset=paper&depth=56&names=é 中", "stop-7")
    await kept.halls.lead(code, place)
    assert (await kept.halls.hall(code)).place == place


async def test_a_vote_counts_once_and_a_changed_one_replaces_it(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a", "b")
    await kept.halls.ask(code, OpenQuestion(Q))
    for phone, answer in (("a", "yes"), ("a", "yes"), ("b", "yes"), ("a", "no"), ("a", "no")):
        await kept.halls.vote(code, phone, Q, 1, answer)
    assert await counts(kept.halls, code) == {"yes": 1, "no": 1}
    assert (await kept.halls.hall(code)).tally(Q, 1).answered == 2
    assert await kept.halls.own(code, "a", Q) == {1: "no"}
    assert await kept.halls.own(code, "c", Q) == {}


async def test_each_of_votes_at_the_same_moment_has_its_own_answer(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a", "b")
    await kept.halls.ask(code, OpenQuestion(Q))
    votes = [("a", 1), ("stranger", 1), ("b", 2), ("b", 1)]
    said = await asyncio.gather(
        *(kept.halls.vote(code, phone, Q, number, "yes") for phone, number in votes), return_exceptions=True
    )
    assert [isinstance(each, NotOpen) for each in said] == [False, True, True, False]
    assert (await kept.halls.hall(code)).tally(Q, 1).phones == {"yes": 2}


async def test_votes_at_the_same_moment_are_all_counted(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a", "b", "c")
    await kept.halls.ask(code, OpenQuestion(Q))
    await asyncio.gather(
        *(kept.halls.vote(code, phone, Q, 1, answer) for _ in range(20) for phone in "abc" for answer in ("x", "y"))
    )
    found = await counts(kept.halls, code)
    assert sum(found.values()) == 3


async def test_rounds_are_counted_each_by_itself(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a", "b")
    await kept.halls.ask(code, OpenQuestion(Q))
    await kept.halls.vote(code, "a", Q, 1, "no")
    await kept.halls.ask(code, OpenQuestion(Q, 2))
    await kept.halls.vote(code, "a", Q, 2, "yes")
    await kept.halls.vote(code, "b", Q, 2, "yes")
    assert await counts(kept.halls, code, 1) == {"no": 1}
    assert await counts(kept.halls, code, 2) == {"yes": 2}
    assert await kept.halls.own(code, "a", Q) == {1: "no", 2: "yes"}


@pytest.mark.parametrize("asked", [None, OpenQuestion("other"), OpenQuestion(Q, 2), OpenQuestion(Q, 1, is_open=False)])
async def test_only_the_open_round_takes_votes(kept: Kept, asked: OpenQuestion | None) -> None:
    code = await hall_of(kept.halls, "a")
    if asked:
        await kept.halls.ask(code, asked)
    with pytest.raises(NotOpen):
        await kept.halls.vote(code, "a", Q, 1, "yes")
    assert (await kept.halls.hall(code)).tallies == {}
    assert (await kept.halls.hall(code)).asked == asked


async def test_only_phones_in_the_hall_vote_and_leaving_takes_no_vote_back(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a")
    await kept.halls.ask(code, OpenQuestion(Q))
    await kept.halls.vote(code, "a", Q, 1, "yes")
    await kept.halls.leave(code, "a")
    for phone in "ab":
        with pytest.raises(NotOpen):
            await kept.halls.vote(code, phone, Q, 1, "no")
    assert await counts(kept.halls, code) == {"yes": 1}


async def test_hands_are_added_to_phones_and_replaced_when_counted_again(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a")
    await kept.halls.ask(code, OpenQuestion(Q))
    await kept.halls.vote(code, "a", Q, 1, "yes")
    await kept.halls.hands(code, Q, 1, {"yes": 10, "no": 4})
    await kept.halls.hands(code, Q, 1, {"no": 7})
    tally = (await kept.halls.hall(code)).tally(Q, 1)
    assert (tally.phones, tally.hands, dict(tally.counts)) == ({"yes": 1}, {"no": 7}, {"yes": 1, "no": 7})


async def test_a_reset_forgets_both_rounds_of_one_question_alone(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a")
    for question in (Q, f"{Q}-still"):
        for number in (1, 2):
            await kept.halls.ask(code, OpenQuestion(question, number))
            await kept.halls.vote(code, "a", question, number, "yes")
            await kept.halls.hands(code, question, number, {"yes": 2})
    before = await kept.halls.hall(code)
    await kept.halls.reset(code, Q)
    after = await kept.halls.hall(code)
    assert [before.count_of(each) == after.count_of(each) for each in (Q, f"{Q}-still")] == [False, True]
    assert {question for question, _ in (await kept.halls.hall(code)).tallies} == {f"{Q}-still"}
    assert await kept.halls.own(code, "a", Q) == {}
    assert await kept.halls.own(code, "a", f"{Q}-still") == {1: "yes", 2: "yes"}


async def test_halls_of_one_server_share_no_question_and_no_answer(kept: Kept) -> None:
    one, other = [await hall_of(kept.halls, "a") for _ in range(2)]
    await kept.halls.ask(one, OpenQuestion(Q))
    await kept.halls.vote(one, "a", Q, 1, "yes")
    assert (await kept.halls.hall(other)).asked is None
    with pytest.raises(NotOpen):
        await kept.halls.vote(other, "a", Q, 1, "no")
    await kept.halls.ask(other, OpenQuestion(Q))
    await kept.halls.reset(other, Q)
    assert (await counts(kept.halls, one), await counts(kept.halls, other)) == ({"yes": 1}, {})
    assert await kept.halls.own(other, "a", Q) == {}


async def test_live_bars_are_a_switch(kept: Kept) -> None:
    code = await kept.halls.open()
    seen = []
    for is_live in (True, False):
        await kept.halls.set_live(code, is_live)
        seen.append((await kept.halls.hall(code)).is_live)
    assert seen == [True, False]


async def test_phones_of_all_processes_are_counted_until_a_process_says_no_more(kept: Kept) -> None:
    code = await kept.halls.open()
    await kept.halls.count(code, "one", 5, 3)
    await kept.let_pass(PRESENT_SECONDS / 2)
    await kept.halls.count(code, "other", 2, 0)
    hall = await kept.halls.hall(code)
    assert (hall.present, hall.following) == (7, 3)
    await kept.let_pass(PRESENT_SECONDS / 2 + 1)
    hall = await kept.halls.hall(code)
    assert (hall.present, hall.following) == (2, 0)


async def test_everything_is_forgotten_twelve_hours_after_the_last_use(kept: Kept) -> None:
    code = await hall_of(kept.halls, "a")
    await kept.halls.ask(code, OpenQuestion(Q))
    await kept.let_pass(FORGOTTEN_SECONDS - 60)
    await kept.halls.vote(code, "a", Q, 1, "yes")
    await kept.let_pass(FORGOTTEN_SECONDS - 60)
    assert await counts(kept.halls, code) == {"yes": 1}
    await kept.halls.count(code, "one", 1, 1)  # a forgotten tab does not keep it alive
    await kept.let_pass(120)
    with pytest.raises(NoSuchHall):
        await kept.halls.hall(code)
    await kept.halls.open(code)
    hall = await kept.halls.hall(code)
    assert (hall.joined, hall.tallies) == (0, {})


async def test_a_hall_that_is_not_there_refuses_everything(kept: Kept) -> None:
    halls = kept.halls
    for refused in (
        halls.hall("NOHALL"),
        halls.join("NOHALL", "a"),
        halls.leave("NOHALL", "a"),
        halls.count("NOHALL", "one", 1, 1),
        halls.lead("NOHALL", Whereabouts("depth")),
        halls.ask("NOHALL", OpenQuestion(Q)),
        halls.set_live("NOHALL", True),
        halls.vote("NOHALL", "a", Q, 1, "yes"),
        halls.own("NOHALL", "a", Q),
        halls.hands("NOHALL", Q, 1, {}),
        halls.reset("NOHALL", Q),
    ):
        with pytest.raises(NoSuchHall):
            await refused
    await halls.close("NOHALL")


async def test_readers_without_a_hall_see_what_earlier_ones_answered(kept: Kept) -> None:
    assert await kept.halls.answer_alone("a", Q, "yes") == {"yes": 1}
    assert await kept.halls.answer_alone("b", Q, "no") == {"yes": 1, "no": 1}
    assert await kept.halls.answer_alone("a", Q, "no") == {"no": 2}
    assert await kept.halls.answer_alone("a", "other", "no") == {"no": 1}
    with pytest.raises(HallFull):
        await kept.halls.answer_alone("c", Q, "no")
    assert await kept.halls.answer_alone("b", Q, "yes") == {"yes": 1, "no": 1}
    await kept.let_pass(FORGOTTEN_SECONDS + 1)
    assert await kept.halls.answer_alone("c", Q, "no") == {"no": 1}


async def test_redis_keeps_votes_for_another_process_and_each_key_expires(url: str) -> None:
    one, other, client = RedisHalls(url), RedisHalls(url), Redis.from_url(url)
    code = await hall_of(one, "a")
    await other.ask(code, OpenQuestion(Q))
    await one.vote(code, "a", Q, 1, "yes")
    await one.aclose()
    assert await counts(other, code) == {"yes": 1}
    left = {key: await client.ttl(key) for key in await client.keys()}
    assert left
    assert all(0 < seconds <= FORGOTTEN_SECONDS for seconds in left.values()), left
    await other.aclose()
    await client.aclose()


async def test_a_redis_that_is_gone_is_told_from_a_hall_that_is_gone() -> None:
    halls = RedisHalls("redis://127.0.0.1:1")
    for refused in (
        halls.hall("NOHALL"),
        halls.join("NOHALL", "a"),
        halls.own("NOHALL", "a", Q),
        halls.open(),
        halls.has("NOHALL", "a"),
        halls.was_closed("NOHALL"),
    ):
        with pytest.raises(HallsUnreachable):
            await refused
    await halls.aclose()
