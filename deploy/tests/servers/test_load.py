"""The load generator: it walks through the lecture, and never takes a failure for an answer."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.load.server import running
from deploy.load.session import Broken, Session
from deploy.load.tally import Tally
from deploy.load.viewer import LECTURE, OWN_PICTURE, Viewer
from resnet_edu.bench.server import free_port, launch, wait_for_health

FAULTY = """
import streamlit as st
st.html("<h1>A lesson</h1>")
match st.query_params.get("fault"):
    case "exception":
        raise ZeroDivisionError
    case "error":
        st.error("That went wrong on our side.")
    case "page":
        st.stop()
"""

Faulty = tuple[str, subprocess.Popen[bytes]]


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Faulty]:
    """Run a server whose page fails as its URL asks."""
    script = tmp_path / "faulty.py"
    script.write_text(FAULTY, encoding="utf-8")
    port = free_port()
    process = launch(script, port)
    try:
        wait_for_health(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait(20)


def test_a_viewer_walks_the_whole_lecture() -> None:
    tally = Tally()

    async def attend(address: str) -> None:
        viewer = Viewer(address, tally, seed=1)
        await viewer.steps(Viewer.open_link, *LECTURE, *OWN_PICTURE)
        await viewer.leave()

    with running() as server:
        asyncio.run(attend(server.address))
    assert tally.errors == []
    assert {kind: len(found) for kind, found in tally.seconds.items()} == {"open": 3, "change": 3, "upload": 1}


def test_whatever_goes_wrong_is_an_error_however_fast_it_came(faulty: Faulty) -> None:
    address, process = faulty

    async def see(path: str, wanted: str = "<h1>A lesson</h1>", then: Callable[[], object] = lambda: None) -> None:
        async with Session(address) as session:
            await session.open(path)
            await session.until(lambda: session.says(wanted), seconds=5)
            then()
            await session.until(lambda: False, seconds=5)

    def kill() -> None:
        process.kill()
        process.wait(20)

    async def all_of_them() -> None:
        for path, complaint in (("/?fault=exception", "exception"), ("/?fault=error", "error shown: That went wrong")):
            with pytest.raises(Broken, match=complaint):
                await see(path)
        with pytest.raises(Broken, match="not there after 5 s, 1 runs finished"):
            await see("/", "<h1>Another lesson</h1>")
        with pytest.raises(Broken, match="lost"):
            await see("/", then=kill)
        with pytest.raises(Broken, match="Connection refused"):
            await see("/")

    asyncio.run(all_of_them())
