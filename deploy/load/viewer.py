"""What a viewer does in the lecture, and checks that each action had its effect."""

import asyncio
import base64
import hashlib
import io
import random
import time
from collections.abc import Awaitable, Callable
from html import escape

import numpy as np
from PIL import Image

from deploy.load.session import Broken, Session
from deploy.load.tally import Tally
from resnet_edu.ui.shell.navigation import PAGES

QUESTIONS = {page.id: page.question for page in PAGES}
DEPTHS = (20, 32, 44, 56, 68, 80, 92, 104)
SAMPLES = ("cat", "rocket", "horse", "coffee", "astronaut")
QUANTITIES = ("weight_gradient", "relative_gradient", "trunk_gradient", "input_gradient", "output_std")
PICTURE = (640, 480)
IN_LINE = "In line:"
"""Start of the notice that shows a place in the queue."""
UNTOLD_SECONDS = 2.0
"""Longest wait for an answer without a notice that says why."""

Action = Callable[["Viewer"], Awaitable[None]]


class Viewer:
    """A session with random choices of its own; every step is timed until its content is on the page."""

    def __init__(self, address: str, tally: Tally, seed: int) -> None:
        self.session = Session(address)
        self.tally = tally
        self.random = random.Random(seed)
        self.seed = seed
        self.failed = False

    async def steps(self, *steps: Action, over: float = 0.0) -> bool:
        """Take the steps at random moments within ``over`` seconds; if one fails, count it and return False."""
        moments = sorted(self.random.uniform(0, over) for _ in steps)
        began = time.perf_counter()
        try:
            for step, moment in zip(steps, moments, strict=True):
                await asyncio.sleep(max(0.0, began + moment - time.perf_counter()))
                await step(self)
        except Broken as error:
            self.tally.errors.append(f"{getattr(step, '__name__', step)}: {error}")
            self.failed = True
            return False
        return True

    async def leave(self) -> None:
        """Close the tab. A session that was lost after the last step counts as an error too."""
        if self.session.broken and not self.failed:
            self.tally.errors.append(f"after the last step: {self.session.broken}")
        await self.session.leave()

    async def timed(
        self, kind: str, action: Awaitable[None], content: Callable[[], bool], *, whole: bool = True
    ) -> float:
        """Time an action until its content, or the whole page, is there; add the seconds to the tally."""
        started = time.perf_counter()
        await action
        await self.session.until(content, whole=whole)
        seconds = time.perf_counter() - started
        self.tally.add(kind, seconds)
        return seconds

    def asks(self, page: str) -> bool:
        """Return whether the page with this lesson's question has arrived."""
        return self.session.says(f"<h1>{escape(QUESTIONS[page])}</h1>")

    async def open_link(self) -> None:
        """Open the lecturer's link: the gradients page at a random depth."""
        depth = self.random.choice(DEPTHS)
        page = self.session.open(f"/gradients?preset=textbook&depth={depth}")
        await self.timed("open", page, lambda: self.asks("gradients") and self._depth() == depth)

    async def drag(self) -> None:
        """Choose another depth; the address follows."""
        depth = self.random.choice([each for each in DEPTHS if f"depth={each}" not in self.session.query])
        change = self.session.set_state("gradients", position=depth)
        await self.timed("change", change, lambda: self._depth() == depth and f"depth={depth}" in self.session.query)

    async def switch(self) -> None:
        """Choose another quantity in the same figure."""
        chosen = self.random.choice([each for each in QUANTITIES[1:] if f"quantity={each}" not in self.session.query])
        change = self.session.press("quantity", QUANTITIES.index(chosen))
        await self.timed("change", change, lambda: self.session.data("gradients").get("quantity") == chosen)

    async def look(self) -> None:
        """Look at a net's answer to a sample picture and its attributions, both already cached by the server."""
        await look_at(self.random.choice(SAMPLES))(self)

    async def compare(self) -> None:
        """Put all maps on one colour scale, which runs only the fragment."""
        change = self.session.press("range", 1)
        await self.timed("change", change, lambda: self.session.data("attributions").get("shared") is True)

    async def go_to_uploads(self) -> None:
        """Open the inference page, ready for an upload."""
        page = self.session.follow("inference", {"source": "upload"})
        await self.timed("open", page, lambda: self.asks("inference") and "upload" in self.session.widgets)

    async def upload(self) -> None:
        """Upload a new picture; wait for the net's answer to exactly this picture, then for the rest of the page."""
        content = picture(self.seed, self.random)
        digest = sha256(content)
        sent = {"name": "holiday.jpg", "content": base64.b64encode(content).decode()}
        given = self.session.trigger("upload", "picture", sent)

        def is_answered() -> bool:
            return str(self.session.data("bars").get("key")).endswith(digest)

        seconds = await self.timed("upload", given, is_answered, whole=False)
        told = self.session.notices
        self.tally.in_line += any(notice.startswith(IN_LINE) for notice in told)
        if seconds > UNTOLD_SECONDS and not told:
            raise Broken(f"waited {seconds:.1f} s for an answer and was not told why")
        await self.session.until(is_answered)

    def _depth(self) -> int | None:
        return self.session.data("gradients").get("position")

    def has_answer(self) -> bool:
        """Return whether the five most probable classes have arrived."""
        return len(self.session.data("bars").get("rows", ())) == 5

    def maps(self) -> int:
        """Return how many attributions have arrived."""
        return sum(each["map"] is not None for each in self.session.data("attributions").get("maps", ()))


def look_at(sample: str) -> Action:
    """Return the step that opens the inference page with a sample and four attributions."""

    async def look(viewer: Viewer) -> None:
        page = viewer.session.follow("inference", {"sample": sample, "view": "attributions"})
        await viewer.timed(
            "open", page, lambda: viewer.asks("inference") and viewer.has_answer() and viewer.maps() == 4
        )

    return look


LECTURE: tuple[Action, ...] = (Viewer.drag, Viewer.switch, Viewer.look, Viewer.compare)
"""The steps after the arrival, which opens the link."""
OWN_PICTURE: tuple[Action, ...] = (Viewer.go_to_uploads, Viewer.upload)


def picture(seed: int, chance: random.Random, size: tuple[int, int] = PICTURE) -> bytes:
    """A JPEG, by default as large as a small photograph, of random blobs, like no other."""
    noise = np.random.default_rng((seed, chance.getrandbits(32))).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(content, "JPEG", quality=90)
    return content.getvalue()


def sha256(content: bytes) -> str:
    """Return the digest by which the app identifies a picture."""
    return hashlib.sha256(content).hexdigest()
