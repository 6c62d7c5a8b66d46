"""The parameters page: valid and invalid links, every net, the numbers on screen, the code to copy."""

import csv
import io
import json
from contextlib import redirect_stdout
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from torchvision.models import ResNet50_Weights

from resnet_edu.figures.layer_table import COLUMNS, layer_csv, layer_markdown
from resnet_edu.measure.counting import QUANTITIES, count
from resnet_edu.measure.memory import Optimiser, Precision, training_step
from resnet_edu.nets.published import BY_ID, COMPARED, COUNTED, NETS, Protocol
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control, corrected
from .test_pages import html_of


def hero(at: AppTest) -> dict[str, Any]:
    protos = [element.proto for element in at.get("bidi_component")]
    return next(json.loads(proto.json) for proto in protos if proto.component_name.endswith("bottleneck"))


def figures(at: AppTest) -> list[dict[str, Any]]:
    """Return the plotly figures: where the costs lie, accuracy against cost, a training step."""
    return [json.loads(element.proto.spec) for element in at.get("plotly_chart")]


def test_the_page_opens_with_the_papers_example(open_page: Open) -> None:
    at = open_page("parameters")
    data = hero(at)
    assert data["setting"] == {"channels": 256, "width": 64, "size": 56, "blocks": 1}
    assert not data["equalCost"]
    assert not at.info
    assert any("25,557,032" in text.value for text in at.markdown)


@pytest.mark.parametrize(
    ("parameters", "field", "shown"),
    [
        ({"channels": "255"}, "channels", 256),
        ({"channels": "1e9"}, "channels", 1024),
        ({"width": "nan"}, "width", 64),
        ({"size": "-3"}, "size", 4),
        ({"blocks": "<script>"}, "blocks", 1),
        ({"compare": "cheapest"}, "channels", 256),
        ({"net": "resnet-51"}, "channels", 256),
        ({"net": "highway-19"}, "channels", 256),
        ({"by": "beauty"}, "channels", 256),
        ({"protocol": "cifar100"}, "channels", 256),
        ({"against": "beauty"}, "channels", 256),
        ({"data": "SVHN"}, "channels", 256),
        ({"family": "Inception"}, "channels", 256),
        ({"batch": "100"}, "channels", 256),
        ({"side": "225"}, "channels", 256),
        ({"precision": "int8"}, "channels", 256),
        ({"optimiser": "lion"}, "channels", 256),
        ({"memory": "inf"}, "channels", 256),
    ],
)
def test_a_bad_value_in_the_url_is_mended_with_a_note(
    open_page: Open, parameters: dict[str, str], field: str, shown: int
) -> None:
    at = open_page("parameters", **parameters)
    assert hero(at)["setting"][field] == shown
    assert corrected(at)
    assert not parameters.items() & at.query_params.items()


def test_a_good_link_is_followed_without_a_note(open_page: Open) -> None:
    at = open_page(
        "parameters", compare="same-cost", channels="512", width="128", size="28", blocks="4", net="vgg-16",
        by="kept", protocol="ten-crop", against="multiply_adds", data="ImageNet", family="VGG", batch="64",
        side="448", precision="mixed", optimiser="adam", memory="24",
    )  # fmt: skip
    assert not corrected(at)
    assert hero(at)["equalCost"]
    assert at.selectbox(key="net").value == at.selectbox(key="net_to_fit").value == "vgg-16"
    assert at.number_input(key="memory").value == 24
    step = training_step(BY_ID["vgg-16"].plan().graph, (3, 448, 448), Precision.MIXED)
    assert f"{step.largest_batch(24 * 2**30, Optimiser.ADAM):,}" in html_of(at)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("net", ["resnet-1202", "vgg-16-bn", "densenet-121", "wrn-28-10", "plain-18"])
def test_every_panel_follows_the_net(open_page: Open, net: str, language: str) -> None:
    at = open_page("parameters", net=net, lang=language)
    counted = count(BY_ID[net].plan(), BY_ID[net].spec.shape)
    assert any(f"{counted.total.parameters:,}" in text.value for text in at.markdown)
    assert len(at.dataframe[1].value) == len(counted.rows)
    where, _comparison, _step = figures(at)
    assert where["data"][0]["values"]


def test_choosing_a_net_anywhere_changes_the_whole_page(open_page: Open) -> None:
    at = open_page("parameters", side="448")
    at.selectbox(key="net_to_fit").set_value("resnet-20").run()
    assert at.query_params["net"] == "resnet-20"
    assert "side" not in at.query_params
    assert control(at.selectbox, "net").value == control(at.selectbox, "net_in_layers").value == "resnet-20"
    assert control(at.selectbox, "side").value == 32


