"""One websocket per phone and lecturer: changes in the hall go out, votes and commands come in."""

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from resnet_edu.halls.choice import halls
from resnet_edu.halls.codes import is_code, typed, voter
from resnet_edu.halls.limits import (
    MESSAGE_BYTES,
    MOST_CONNECTIONS,
    PRESENT_SECONDS,
    VOTES_A_SECOND,
    VOTES_AT_ONCE,
    Allowance,
)
from resnet_edu.halls.protocol import (
    ROUNDS,
    Hall,
    HallError,
    HallFull,
    HallsUnreachable,
    NoSuchHall,
    NotOpen,
    OpenQuestion,
    Whereabouts,
)
from resnet_edu.ui.hall import questions, views, visitors
from resnet_edu.ui.text.language import LANGUAGES

LOOK_SECONDS = 0.2
"""How often a process checks whether another process, or one of its own phones, has changed a hall."""
STARTING_SECONDS = 60.0
"""After a restart, phones may return before the lecturer reopens the hall; unknown codes don't count as guesses."""
MOST_HANDS = 10_000
QUERY_LENGTH = 1_500

log = logging.getLogger(__name__)
PROCESS = secrets.token_hex(4)
_started = time.monotonic()
_votes = Allowance(VOTES_A_SECOND, VOTES_AT_ONCE)


@dataclass(eq=False)
class Connection:
    """A browser's websocket. Only the newest state is sent; a slow connection skips the ones in between."""

    socket: WebSocket
    code: str
    phone: str | None
    language: str
    is_following: bool
    _newest: str = ""
    _last: str = ""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_lecturer(self) -> bool:
        """Return whether it may send commands as well as answers."""
        return self.phone is None

    def show(self, state: str) -> None:
        """Queue this state for sending, unless a newer one replaces it."""
        self._newest = state
        self._news.set()

    async def reply(self, **said: Any) -> None:
        """Reply at once, but send nothing more after a farewell."""
        if not self._last:
            await self.socket.send_text(json.dumps(said))

    def dismiss(self, why: str) -> None:
        """State the reason and close; a phone that has lost its hall reconnects by itself."""
        self._last = json.dumps({"no": why})
        self._news.set()

    async def send(self) -> None:
        """Send queued states until the connection ends."""
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the connection has ended in the meantime
            while True:
                await self._news.wait()
                self._news.clear()
                newest, self._newest = self._newest, ""
                if text := self._last or newest:
                    await self.socket.send_text(text)
                if self._last:
                    await self.socket.close()


