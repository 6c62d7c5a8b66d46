"""What a stream's websocket answers, and what it refuses; nobody else loses anything by it."""

import asyncio
import contextlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from resnet_edu import config
from resnet_edu.bench.server import free_port
from resnet_edu.halls.keys import LecturerKey
from resnet_edu.ui.hall import visitors
from resnet_edu.ui.stream import route, viewers
from resnet_edu.ui.stream.line import Line

SECONDS = 10
AT_ONCE = 100
"""Connections of a crowd that are being opened at the same moment."""
CROWD_SECONDS = 200
KEY = LecturerKey("the-lecturers-key")


class Echo:
    """Says how long a frame was; a frame can be unreadable, make it fail, or have to wait for a gate."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.seen: list[bytes] = []

    def look(self, content: bytes, slot: int) -> Mapping[str, Any]:
        self.seen.append(content)
        if content == b"garbled":
            raise viewers.Unreadable
        if content == b"fault":
            raise ZeroDivisionError
        if content == b"wait":
            assert self.gate.wait(SECONDS)
        return {"length": len(content)}


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def server(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(route, "line", Line(lambda: 1))
    monkeypatch.setattr(visitors, "lecturer_key", lambda: KEY)
    for name in ("one", "two", "three"):
        viewers.put(name, echo)
    port = free_port()
    found = uvicorn.Server(
        uvicorn.Config(Starlette(routes=route.routes()), port=port, log_level="warning", ws="websockets-sansio")
    )
    thread = threading.Thread(target=found.run)
    thread.start()
    while not found.started:
        time.sleep(0.01)
    yield f"127.0.0.1:{port}"
    echo.gate.set()
    found.should_exit = True
    thread.join(20)


class Stream:
    def __init__(self, server: str, name: str = "one", origin: str | None = None, cookie: str = "") -> None:
        self.socket: ClientConnection = connect(
            f"ws://{server}/stream/{name}",
            origin=Origin(origin or f"http://{server}"),
            additional_headers={"Cookie": cookie},
            proxy=None,
            legacy=True,
            ping_interval=None,  # most tests leave it open
        )

    def hear(self, name: str) -> Any:
        """The next message with that name in it."""
        while True:
            message = json.loads(self.socket.recv(SECONDS))
            if name in message:
                return message

    def stands(self, before: int) -> "Stream":
        while self.hear("before")["before"] != before:
            pass
        return self

    def ends(self) -> int:
        """The code with which the server closes."""
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                self.socket.recv(SECONDS)
        assert closed.value.rcvd
        return closed.value.rcvd.code


def test_a_frame_is_answered_with_its_number_and_how_long_it_took(server: str) -> None:
    stream = Stream(server).stands(0)
    for number, content in enumerate((b"a", b"bcd"), 1):
        stream.socket.send(content)
        answer = stream.hear("frame")
        assert (answer["frame"], answer["length"]) == (number, len(content))
        assert answer["held"] >= 0


def test_two_frames_are_looked_at_and_of_those_behind_them_only_the_newest(server: str, echo: Echo) -> None:
    stream = Stream(server).stands(0)
    for content in (b"wait", b"wait"):
        stream.socket.send(content)
        while len(echo.seen) < 2 and content not in echo.seen:
            time.sleep(0.005)
    while len(echo.seen) < 2:
        time.sleep(0.005)
    for content in (b"old", b"older", b"newest"):
        stream.socket.send(content)
    other = Stream(server, "two").stands(1)  # by now the server has read what was sent before
    other.socket.close()
    echo.gate.set()
    assert sorted(stream.hear("frame")["frame"] for _ in range(3)) == [1, 2, 5]
    assert echo.seen == [b"wait", b"wait", b"newest"]


@pytest.mark.parametrize(("name", "origin"), [("nobodys", None), ("one", "http://elsewhere.example"), ("one", "null")])
def test_a_stranger_and_a_foreign_page_are_refused_before_anything_is_read(
    server: str, name: str, origin: str | None
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        Stream(server, name, origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"x" * (route.MESSAGE_BYTES + 1), route.TOO_LARGE),
        (b"garbled", route.UNSUPPORTED),
        ("text", route.UNSUPPORTED),
    ],
    ids=["huge", "garbled", "text"],
)
def test_what_is_no_frame_ends_its_own_stream_and_the_next_in_line_is_on(
    server: str, sent: bytes | str, code: int
) -> None:
    bad, good = Stream(server).stands(0), Stream(server, "two").stands(1)
    bad.socket.send(sent)
    assert bad.ends() == code
    good.stands(0).socket.send(b"good")
    assert good.hear("frame")["length"] == 4


def test_whoever_sends_faster_than_a_camera_is_cut_off(server: str) -> None:
    stream = Stream(server).stands(0)
    with contextlib.suppress(ConnectionClosed):
        for _ in range(20 * route.FRAMES_AT_ONCE):
            stream.socket.send(b"x")
    assert stream.ends() == route.TOO_FAST


def test_frames_of_those_in_line_are_not_looked_at(server: str, echo: Echo) -> None:
    first, second = Stream(server).stands(0), Stream(server, "two").stands(1)
    second.socket.send(b"early")
    first.socket.send(b"mine")
    assert first.hear("frame")["length"] == 4
    assert echo.seen == [b"mine"]


def test_the_lecturer_goes_first(server: str) -> None:
    student = Stream(server).stands(0)
    forged = Stream(server, "two", cookie=f"{visitors.LECTURER}=9999999999.{'0' * 64}").stands(1)
    lecturer = Stream(server, "three", cookie=f"{visitors.LECTURER}={KEY.pass_for()}").stands(0)
    assert student.hear("before") == {"before": 2, "left": None, "behind_lecturer": True}
    lecturer.socket.close()
    forged.stands(0)


def test_a_second_connection_of_a_session_takes_the_first_ones_place(server: str) -> None:
    first = Stream(server).stands(0)
    second = Stream(server).stands(0)
    assert first.hear("no") == {"no": "elsewhere"}
    assert first.ends() == route.DONE
    second.socket.send(b"on")
    assert second.hear("frame")["length"] == 2
    assert len(route.line) == 1


def test_a_fault_of_ours_is_told_and_the_stream_goes_on(server: str, caplog: pytest.LogCaptureFixture) -> None:
    stream = Stream(server).stands(0)
    stream.socket.send(b"fault")
    assert stream.hear("frame")["fault"] is True
    assert "ZeroDivisionError" in caplog.text
    stream.socket.send(b"next")
    assert stream.hear("frame")["length"] == 4


async def crowd(server: str, echo: Echo, size: int) -> Counter[str]:
    """Open ``size`` connections: from sessions of their own, from strangers, and from one session that sends rubbish.

    All stay open until the last has come. Returns how many got each answer.
    """
    told: Counter[str] = Counter()
    openings, all_here = asyncio.Semaphore(AT_ONCE), asyncio.Barrier(size)

    async def come(number: int) -> None:
        kind = number % 3
        name = ("two", f"crowd {number}", f"stranger {number}")[kind]
        if kind == 1:
            viewers.put(name, echo)
        address, origin = f"ws://{server}/stream/{quote(name)}", Origin(f"http://{server}")
        async with contextlib.AsyncExitStack() as connection:
            try:
                async with openings:
                    socket = await connection.enter_async_context(
                        connect_async(address, origin=origin, proxy=None, open_timeout=CROWD_SECONDS)
                    )
                    if kind == 0:
                        await socket.send(b"x" * (route.MESSAGE_BYTES + 1))
                    told[json.loads(await socket.recv()).get("no", "waits")] += 1
            except InvalidStatus as refused:
                told[str(refused.response.status_code)] += 1
            except ConnectionClosed:
                told["closed"] += 1
            await all_here.wait()

    async with asyncio.timeout(CROWD_SECONDS):
        await asyncio.gather(*map(come, range(size)))
    return told


def test_a_crowd_is_told_so_and_whoever_streams_loses_nothing(server: str, echo: Echo) -> None:
    """``STREAM_CROWD`` says how many connections there are; thousands take a minute or two."""
    size = int(os.environ.get("STREAM_CROWD", "300"))
    stream, told = Stream(server).stands(0), []
    rush = threading.Thread(target=lambda: told.append(asyncio.run(crowd(server, echo, size))))
    rush.start()
    sent = 0
    while rush.is_alive() or not sent:
        sent += 1
        stream.socket.send(b"still here")
        assert stream.hear("frame") | {"held": 0} == {"frame": sent, "held": 0, "length": 10}
        with urlopen(f"http://{server}/samples/cat.jpg", timeout=SECONDS) as picture:
            assert picture.status == 200
        rush.join(1 / route.FRAMES_A_SECOND)  # no faster than a stream may be
    assert sum(told[0].values()) == size
    assert told[0]["403"] == size // 3
    assert told[0]["waits"] >= route.MOST_CONNECTIONS - 2
    assert told[0]["full"] >= size // 3 - route.MOST_CONNECTIONS
    Stream(server, "three").stands(1)  # everybody else has gone


def test_whoever_is_on_and_sends_nothing_makes_room(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "SILENT_SECONDS", 0.3)
    silent, other = Stream(server), Stream(server, "two")
    assert silent.hear("no") == {"no": "silent"}
    assert silent.ends() == route.DONE
    other.stands(0)


@pytest.mark.parametrize(("said", "places"), [("3", 3), ("0", 1), ("many", 1), (None, 1)])
def test_the_operator_says_how_many_stream_at_once(
    monkeypatch: pytest.MonkeyPatch, said: str | None, places: int
) -> None:
    monkeypatch.setenv(config.DEVICE.name, "cpu")
    if said is None:
        monkeypatch.delenv(config.STREAMS.name, raising=False)
    else:
        monkeypatch.setenv(config.STREAMS.name, said)
    assert route.streams_at_once.__wrapped__() == places
