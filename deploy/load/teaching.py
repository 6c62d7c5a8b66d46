"""What a student does who teaches the net two classes, and how long it takes until a word or the result is there."""

import base64
import json
import time
from collections.abc import Awaitable, Callable

from deploy.load.viewer import Action, Viewer, picture

CAMERA = "teach camera"
SIDE = 256
"""As the page's script sends what the camera sees."""
PICTURES = 20
"""A class."""
UNTOLD = "until the student knows more"


async def open_own(viewer: Viewer) -> None:
    """The page, ready for pictures of one's own."""
    page = viewer.session.open("/teach?pictures=own")
    await _timed(viewer, "open", page, lambda: viewer.asks("teach") and CAMERA in viewer.session.widgets)


def collect(label: int) -> Action:
    """The step that chooses a class and holds the camera's button for two seconds."""

    async def collect_one(viewer: Viewer) -> None:
        session = viewer.session
        if label:
            chosen = session.press("class", label)
            await _timed(viewer, "choose a class", chosen, lambda: session.data("shots").get("tiles") == [])
        shots = [picture(viewer.seed, viewer.random, (SIDE, SIDE)) for _ in range(PICTURES)]
        sent = session.trigger(CAMERA, "shots", json.dumps([base64.b64encode(shot).decode() for shot in shots]))
        await _timed(viewer, "collect", sent, lambda: len(session.data("shots").get("tiles", ())) == PICTURES)

    return collect_one


async def learn(viewer: Viewer) -> None:
    """Press the button, until every picture stands in the table."""
    session = viewer.session

    def is_there() -> bool:
        return sum(map(sum, session.data("confusion").get("counts", ()))) == 2 * PICTURES

    await _timed(viewer, "learn", session.click("learn"), is_there)


async def _timed(viewer: Viewer, kind: str, action: Awaitable[None], content: Callable[[], bool]) -> None:
    """As ``Viewer.timed``; also how long nothing was there, neither the content nor a word on what it waits for."""
    session, started = viewer.session, time.perf_counter()
    await action
    await session.until(lambda: content() or bool(session.notices), whole=False)
    viewer.tally.add(UNTOLD, time.perf_counter() - started)
    await session.until(content)
    viewer.tally.add(kind, time.perf_counter() - started)


TEACHING: tuple[Action, ...] = (open_own, collect(0), collect(1), learn)
