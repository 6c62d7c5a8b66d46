"""How a ticket tells those who wait that its task has ended."""

import threading
from pathlib import Path

import pytest

from resnet_edu.vision.engine.protocol import Superseded
from resnet_edu.vision.engine.ticket import TaskOutcome
from tests.contract.jobs import NET, Job


@pytest.fixture
def ticket(tmp_path: Path) -> TaskOutcome:
    return TaskOutcome(Job("task", tmp_path, NET), "session")


def test_who_waits_is_woken_by_the_end(ticket: TaskOutcome) -> None:
    assert not ticket.wait(0)
    waiting = threading.Thread(target=ticket.wait, args=[60])
    waiting.start()
    ticket.end("result")
    waiting.join(20)
    assert not waiting.is_alive()
    assert ticket.wait(0)
    assert ticket.result() == "result"


def test_what_is_to_happen_at_the_end_happens_once_then_or_afterwards_at_once(ticket: TaskOutcome) -> None:
    seen: list[str] = []
    ticket.when_ended(lambda: seen.append(f"first {ticket.result()}"))
    assert not seen
    ticket.end("result")
    ticket.when_ended(lambda: seen.append(f"second {ticket.result()}"))
    assert seen == ["first result", "second result"]


def test_an_error_is_raised_to_whoever_asks_for_the_result(ticket: TaskOutcome) -> None:
    ticket.end(error=Superseded())
    for _ in range(2):
        with pytest.raises(Superseded):
            ticket.result()


def test_there_is_no_result_before_the_end_and_one_end(ticket: TaskOutcome) -> None:
    with pytest.raises(RuntimeError, match="has not ended"):
        ticket.result()
    ticket.end(None)
    with pytest.raises(RuntimeError, match="has ended before"):
        ticket.end(None)
    assert ticket.result() is None
