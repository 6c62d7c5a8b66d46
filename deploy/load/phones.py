"""Phones of a class: each keeps a websocket, follows, votes and reconnects by itself, as the app's script does."""

import asyncio
import contextlib
import json
import random
import secrets
import time
from typing import Any

import requests
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

from deploy.load.session import loopback
from deploy.load.tally import Tally

SECONDS = 60.0
PAUSE_SECONDS = 0.3
BEAT_SECONDS = 10.0
"""Of silence, give or take a quarter; then a phone asks whether the server is there, as client.js does."""
BEAT = -2
MOST_PAUSE_SECONDS = 8.0


class Phone:
    """A phone that has joined ``code``; with a lecturer's cookie it is the lecturer's."""

    def __init__(self, address: str, code: str, tally: Tally, lecturer: str = "") -> None:
        self.address = loopback(address)
        self.code = code
        self.tally = tally
        self.state: dict[str, Any] = {}
        self.returns = 0
        self._how = "lead=1" if lecturer else "follow=0"
        self._cookie = lecturer or f"resnet_edu_phone={secrets.token_urlsafe(16)}"
        self._socket: ClientConnection | None = None
        self._vote: dict[str, Any] | None = None
        self._voted_at = 0.0
        self._pong = -1
        self._heard_at = 0.0
        self._news = asyncio.Event()
        self._staying: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, and stay connected until ``stop``."""
        self._staying = asyncio.create_task(self._stay())

    async def stop(self) -> None:
        """Close the page."""
        if self._staying:
            self._staying.cancel()
            await asyncio.gather(self._staying, return_exceptions=True)
        if self._socket:
            await self._socket.close()

    async def until(self, what: str, is_so: Any, since: float | None = None) -> bool:
        """Wait for a state; if ``since`` is given, add the time from that moment to the tally as ``what``."""
        try:
            async with asyncio.timeout(SECONDS):
                while not (self.state and is_so(self.state)):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self.tally.errors.append(f"{what}: not after {SECONDS:.0f} s")
            return False
        if since is not None:
            self.tally.add(what, time.perf_counter() - since)
        return True

    async def say(self, **message: Any) -> None:
        """Send a lecturer's command."""
        assert self._socket
        await self._socket.send(json.dumps(message))

    async def vote(self, question: str, number: int, answer: str) -> None:
        """Vote, and wait until the vote is counted, across any number of lost connections."""
        self._vote, self._voted_at = {"question": question, "round": number, "answer": answer}, time.perf_counter()
        if self._socket:
            with contextlib.suppress(ConnectionClosed):  # sent again after reconnecting
                await self._socket.send(json.dumps({"vote": self._vote}))
        await self.until("a vote to its count", lambda _: self._vote is None)

    async def ping(self, number: int) -> None:
        """Ask whether the connection lives, and wait for the answer."""
        assert self._socket
        await self._socket.send(json.dumps({"ping": number}))
        await self.until("a ping to its answer", lambda _: self._pong == number)

    async def _stay(self) -> None:
        tries = 0
        while True:
            try:
                async with connect(
                    f"{self.address.replace('http', 'ws', 1)}/halls/{self.code}/live?lang=en&{self._how}",
                    origin=Origin(self.address),
                    additional_headers={"Cookie": self._cookie},
                    proxy=None,
                    open_timeout=SECONDS,
                ) as self._socket:
                    tries = 0
                    if self._vote:
                        await self._socket.send(json.dumps({"vote": self._vote}))
                    beating = asyncio.create_task(self._beat(self._socket))
                    try:
                        async for text in self._socket:
                            self._heard_at = time.monotonic()
                            self._take(json.loads(text))
                    finally:
                        beating.cancel()
            except (OSError, InvalidHandshake, TimeoutError, ConnectionClosed):
                pass
            self._socket = None
            self.returns += 1
            pause = min(MOST_PAUSE_SECONDS, PAUSE_SECONDS * 2**tries)
            await asyncio.sleep(pause * (0.5 + random.random() / 2))
            tries += 1

    async def _beat(self, socket: ClientConnection) -> None:
        while True:
            silence = BEAT_SECONDS * random.uniform(0.75, 1.25)
            await asyncio.sleep(max(0.1, self._heard_at + silence - time.monotonic()))
            if time.monotonic() - self._heard_at > 0.7 * BEAT_SECONDS:
                await socket.send(json.dumps({"ping": BEAT}))

    def _take(self, message: dict[str, Any]) -> None:
        if "state" in message:
            self.state = message["state"]
        elif "voted" in message and message["voted"] == self._vote:
            self.tally.add("a vote to its count", time.perf_counter() - self._voted_at)
            self._vote = None
        elif "pong" in message:
            self._pong = message["pong"]
        elif message.get("no") not in (None, "later"):
            self.tally.errors.append(f"refused: {message['no']}")
        self._news.set()


def enter(address: str, key: str) -> tuple[str, str]:
    """Log in as the lecturer; return the cookie for the key and the code of a new class."""
    with requests.Session() as http:
        http.trust_env = False
        headers = {"Origin": address}
        http.post(f"{address}/lecturer", json={"key": key}, headers=headers, timeout=SECONDS).raise_for_status()
        opened = http.post(f"{address}/halls", json={}, headers=headers, timeout=SECONDS)
        opened.raise_for_status()
        return "; ".join(f"{each.name}={each.value}" for each in http.cookies), opened.json()["code"]


def counted(address: str, code: str, cookie: str) -> dict[tuple[str, int], int]:
    """Return how many phones answered in each round, from the CSV of answers."""
    table = requests.get(f"{address}/halls/{code}/answers.csv", headers={"Cookie": cookie}, timeout=SECONDS)
    table.raise_for_status()
    found: dict[tuple[str, int], int] = {}
    for line in table.text.splitlines()[1:]:
        question, number, _, phones, _ = line.split(",")
        found[question, int(number)] = found.get((question, int(number)), 0) + int(phones)
    return found
