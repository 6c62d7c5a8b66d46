"""A slow line that needs no clock: what the server answers is held back until later clicks have been sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from .accessible import NEXT_FRAMES, settled

BEHIND = 2
"""An answer arrives after so many further clicks."""
MOST_FRAMES = 5_000


class HeldAnswers:
    """A page's connection to the server, opened anew."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._asked = 0
        self._is_answered = True
        self._held: list[list[str | bytes]] | None = None
        """The messages of each answer that the page has not been given; None to give it all at once."""
        page.route_web_socket(lambda url: "/_stcore/stream" in url, self._connect)
        page.reload()
        page.locator("footer.lesson").wait_for()
        settled(page)

    def click(self, *targets: Locator) -> None:
        """Click one after another, each when the server has finished its answer to the last; then come to rest."""
        self._held = [[]]
        for place in range(len(targets)):
            asked = self._asked
            targets[place].click()
            self._until(lambda: self._asked > asked and self._is_answered)  # noqa: B023  # called at once
            if place >= BEHIND:
                self._give(self._held.pop(0))
        for answer in self._held:
            self._give(answer)
        self._held = None
        settled(self._page)
        self._until(lambda: self._is_answered)
        settled(self._page)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Hold back everything that the server says meanwhile."""
        self._held = [[]]
        yield
        self._until(lambda: self._is_answered)
        for answer in self._held:
            self._give(answer)
        self._held = None
        settled(self._page)

    def give_beginning(self) -> None:
        """Give what says that a run has begun to take up the latest question, and wait for the rest of it."""
        assert self._held is not None
        self._until(lambda: self._held is not None and len(self._held) > 1)
        begun = next(place for place, each in enumerate(self._held[0]) if _is(each, "new_session")) + 1
        self._give(self._held[0][:begun])
        self._held[0] = self._held[0][begun:]

    def give_rest(self) -> None:
        """Give the rest of what answers the earliest question."""
        assert self._held is not None
        self._give(self._held.pop(0))

    def break_off(self) -> None:
        """Lose the connection; Streamlit makes a new one, whose messages are held back like those of the old one."""
        self._is_answered = False
        self._route.close()

    def _connect(self, route: WebSocketRoute) -> None:
        self._route, self._server = route, route.connect_to_server()
        route.on_message(self._send)
        self._server.on_message(self._receive)

    def _send(self, message: str | bytes) -> None:
        if isinstance(message, bytes) and BackMsg.FromString(message).WhichOneof("type") == "rerun_script":
            self._asked += 1
            self._is_answered = False
        self._server.send(message)

    def _receive(self, message: str | bytes) -> None:
        if self._held is None:
            self._route.send(message)
        else:
            self._held[-1].append(message)
        if isinstance(message, bytes) and _ends_a_run(ForwardMsg.FromString(message)):
            self._is_answered = True
            if self._held is not None:
                self._held.append([])

    def _give(self, answer: list[str | bytes]) -> None:
        for message in answer:
            self._route.send(message)

    def _until(self, condition: Callable[[], bool]) -> None:
        for frame in count():
            if condition():
                return
            if frame == MOST_FRAMES:
                pytest.fail("the server does not answer")
            self._page.evaluate(NEXT_FRAMES)  # messages are taken meanwhile


def _is(message: str | bytes, kind: str) -> bool:
    return isinstance(message, bytes) and ForwardMsg.FromString(message).WhichOneof("type") == kind


def _ends_a_run(message: ForwardMsg) -> bool:
    early = ForwardMsg.FINISHED_EARLY_FOR_RERUN
    return message.WhichOneof("type") == "script_finished" and message.script_finished != early
