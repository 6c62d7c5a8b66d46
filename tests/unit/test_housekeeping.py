"""Tidying up: once, some time after the last page, and never while pages are being sent."""

import threading

from resnet_edu.ui.serving.housekeeping import Housekeeper, tidy_up


def test_it_tidies_once_when_it_is_quiet_and_again_after_other_pages() -> None:
    tidied = threading.Semaphore(0)
    moments: list[float] = []
    now = 0.0
    came: list[float] = []

    def come() -> None:
        came.append(now)
        keeper.page_is_out()

    def tidy() -> None:
        moments.append(now)
        tidied.release()

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds / 2
        if len(came) < 5:  # another page is sent while it sleeps
            come()
        now += seconds / 2

    keeper = Housekeeper(quiet=20, tidy=tidy, clock=lambda: now, sleep=sleep)
    assert not tidied.acquire(timeout=0.2)  # there has been no visitor
    come()
    assert tidied.acquire(timeout=60)
    assert (len(came), moments) == (5, [came[-1] + 20])
    assert not tidied.acquire(timeout=0.2)
    come()
    assert tidied.acquire(timeout=60)
    assert moments[1:] == [came[-1] + 20]


def test_cycles_are_collected() -> None:
    class Reader:
        """Refers to itself, as sessions do."""

        def __init__(self) -> None:
            self.own = self
            self.gone = threading.Event()

        def __del__(self) -> None:
            gone.set()

    gone = threading.Event()
    Reader()
    tidy_up()
    assert gone.is_set()


def test_it_waits_while_a_hall_is_busy() -> None:
    tidied = threading.Semaphore(0)
    now, looks = 0.0, iter([True, True, False])

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    keeper = Housekeeper(20, tidied.release, lambda: now, sleep, busy=lambda: next(looks))
    keeper.page_is_out()
    assert tidied.acquire(timeout=60)
    assert now == 60
