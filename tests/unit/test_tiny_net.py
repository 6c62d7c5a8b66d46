"""A 200-class torchvision net at 128 pixels, through every view of its answers and its inside."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torchvision.models import resnet18

from resnet_edu.errors import UserError
from resnet_edu.measure.receptive_field import receptive_fields
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.nets.outline import stack_of
from resnet_edu.nets.tiny_imagenet import CLASSES
from resnet_edu.vision.attribution.method import Options
from resnet_edu.vision.attribution.methods import METHODS
from resnet_edu.vision.attribution.randomisation import Randomise
from resnet_edu.vision.attribution.task import Attribute, CamStages, available
from resnet_edu.vision.catalogue import Net, Source, catalogue, load
from resnet_edu.vision.effective_field import MeasureField
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.feature_maps import LookAt, SurveyLayers
from resnet_edu.vision.inside_block import TakeApart
from resnet_edu.vision.knocked_out import Without, switchable
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.samples import sample_picture
from resnet_edu.vision.throughput import MeasureSpeed, multiply_adds

from ..support.made_net import CALIBRATION

CPU = torch.device("cpu")
CAT = sample_picture("cat")
SIDE = 128


@pytest.fixture
def loaded(tiny_net: Net) -> Loaded:
    torch.set_num_threads(1)
    return Loaded(tiny_net, load(tiny_net), CPU)


def test_it_is_torchvisions_own_net_from_its_card(tiny_net: Net) -> None:
    assert tiny_net.source is Source.OURS
    assert tiny_net.title == "ResNet-18 · Tiny ImageNet"
    assert tiny_net.classes == tuple(each.en for each in CLASSES)
    assert (tiny_net.accuracy, tiny_net.top5, tiny_net.test_pictures) == (0.5716, 0.7983, 10_000)
    assert tiny_net.calibration == CALIBRATION
    assert tiny_net.size < 25e6
    with torch.device("meta"):
        assert tiny_net.parameters == sum(each.numel() for each in resnet18(num_classes=200).parameters())
    model = load(tiny_net)
    resnet18(num_classes=200).load_state_dict(model.state_dict(), strict=True)
    assert {value.dtype for value in model.state_dict().values()} == {torch.float32, torch.int64}
    assert not model.training


def test_a_damaged_file_is_refused(tiny_net: Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(tiny_net.path.read_bytes())
    content[-1] ^= 1
    (tmp_path / tiny_net.path.name).write_bytes(content)
    (tmp_path / tiny_net.path.name).with_suffix(".json").write_bytes(tiny_net.path.with_suffix(".json").read_bytes())
    monkeypatch.setattr("resnet_edu.vision.catalogue.WEIGHTS", tmp_path)
    with pytest.raises(UserError, match="damaged"):
        load(catalogue().nets[tiny_net.id])


@pytest.mark.parametrize("size", [(640, 480), (300, 900), (64, 64), (31, 40)])
def test_a_photo_keeps_no_more_detail_than_a_training_picture(tiny_net: Net, size: tuple[int, int]) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), dtype=np.uint8))
    view = tiny_net.preprocessing.view(image)
    assert view.size == (SIDE, SIDE)
    pixels = torch.from_numpy(np.array(view)).permute(2, 0, 1).double()
    enlarging = F.interpolate(torch.eye(64).double()[None], size=SIDE, mode="linear")[0].T
    projection = enlarging @ torch.linalg.pinv(enlarging)  # onto images that 64 pixels per side can produce
    assert (projection @ pixels @ projection.T - pixels).abs().max() < 2  # of 255, because of 8-bit rounding
    assert tiny_net.preprocessing.tensor(view).shape == (1, 3, SIDE, SIDE)


def test_shares_are_those_of_the_outputs_divided_by_the_temperature(tiny_net: Net, loaded: Loaded) -> None:
    found = Predict(tiny_net, CAT).run(loaded)
    with torch.inference_mode():
        logits = loaded.model(tiny_net.preprocessing.tensor(found.seen))[0]
    values, indices = (logits / CALIBRATION.temperature).softmax(0).topk(5)
    assert [score.index for score in found.top] == indices.tolist()
    assert [score.probability for score in found.top] == pytest.approx(values.tolist())
    assert [score.name for score in found.top] == [CLASSES[index].en for index in indices.tolist()]


def test_doubt_begins_below_the_cards_bound(tiny_net: Net) -> None:
    assert tiny_net.is_doubtful(0.49)
    assert not tiny_net.is_doubtful(0.5)


def test_every_layer_is_surveyed_with_its_receptive_field(tiny_net: Net, loaded: Loaded) -> None:
    survey = SurveyLayers(tiny_net, CAT).run(loaded)
    graph = stack_of(ImagenetSpec("resnet18", 200)).graph
    fields = receptive_fields(graph, (3, SIDE, SIDE))
    assert (512, 4, 4) in [layer.shape for layer in survey.layers]
    for layer in survey.layers:
        assert layer.field == fields[layer.place.operation]
        maps = LookAt(tiny_net, CAT, layer.place.name).run(loaded)
        assert maps.shape == layer.shape
    assert len(survey.responses) == 8


def test_a_unit_is_moved_by_pixels_inside_its_receptive_field(tiny_net: Net, loaded: Loaded) -> None:
    found = MeasureField(tiny_net, CAT, "layer1.0", 3, 16, 16).run(loaded)
    assert found.strength.shape == (SIDE, SIDE)
    assert 0 < found.size < SIDE
    assert TakeApart(tiny_net, CAT, "layer3.1", 5).run(loaded)


@pytest.mark.parametrize("name", [name for name in METHODS if name != "deeplift"])
def test_every_attribution_has_the_pictures_size(tiny_net: Net, loaded: Loaded, name: str) -> None:
    assert name in available(tiny_net)
    found = Attribute(tiny_net, CAT, name, 7, Options(steps=4, samples=2)).run(loaded)
    assert found.values.shape == (SIDE, SIDE)
    assert found.values.abs().max() > 0


def test_grad_cam_shows_every_stage_and_the_check_ends_in_another_net(tiny_net: Net, loaded: Loaded) -> None:
    assert [each.layer for each in CamStages(tiny_net, CAT, 7).run(loaded)][1:] == [
        "layer1", "layer2", "layer3", "layer4",
    ]  # fmt: skip
    check = Randomise(tiny_net, CAT, "grad-cam", 7, Options()).run(loaded)
    assert check.correlations[0] == pytest.approx(1)


def test_blocks_can_be_knocked_out(tiny_net: Net, loaded: Loaded) -> None:
    names = switchable(tiny_net.architecture)
    assert "layer2.1" in names
    without = Without(tiny_net, CAT, frozenset({"layer2.1"})).run(loaded)

    def skip(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        return torch.relu(inputs[0])

    hook = loaded.model.get_submodule("layer2.1").register_forward_hook(skip)
    expected = Predict(tiny_net, CAT).run(loaded)
    hook.remove()
    assert [score.index for score in without.top] == [score.index for score in expected.top]
    assert [score.probability for score in without.top] == pytest.approx(
        [score.probability for score in expected.top], rel=1e-4
    )


def test_its_speed_is_that_of_128_pixels(tiny_net: Net, loaded: Loaded) -> None:
    speed = MeasureSpeed(tiny_net, 1, "float32").run(loaded)
    assert speed.multiply_adds == multiply_adds(tiny_net.architecture, SIDE)
    assert speed.multiply_adds / 1e9 == pytest.approx(1.814 * (SIDE / 224) ** 2, rel=0.02)
