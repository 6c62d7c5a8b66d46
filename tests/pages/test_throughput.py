"""The throughput view: measured on demand, for several nets, in a precision that the device supports."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from resnet_edu.ui.inference import throughput
from resnet_edu.ui.text.language import LANGUAGES
from resnet_edu.vision.catalogue import Source, catalogue
from resnet_edu.vision.throughput import Speed

from .conftest import Open

OURS = [net.id for net in catalogue().nets.values() if net.source is Source.OURS][: throughput.MOST_NETS]


def measured(at: AppTest) -> AppTest:
    at.button(key="measure").click().run()
    for _ in range(400):
        if len(at.get("plotly_chart")) and not at.info:
            return at
        at.run()
    pytest.fail("the measurement did not end")


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_chosen_nets_are_measured_and_drawn(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(throughput, "BATCHES", (1, 2))
    at = measured(open_page("inference", view="throughput", against=",".join(OURS), lang=language))
    figure = json.loads(at.get("plotly_chart")[0].proto.spec)
    lines = [trace for trace in figure["data"] if trace["mode"] == "lines+markers"]
    assert [trace["name"] for trace in lines] == [catalogue().nets[net].title for net in OURS]
    table = next(text.value for text in at.markdown if text.value.startswith("| "))
    assert len(table.splitlines()) == 2 + 2 * len(OURS)
    assert not at.exception


def test_nothing_is_measured_before_one_asks(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "ask", lambda *args: pytest.fail("the device was kept busy"))
    at = open_page("inference", view="throughput", precision="bfloat16", against="nonsense,cifar10-residual-20")
    assert at.multiselect(key="against").value == ["cifar10-residual-20"]
    assert at.button_group(key="precision").value == "bfloat16"
    assert at.query_params["against"] == "cifar10-residual-20"
    at = open_page("inference", view="throughput", precision="int3")
    assert at.button_group(key="precision").value == "float32"
    assert "precision" not in at.query_params


@pytest.mark.parametrize(("batches", "told"), [((1,), 0), ((1, 2), 1)])
def test_only_a_net_that_stops_early_is_said_to(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, batches: tuple[int, ...], told: int
) -> None:
    monkeypatch.setattr(throughput, "BATCHES", batches)
    monkeypatch.setattr(Speed, "is_last", True)
    at = measured(open_page("inference", view="throughput", against=OURS[0]))
    assert sum("larger batches" in caption.value for caption in at.caption) == told
