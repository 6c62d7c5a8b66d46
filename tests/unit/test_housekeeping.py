"""Tidying up: once after the last page of a while, never while pages come."""

import threading
import time

from resnet_edu.ui.serving.housekeeping import Housekeeper, tidy_up


def test_it_tidies_once_when_it_is_quiet_and_again_after_other_pages() -> None:
    tidied = threading.Semaphore(0)
    moments: list[float] = []

    def tidy() -> None:
        moments.append(time.monotonic())
        tidied.release()

    keeper = Housekeeper(quiet=0.2, tidy=tidy)
    assert not tidied.acquire(timeout=0.5)  # nobody has been here
    for _ in range(5):
        keeper.page_is_out()
        last = time.monotonic()
        assert not tidied.acquire(timeout=0.05)
    assert tidied.acquire(timeout=20)
    assert moments[0] >= last + 0.2
    assert not tidied.acquire(timeout=0.5)
    keeper.page_is_out()
    assert tidied.acquire(timeout=20)


def test_cycles_are_collected() -> None:
    class Reader:
        """Knows itself, as sessions do."""

        def __init__(self) -> None:
            self.own = self
            self.gone = threading.Event()

        def __del__(self) -> None:
            gone.set()

    gone = threading.Event()
    Reader()
    tidy_up()
    assert gone.is_set()
