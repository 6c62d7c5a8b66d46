"""Every task that needs a net, on the device as the engine runs it, against float32 on the CPU."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from resnet_edu.measure.identity import Insert
from resnet_edu.nets.block_options import Order
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.teaching.collection import Shot
from resnet_edu.teaching.features import ExtractFeatures, Features
from resnet_edu.teaching.tasks import LookedAt
from resnet_edu.vision.arithmetic import WorkOut
from resnet_edu.vision.attribution.faithfulness import Verify
from resnet_edu.vision.attribution.method import Options
from resnet_edu.vision.attribution.randomisation import Randomise
from resnet_edu.vision.attribution.task import STAGE_METHODS, Attribute, CamStages, available
from resnet_edu.vision.catalogue import Net, catalogue, load
from resnet_edu.vision.context import LookAtParts, LookAtScales
from resnet_edu.vision.deepened import Deepen
from resnet_edu.vision.effective_field import MeasureField
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import AnyTask, Loaded
from resnet_edu.vision.feature_maps import LookAt, SurveyLayers
from resnet_edu.vision.inside_block import TakeApart
from resnet_edu.vision.journey import FollowPicture
from resnet_edu.vision.knocked_out import Without
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import SAMPLES, sample_picture
from resnet_edu.vision.streamed import Glance
from resnet_edu.vision.turned_down import TurnDown, fitted
from tests.contract.jobs import finish

from .likeness import PROBABILITY, maps_agree, pictures_agree, scores_agree

SMALL = catalogue().nets["cifar10-residual-20"]
LARGE = catalogue().nets["tiny-imagenet-resnet18"]
DOG = sample_picture("dog")
FEW = Options(steps=8, samples=8)
BOTH = pytest.mark.parametrize("net", [SMALL, LARGE], ids=lambda net: net.id)
OFF = frozenset({"layer2.1"})


@pytest.fixture(scope="module")
def answers(engine: LocalEngine) -> Callable[[Any], tuple[Any, Any]]:
    """Runs a task on both; returns the device's result, then the CPU's."""
    nets = {net: Loaded(net, load(net), torch.device("cpu")) for net in (SMALL, LARGE)}

    def both(task: Any) -> tuple[Any, Any]:
        return finish(engine.submit(task, "s")), task.run(nets[task.net])

    return both


@BOTH
@pytest.mark.parametrize("sample", [sample.id for sample in SAMPLES])
def test_a_prediction(answers: Callable[[AnyTask], Any], net: Net, sample: str) -> None:
    found, expected = answers(Predict(net, sample_picture(sample)))
    scores_agree(found.top, expected.top)
    assert not found.note


@BOTH
def test_an_answer_without_some_blocks(answers: Callable[[AnyTask], Any], net: Net) -> None:
    found, expected = answers(Without(net, DOG, OFF))
    scores_agree(found.top, expected.top)


@pytest.mark.parametrize("task", [LookAtParts, LookAtScales])
def test_parts_of_a_picture_and_other_scales(
    answers: Callable[[AnyTask], Any], task: type[LookAtParts] | type[LookAtScales]
) -> None:
    found, expected = answers(task(LARGE, DOG))
    assert found.tops.keys() == expected.tops.keys()
    for part, steps in found.tops.items():
        for top, other in zip(steps, expected.tops[part], strict=True):
            scores_agree(top, other)


@BOTH
@pytest.mark.parametrize("off", [frozenset(), OFF], ids=["whole", "knocked out"])
def test_a_pictures_way_through_the_net(answers: Callable[[AnyTask], Any], net: Net, off: frozenset[str]) -> None:
    found, expected = answers(FollowPicture(net, DOG, off))
    scores_agree(found.prediction.top, expected.prediction.top)
    for stop, other in zip(found.stops, expected.stops, strict=True):
        assert (stop.map.shape, stop.off) == (other.map.shape, other.off)
        if stop.map.channel == other.map.channel:  # two channels may vary equally
            pictures_agree(stop.map.picture, other.map.picture)


@BOTH
def test_all_layers_in_figures(answers: Callable[[AnyTask], Any], net: Net) -> None:
    found, expected = answers(SurveyLayers(net, DOG))
    for layer, other in zip(found.layers, expected.layers, strict=True):
        assert layer.shape == other.shape
        assert [layer.low, layer.high] == pytest.approx([other.low, other.high], rel=0.05, abs=0.05)
    for block, other in zip(found.responses, expected.responses, strict=True):
        assert (block.residual, block.shortcut, block.ratio) == pytest.approx(
            (other.residual, other.shortcut, other.ratio), rel=0.03
        )


@BOTH
@pytest.mark.parametrize("layer", ["layer1.0", "layer2.1", "layer3.1"])
def test_feature_maps(answers: Callable[[AnyTask], Any], net: Net, layer: str) -> None:
    found, expected = answers(LookAt(net, DOG, layer))
    pictures_agree(found.picture, expected.picture)
    for values, others in ((found.mean, expected.mean), (found.variance, expected.variance)):
        maps_agree(values, others)


@BOTH
def test_what_a_unit_looks_at(answers: Callable[[AnyTask], Any], net: Net) -> None:
    found, expected = answers(MeasureField(net, DOG, "layer2.0", 0, 3, 3))
    assert found.value == pytest.approx(expected.value, rel=0.02, abs=0.02)
    maps_agree(found.strength, expected.strength)


@BOTH
def test_a_block_taken_apart(answers: Callable[[AnyTask], Any], net: Net) -> None:
    found, expected = answers(TakeApart(net, DOG, "layer1.1", 4))
    maps_agree(found.branches.shortcut, expected.branches.shortcut)
    maps_agree(found.branches.residual, expected.branches.residual)


@BOTH
@pytest.mark.parametrize("operation", ["layer2.0.conv2", "layer2.0.bn1"])
def test_the_arithmetic_of_a_number(answers: Callable[[AnyTask], Any], net: Net, operation: str) -> None:
    found, expected = answers(WorkOut(net, DOG, "layer2.0", operation, (3, 4, 5)))
    maps_agree(found.map, expected.map)
    assert found.terms.value == pytest.approx(found.value, rel=0.01, abs=0.01)  # TF32 rounds its factors


@pytest.mark.parametrize("spec", [BlockSpec(), BlockSpec(order=Order.FULL_PRE_ACTIVATION)], ids=["own", "fresh"])
def test_a_residual_turned_down(answers: Callable[[AnyTask], Any], spec: BlockSpec) -> None:
    found, expected = answers(TurnDown(SMALL, DOG, (2, 1), fitted(spec, 32)))
    maps_agree(found.branches.shortcut, expected.branches.shortcut)
    maps_agree(found.branches.residual, expected.branches.residual)


@pytest.mark.parametrize("insert", [Insert.FRESH_BLOCKS, Insert.ZERO])
def test_a_deepened_net(answers: Callable[[AnyTask], Any], insert: Insert) -> None:
    found, expected = answers(Deepen(SMALL, (DOG, sample_picture("cat")), insert, 2, most=2))
    assert found.classes[0] == expected.classes[0]
    for probabilities, others in zip(found.probabilities, expected.probabilities, strict=True):
        assert probabilities == pytest.approx(others, abs=PROBABILITY)


@pytest.mark.parametrize(("net", "name"), [(net, name) for net in (SMALL, LARGE) for name in available(net)])
def test_an_attribution(answers: Callable[[AnyTask], Any], net: Net, name: str) -> None:
    found, expected = answers(Attribute(net, DOG, name, 3, FEW))
    maps_agree(found.values, expected.values)
    if found.hirescam is not None:
        assert found.hirescam == pytest.approx(expected.hirescam, abs=0.01, nan_ok=True)
    if found.completeness:
        assert found.completeness.total == pytest.approx(expected.completeness.total, rel=0.02, abs=0.02)


def test_why_one_class_and_not_another(answers: Callable[[AnyTask], Any]) -> None:
    found, expected = answers(Attribute(LARGE, DOG, "saliency", 3, Options(against=7)))
    maps_agree(found.values, expected.values)


@pytest.mark.parametrize("method", STAGE_METHODS)
def test_class_activation_maps_of_every_stage(answers: Callable[[AnyTask], Any], method: str) -> None:
    for found, expected in zip(*answers(CamStages(SMALL, DOG, 3, method)), strict=True):
        maps_agree(found.values, expected.values)


def test_the_check_of_a_map_against_random_weights(answers: Callable[[AnyTask], Any]) -> None:
    found, expected = answers(Randomise(SMALL, DOG, "grad-cam", 3))
    maps_agree(found.maps[0], expected.maps[0])
    assert found.correlations == pytest.approx(expected.correlations, abs=0.05, nan_ok=True)


@pytest.mark.parametrize("method", ["grad-cam", "random-patches"])
def test_how_faithful_a_map_is(answers: Callable[[AnyTask], Any], method: str) -> None:
    found, expected = answers(Verify(SMALL, DOG, method, 3))
    for curve, other in ((found.deletion, expected.deletion), (found.insertion, expected.insertion)):
        assert curve.area == pytest.approx(other.area, abs=PROBABILITY)
    assert found.infidelity == pytest.approx(expected.infidelity, rel=0.05)
    assert found.sensitivity == pytest.approx(expected.sensitivity, rel=0.1, abs=0.01)


@pytest.mark.parametrize("untrained", [False, True], ids=["trained", "untrained"])
@BOTH
def test_features_of_own_pictures(answers: Callable[[AnyTask], Any], net: Net, untrained: bool) -> None:
    shots = tuple(Shot.of(sample_picture(sample.id).image) for sample in SAMPLES[:3])
    found, expected = answers(ExtractFeatures(net, shots, untrained))
    assert list(found.stages) == list(expected.stages)
    for values, others in zip(*map(_rows, (found, expected)), strict=True):
        maps_agree(values, others)


def _rows(features: Features) -> list[torch.Tensor]:
    return [*features.stages.values(), features.last, features.pixels]


def test_what_a_taught_net_looked_at(answers: Callable[[AnyTask], Any]) -> None:
    for found, expected in zip(*answers(LookedAt(LARGE, (Shot.of(DOG.image),), (3,))), strict=True):
        maps_agree(found, expected)


@pytest.mark.parametrize("method", ["grad-cam", "saliency"])
@BOTH
def test_a_frame_of_a_stream(answers: Callable[[AnyTask], Any], net: Net, method: str) -> None:
    found, expected = answers(Glance(net, net.preprocessing.view(DOG.image), 0, method, "layer2.0"))
    scores_agree(found.top, expected.top)
    pictures_agree(found.maps.picture, expected.maps.picture)
    maps_agree(*(torch.frombuffer(bytearray(each.heat.values), dtype=torch.uint8) for each in (found, expected)))