class Hub:
    """This process's connections by hall, with one task per hall that notifies them of changes."""

    def __init__(self) -> None:
        self._connections: defaultdict[str, list[Connection]] = defaultdict(list)
        self._changed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._watching: dict[str, asyncio.Task[None]] = {}

    def is_busy(self) -> bool:
        """Return whether anyone is connected."""
        return bool(self._watching)

    def enter(self, connection: Connection) -> None:
        """Start notifying a connection of changes."""
        there = self._connections[connection.code]
        own = [each for each in there if each.phone == connection.phone and not each.is_lecturer]
        if len(own) >= MOST_CONNECTIONS:
            own[0].dismiss("tabs")
            there.remove(own[0])
        there.append(connection)
        self.look(connection.code)
        if connection.code not in self._watching:
            self._watching[connection.code] = asyncio.create_task(self._watch(connection.code))

    def leave(self, connection: Connection) -> None:
        """Remove a connection that has ended."""
        with contextlib.suppress(ValueError):  # already removed: its phone had too many
            self._connections[connection.code].remove(connection)

    def dismiss_all(self, code: str, why: str) -> None:
        """Disconnect everyone from a hall that has ended."""
        self._dismiss(list(self._connections[code]), why)

    def dismiss_phone(self, code: str, phone: str, why: str) -> None:
        """Disconnect a phone in all its tabs."""
        self._dismiss([each for each in self._connections[code] if each.phone == phone], why)

    def _dismiss(self, connections: list[Connection], why: str) -> None:
        for each in connections:
            each.dismiss(why)
            self.leave(each)

    def look(self, code: str) -> None:
        """Have the current state shown to everyone, including those who have just connected; it may have changed."""
        self._changed[code].set()

    async def _watch(self, code: str) -> None:
        """Watch a hall for as long as anyone in it is connected to this process."""
        sent: dict[tuple[bool, str], str] = {}
        known: set[Connection] = set()
        counted: tuple[int, int, float] = (0, 0, 0.0)
        shown: Hall | None = None
        try:
            while there := list(self._connections[code]):
                is_changed = self._changed[code].is_set()
                self._changed[code].clear()
                try:
                    if is_changed or time.monotonic() - counted[2] > PRESENT_SECONDS / 3:
                        counted = await self._count(code, there, counted)
                    hall = await halls().hall(code)
                    if is_changed or hall != shown:  # most looks find neither
                        self._tell(hall, there, sent, known)
                        shown = hall
                except HallsUnreachable as error:
                    log.warning("Halls can't be reached: %s", error)
                    self.look(code)
                    await asyncio.sleep(1)
                except NoSuchHall:
                    self.dismiss_all(code, await _ended(code))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed[code].wait(), LOOK_SECONDS)
                if not self._connections[code]:  # whoever enters while the others are told is seen in the next round
                    counted = (0, 0, 0.0)
                    with contextlib.suppress(HallError):
                        await halls().count(code, PROCESS, 0, 0)
        finally:
            for kept in (self._watching, self._connections, self._changed):
                kept.pop(code, None)

    async def _count(
        self, code: str, there: list[Connection], counted: tuple[int, int, float]
    ) -> tuple[int, int, float]:
        present = {each.phone for each in there if each.phone}
        following = {each.phone for each in there if each.phone and each.is_following}
        now = time.monotonic()
        if counted[:2] == (len(present), len(following)) and now - counted[2] < PRESENT_SECONDS / 3:
            return counted
        await halls().count(code, PROCESS, len(present), len(following))
        return len(present), len(following), now

    @staticmethod
    def _tell(hall: Hall, there: list[Connection], sent: dict[tuple[bool, str], str], known: set[Connection]) -> None:
        """Render each state once for everyone who sees the same, and send it to those who haven't got it yet."""
        states: dict[tuple[bool, str], str] = {}
        for each in there:
            kind = (each.is_lecturer, each.language)
            if kind not in states:
                view = views.for_lecturer if each.is_lecturer else views.for_phone
                states[kind] = json.dumps({"state": view(hall, each.language)}, ensure_ascii=False)
            if each not in known or states[kind] != sent.get(kind):
                each.show(states[kind])
        known.clear()
        known.update(there)
        sent.update(states)


hub = Hub()


async def live(socket: WebSocket) -> None:
    """The websocket route: phones and lecturers stay connected for as long as the page is open."""
    if not visitors.is_from_our_page(socket):
        await socket.close()
        return
    await socket.accept()
    code, language = typed(socket.path_params["code"]), socket.query_params.get("lang", "")
    name = visitors.phone(socket)
    if socket.query_params.get("lead") == "1":
        refused = None if visitors.is_lecturer(socket) else "key"
        phone = None
    else:
        phone = voter(name, code) if name else ""
        refused = await join(code, phone, visitors.address(socket)) if phone else "cookie"
    if refused:
        await socket.send_json({"no": refused})
        await socket.close()
        return
    language = language if language in LANGUAGES else "en"
    await _stay(Connection(socket, code, phone, language, socket.query_params.get("follow") == "1"))


async def join(code: str, phone: str | None, address: str) -> str | None:
    """Admit a phone, or only check that the hall exists; return the reason for a refusal as one word.

    A phone that is in the hall already comes back also where others have used up their address's tries.
    """
    try:
        if not visitors.guesses.has(address) and not (phone and is_code(code) and await halls().has(code, phone)):
            return "slow"
        if not is_code(code):
            raise NoSuchHall(code)
        await (halls().join(code, phone) if phone else halls().hall(code))
    except NoSuchHall:
        if is_code(code) and await _ended(code) == "closed":
            return "closed"
        if time.monotonic() - _started > STARTING_SECONDS:
            visitors.guesses.use(address)
        return "gone"
    except HallFull:
        return "full"
    except HallsUnreachable:
        return "away"
    return None


async def _ended(code: str) -> str:
    """Return why a hall isn't there, as one word."""
    with contextlib.suppress(HallsUnreachable):
        if await halls().was_closed(code):
            return "closed"
    return "gone"


async def _stay(connection: Connection) -> None:
    sending = asyncio.create_task(connection.send())
    hub.enter(connection)
    try:
        await _tell_own(connection)
        while True:
            text = await connection.socket.receive_text()
            if len(text) > MESSAGE_BYTES:
                await connection.socket.close(1009)
                break
            await _take(connection, text)
    except (WebSocketDisconnect, KeyError):  # a binary message has no text
        pass
    finally:
        hub.leave(connection)
        hub.look(connection.code)
        sending.cancel()