def test_a_choice_is_written_to_the_url(open_page: Open) -> None:
    at = open_page("parameters")
    for key, value in {"batch": 256, "precision": Precision.MIXED, "optimiser": Optimiser.ADAM}.items():
        at.selectbox(key=key).set_value(value).run()
        assert at.query_params[key] == str(value)
    at.button_group(key="by").set_value("kept").run()
    assert at.query_params["by"] == "kept"


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_icicles_parts_sum_to_their_wholes(open_page: Open, quantity: str) -> None:
    for net in ("resnet-18", "resnet-1202", "vgg-16"):
        trace = figures(open_page("parameters", net=net, by=quantity))[0]["data"][0]
        values = dict(zip(trace["ids"], trace["values"], strict=True))
        assert len(values) == len(trace["ids"])
        for parent in set(trace["parents"]) - {""}:
            children = [i for i, p in zip(trace["ids"], trace["parents"], strict=True) if p == parent]
            assert sum(values[child] for child in children) == values[parent]
        total = count(BY_ID[net].plan(), BY_ID[net].spec.shape).total
        assert values["net"] == getattr(total, quantity)


@pytest.mark.parametrize("protocol", COMPARED)
def test_a_plot_has_the_nets_of_one_protocol_and_no_other(open_page: Open, protocol: Protocol) -> None:
    plot = figures(open_page("parameters", protocol=protocol, against="multiply_adds"))[1]
    shown = {name: y for trace in plot["data"] for name, y in zip(trace["text"], trace["y"], strict=True)}
    expected = {
        net.name: 100 - result.error
        for net in NETS
        for result in net.results
        if result.protocol is protocol and net.spec and not result.is_bound
    }
    assert shown == pytest.approx(expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_newer_weights_are_drawn_beside_the_first_as_in_torchvisions_metadata(
    open_page: Open, language: str
) -> None:
    at = open_page("parameters", newer="True", against="multiply_adds", lang=language)
    plot = figures(at)[1]
    shown = {name: y for trace in plot["data"] for name, y in zip(trace["text"], trace["y"], strict=True)}
    for weights in (ResNet50_Weights.IMAGENET1K_V1, ResNet50_Weights.IMAGENET1K_V2):
        name = "ResNet-50 (v1.5)" + (" V2" if weights is ResNet50_Weights.IMAGENET1K_V2 else "")
        assert shown[name] == pytest.approx(weights.meta["_metrics"]["ImageNet-1K"]["acc@1"])
    assert any("76.1%" in text.value and "80.9%" in text.value for text in at.caption)
    assert sum(name.endswith("V2") for name in shown) == 6
    assert not any("V2" in json.dumps(trace["text"]) for trace in figures(open_page("parameters"))[1]["data"])


def test_the_table_lists_every_net_and_filters(open_page: Open) -> None:
    assert set(open_page("parameters").dataframe[0].value["net"]) == {net.name for net in NETS}
    rows = open_page("parameters", family="plain", data="CIFAR-10").dataframe[0].value.set_index("net")
    assert rows.loc["plain-110", "error"] is None
    assert "higher than 60%" in rows.loc["plain-110", "citation"]
    resnets = open_page("parameters", family="ResNet", data="CIFAR-10").dataframe[0].value.set_index("net")
    assert "mean 6.61 ± 0.16" in resnets.loc["ResNet-110", "citation"]
    filtered = open_page("parameters", family="VGG", data="ImageNet").dataframe[0].value
    assert set(filtered["net"]) == {"VGG-16", "VGG-19"}
    assert any("family" in info.value for info in open_page("parameters", family="VGG", data="CIFAR-10").info)


def test_both_versions_of_resnet_50_are_explained_with_their_counts(open_page: Open) -> None:
    at = open_page("parameters")
    texts = html_of(at) + " ".join(text.value for text in at.markdown)
    for figure in ("25,690,112", "102,760,448", "77,070,336", "3.858 billion against 4.089 billion", "483 to 427"):
        assert figure in texts


@pytest.mark.parametrize("net", ["resnet-18", "densenet-121"])
def test_the_layer_table_is_whole_as_csv_and_as_markdown(net: str) -> None:
    counted = count(COUNTED[net].plan(), BY_ID[net].spec.shape)
    rows = list(csv.DictReader(io.StringIO(layer_csv(counted))))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(counted.rows) + 1
    for column, total in (("parameters", counted.total.parameters), ("kept_bytes", counted.total.kept)):
        assert sum(int(row[column]) for row in rows[:-1]) == int(rows[-1][column]) == total
    lines = layer_markdown(counted).splitlines()
    assert len(lines) == len(rows) + 2
    assert len({line.count("|") for line in lines}) == 1


def test_the_code_to_copy_prints_what_the_page_shows(open_page: Open) -> None:
    at = open_page("parameters", net="resnet-18", batch="64", optimiser="adam", precision="mixed", side="192")
    printed = io.StringIO()
    with redirect_stdout(printed):
        for code in at.code:
            exec(compile(code.value, "snippet", "exec"), {})
    step = training_step(BY_ID["resnet-18"].plan().graph, (3, 192, 192), Precision.MIXED)
    assert f"peak of a training step {step.peak(64, Optimiser.ADAM).total:,} bytes" in printed.getvalue()
    assert "parameters 11,689,512" in printed.getvalue()


def test_opening_the_page_builds_no_weights(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError

    monkeypatch.setattr("resnet_edu.nets.graph_net.GraphNet.__init__", refuse)
    monkeypatch.setattr("torchvision.models.get_model", refuse)
    open_page("parameters", net="resnet-152-v1-5")
