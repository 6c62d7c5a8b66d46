"""The parts of the load generator that need no server."""

import pytest

from deploy.load.server import DEPLOYED
from deploy.load.session import NotHere, Session, loopback
from deploy.load.tally import Tally
from resnet_edu.paths import PROJECT


@pytest.mark.parametrize(
    "address", ["http://192.0.2.1:8501", "http://localhost:8501", "https://127.0.0.1", "127.0.0.1", ""]
)
def test_only_this_machine_is_put_under_load(address: str) -> None:
    with pytest.raises(NotHere):
        Session(address)
    assert loopback("http://127.0.0.1:8501/gradients") == "http://127.0.0.1:8501"
    assert loopback("http://[::1]:8501") == "http://[::1]:8501"


def test_a_percentile_is_a_time_that_was_measured() -> None:
    tally = Tally()
    assert tally.percentile("open") == float("inf")
    for seconds in range(1, 101):
        tally.add("open", seconds)
    assert [tally.percentile("open", share) for share in (0.5, 0.95, 1.0)] == [50, 95, 100]


@pytest.mark.parametrize(
    ("file", "how"),
    [("Makefile", "\t{} $(BIN)/streamlit"), ("Dockerfile", "ENV {}\n"), ("deploy/README.md", "Environment={}\n")],
)
def test_the_app_under_load_is_set_up_as_it_is_deployed(file: str, how: str) -> None:
    settings = " ".join(f"{name}={value}" for name, value in DEPLOYED.items())
    assert how.format(settings) in (PROJECT / file).read_text(encoding="utf-8")