async def _tell_own(connection: Connection, how: Any = None) -> None:
    """Send a phone its own earlier answers, from another tab, before a reload, or where it lost count of them."""
    if connection.phone:
        with contextlib.suppress(HallError):
            hall = await halls().hall(connection.code)
            if hall.asked:
                await connection.reply(own=await _own(hall, connection.phone, hall.asked.question))


async def _own(hall: Hall, phone: str, question: str) -> dict[str, Any]:
    """Return what a phone has answered to a question, and in which count of it."""
    rounds = await halls().own(hall.code, phone, question)
    return {"question": question, "count": hall.count_of(question), "rounds": rounds}


async def _take(connection: Connection, text: str) -> None:
    """Handle one message: an object whose only key is the command and whose value is its arguments."""
    try:
        ((wish, how),) = json.loads(text).items()
    except (ValueError, AttributeError, RecursionError):
        await connection.reply(no="message")
        return
    does: Callable[[Connection, Any], Awaitable[None]] | None = COMMANDS.get(wish) if connection.is_lecturer else None
    does = does or ANYONES.get(wish)
    if does is None:
        await connection.reply(no="message")
        return
    try:
        await does(connection, how)
    except NoSuchHall:
        connection.dismiss("gone")
    except HallsUnreachable:
        await connection.reply(no="later")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):  # the last from an infinite number
        await connection.reply(no="message")
    if connection.is_lecturer:
        hub.look(connection.code)


async def _vote(connection: Connection, how: Any) -> None:
    question, number, answer = str(how["question"]), int(how["round"]), str(how["answer"])
    phone = connection.phone
    if not phone or not questions.is_answer(question, answer) or number not in ROUNDS:
        raise ValueError(question)
    vote = {"question": question, "round": number, "answer": answer}
    if not _votes.use(phone):
        await connection.reply(no="later")
        return
    try:
        await halls().vote(connection.code, phone, question, number, answer)
    except NotOpen:
        own = await _own(await halls().hall(connection.code), phone, question)
        if own["rounds"].get(number) == answer:  # counted before; only the reply was lost
            await connection.reply(voted=vote)
        else:
            await connection.reply(no="shut", late=vote, own=own)
    else:
        await connection.reply(voted=vote)


async def _follow(connection: Connection, how: Any) -> None:
    connection.is_following = bool(how)
    hub.look(connection.code)


async def _go(connection: Connection, how: Any) -> None:
    if connection.phone:
        await halls().leave(connection.code, connection.phone)
        hub.dismiss_phone(connection.code, connection.phone, "left")


async def _ping(connection: Connection, how: Any) -> None:
    await connection.reply(pong=how if isinstance(how, int) else 0)


async def _lead(connection: Connection, how: Any) -> None:
    page, query = str(how["page"]), str(how["query"])
    if page not in questions.TITLES or len(query) > QUERY_LENGTH:
        raise ValueError(page)
    stop = questions.stops().get(str(how["stop"]))
    is_covered = stop is not None and stop.covered and not how["seen"]
    followers = (await halls().hall(connection.code)).following
    await halls().lead(connection.code, Whereabouts(page, query, stop.id if stop else "", is_covered, followers))


async def _ask(connection: Connection, how: Any) -> None:
    asked = OpenQuestion(str(how["question"]), int(how["round"]), bool(how["open"]), bool(how["revealed"]))
    if asked.question not in questions.questions() or asked.round not in ROUNDS:
        raise ValueError(asked.question)
    await halls().ask(connection.code, asked)


async def _live(connection: Connection, how: Any) -> None:
    await halls().set_live(connection.code, bool(how))


async def _hands(connection: Connection, how: Any) -> None:
    question, number = str(how["question"]), int(how["round"])
    counts = {str(answer): min(max(int(count), 0), MOST_HANDS) for answer, count in how["counts"].items()}
    if number not in ROUNDS or not all(questions.is_answer(question, answer) for answer in counts):
        raise ValueError(question)
    await halls().hands(connection.code, question, number, counts)


async def _reset(connection: Connection, how: Any) -> None:
    if how not in questions.questions():
        raise ValueError(how)
    await halls().reset(connection.code, how)


async def _end(connection: Connection, how: Any) -> None:
    await halls().close(connection.code)
    hub.dismiss_all(connection.code, "closed")


ANYONES = {"vote": _vote, "own": _tell_own, "follow": _follow, "leave": _go, "ping": _ping}
COMMANDS = {"lead": _lead, "ask": _ask, "live": _live, "hands": _hands, "reset": _reset, "end": _end}
