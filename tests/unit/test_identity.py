"""The identity experiment: bit for bit where it says so, genuinely deeper, and reproducible."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from typer.testing import CliRunner

from resnet_edu import cli
from resnet_edu.figures.identity import chance, error_range, identity_answers, identity_curves
from resnet_edu.measure.identity import (
    BATCH,
    COUNTS,
    DRAWS,
    MOST,
    NETS,
    PLACES,
    IdentityRecord,
    Insert,
    InsertionCurve,
    answers,
    deepen,
    growth,
    load_identity,
    measure,
    save_identity,
)
from resnet_edu.measure.knockout import load_knockout
from resnet_edu.nets.blocks import BasicBlock, Normalisation
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CifarNet, CifarSpec, Family
from resnet_edu.paths import IDENTITY, KNOCKOUT
from resnet_edu.seeding import seeded
from resnet_edu.training.data import Dataset, Split, normalize
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.deepened import Answers, Deepen
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.samples import SAMPLES, crops, sample_picture

RECORDED = [place for place in PLACES if (IDENTITY / f"stage-{place}.json").is_file()]
COPYING = [insert for insert in Insert if not insert.is_fresh]
FRESH = [insert for insert in Insert if insert.is_fresh]
RECORD = "python -m resnet_edu record identity"


@pytest.fixture(scope="module")
def nets() -> dict[Family, CifarNet]:
    found = {family: load(catalogue().nets[name]) for family, name in NETS.items()}
    assert all(isinstance(net, CifarNet) for net in found.values())
    return found  # type: ignore[return-value]


@pytest.fixture(scope="module")
def pictures() -> Tensor:
    return normalize((crops(4) * 255).to(torch.uint8))


@pytest.fixture(scope="module")
def calibration() -> Tensor:
    return normalize((crops(32) * 255).to(torch.uint8))


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("insert", COPYING)
def test_what_copies_leaves_every_logit_as_it_was_bit_for_bit_at_every_k(
    nets: dict[Family, CifarNet], pictures: Tensor, insert: Insert, place: int
) -> None:
    net = nets[insert.family]
    own = net(pictures)
    found = dict(answers(deepen(net, insert, place, seed=3), pictures, pictures, range(MOST + 1)))
    assert list(found) == list(range(MOST + 1))
    assert all(torch.equal(logits, own) for logits in found.values())
    assert own.std() > 1  # the logits are not trivial


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_zero_blocks_copy_in_other_precisions_too(
    nets: dict[Family, CifarNet], pictures: Tensor, dtype: torch.dtype
) -> None:
    spec = nets[Family.RESIDUAL].spec
    net = CifarNet(spec).eval()
    net.load_state_dict(nets[Family.RESIDUAL].state_dict())
    net.to(dtype)
    whole = deepen(net, Insert.ZERO, 2, most=5)
    assert torch.equal(whole.net(5)(pictures.to(dtype)), net(pictures.to(dtype)))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), size=st.floats(0, 2.0**40), channels=st.sampled_from([16, 32, 64]))
def test_a_zero_block_is_the_identity_on_whatever_comes_out_of_a_relu(seed: int, size: float, channels: int) -> None:
    net = CifarNet(CifarSpec(depth=8))
    place = {16: 1, 32: 2, 64: 3}[channels]
    [block] = deepen(net, Insert.ZERO, place, seed=seed, most=1).inserted
    x = F.relu(torch.randn(2, channels, 5, 5, generator=torch.Generator().manual_seed(seed)) * size)
    assert torch.equal(block(x), x)


def test_before_a_relu_the_same_block_would_not_copy() -> None:
    [block] = deepen(CifarNet(CifarSpec(depth=8)), Insert.ZERO, 1, most=1).inserted
    x = torch.tensor([-1.0, 2.0]).view(1, 1, 1, 2).expand(1, 16, 1, 2)
    assert torch.equal(block(x), F.relu(x))
    assert not torch.equal(block(x), x)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("insert", Insert)
def test_the_net_really_grows(nets: dict[Family, CifarNet], insert: Insert, place: int) -> None:
    net = nets[insert.family]
    channels = 16 * 2 ** (place - 1)
    convolutions = 2 if insert.family is Family.RESIDUAL else 1
    each = convolutions * (9 * channels**2 + 2 * channels)
    grown = growth(net.spec, insert, place)
    assert (grown.layers, grown.parameters) == (20, 269_722)
    assert (grown.layers_each, grown.parameters_each) == (convolutions, each)
    deeper = deepen(net, insert, place, most=7).net(7)
    assert sum(parameter.numel() for parameter in deeper.parameters()) == 269_722 + 7 * each
    assert sum(isinstance(module, nn.Conv2d) for module in deeper.modules()) == 19 + 7 * convolutions


@pytest.mark.parametrize("insert", Insert)
def test_without_insertions_it_is_the_net_itself(
    nets: dict[Family, CifarNet], pictures: Tensor, calibration: Tensor, insert: Insert
) -> None:
    [(k, logits)] = answers(deepen(nets[insert.family], insert, 2), pictures, calibration, (0,))
    assert k == 0
    assert torch.equal(logits, nets[insert.family](pictures))


@pytest.mark.parametrize("insert", Insert)
def test_the_net_itself_is_left_alone(
    nets: dict[Family, CifarNet], pictures: Tensor, calibration: Tensor, insert: Insert
) -> None:
    net = nets[insert.family]
    before = {name: value.clone() for name, value in net.state_dict().items()}
    modules = [id(module) for module in net.modules()]
    list(answers(deepen(net, insert, 1, most=2), pictures, calibration, (1, 2)))
    assert [id(module) for module in net.modules()] == modules
    assert not net.training
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


def test_inserted_convolutions_start_as_those_of_a_fresh_net(nets: dict[Family, CifarNet]) -> None:
    for insert in (Insert.ZERO, *FRESH):
        for each in deepen(nets[insert.family], insert, 3, most=3).inserted:
            for module in each.modules():
                if isinstance(module, nn.Conv2d):
                    assert module.weight.std().item() == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.03)
                    assert module.bias is None
                if isinstance(module, nn.BatchNorm2d) and insert is not Insert.ZERO:
                    assert (module.weight == 1).all()
                    assert (module.bias == 0).all()
            if insert is Insert.ZERO:
                assert isinstance(each, BasicBlock)
                assert not each.bn2.weight.any()
                assert not each.bn2.bias.any()


@pytest.mark.parametrize("insert", FRESH)
def test_a_seed_determines_fresh_weights_and_another_gives_others(
    nets: dict[Family, CifarNet], pictures: Tensor, calibration: Tensor, insert: Insert
) -> None:
    def asked(seed: int) -> Tensor:
        return dict(answers(deepen(nets[insert.family], insert, 2, seed=seed, most=2), pictures, calibration, (2,)))[2]

    assert torch.equal(asked(0), asked(0))
    assert not torch.equal(asked(0), asked(1))


@pytest.mark.parametrize("insert", FRESH)
def test_fresh_insertions_are_normalised_over_the_calibration_pictures_alone(
    nets: dict[Family, CifarNet], calibration: Tensor, insert: Insert
) -> None:
    """As if the whole deeper net, except the trained layers before the insertion, saw them as one batch."""
    deepened = deepen(nets[insert.family], insert, 2, most=3)
    found = dict(answers(deepened, calibration, calibration, (3,)))[3]
    again = deepen(nets[insert.family], insert, 2, most=3)
    x = again.front(calibration)
    for module in (*again.inserted, again.back):
        x = module.train()(x)
    torch.testing.assert_close(found, x, rtol=0.05, atol=0.05)  # the running variance is unbiased
    half = dict(answers(deepen(nets[insert.family], insert, 2, most=3), calibration[:5], calibration, (3,)))[3]
    torch.testing.assert_close(half, found[:5], rtol=1e-4, atol=1e-4)  # the classified pictures have no influence


def test_features_computed_once_give_what_the_whole_deeper_net_gives(
    nets: dict[Family, CifarNet], pictures: Tensor, calibration: Tensor
) -> None:
    deepened = deepen(nets[Family.PLAIN], Insert.FRESH_LAYERS, 1, most=2)
    stepwise = dict(answers(deepened, pictures, calibration, (0, 1, 2)))
    for part in (*deepened.inserted, deepened.back):
        for module in part.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_running_stats()
                module.momentum = None
    seen = deepened.front(calibration)
    for module in (*deepened.inserted, deepened.back):
        module.train()(seen)
        seen = module.eval()(seen)
    torch.testing.assert_close(deepened.net(2)(pictures), stepwise[2], rtol=1e-4, atol=1e-3)


def test_more_pictures_than_a_batch_come_back_in_their_order(nets: dict[Family, CifarNet], pictures: Tensor) -> None:
    many = pictures.repeat(BATCH // 4 + 2, 1, 1, 1)
    [(_, logits)] = answers(deepen(nets[Family.RESIDUAL], Insert.ZERO, 3, most=1), many, pictures, (1,))
    torch.testing.assert_close(logits, nets[Family.RESIDUAL](pictures).repeat(BATCH // 4 + 2, 1), rtol=1e-4, atol=1e-4)


def test_errors_are_those_of_a_plain_loop(nets: dict[Family, CifarNet], pictures: Tensor, calibration: Tensor) -> None:
    net, labels = nets[Family.PLAIN], torch.tensor([3, 8, 0, 1])
    curve = measure(net, Insert.FRESH_LAYERS, 2, (pictures, labels, calibration), seeds=(0, 4), counts=(0, 2))
    own = net(pictures)
    assert curve.errors[0] == ((own.argmax(1) != labels).float().mean().item(),) * 2
    assert curve.furthest[0] == 0
    far = []
    for index, seed in enumerate((0, 4)):
        [(_, logits)] = answers(deepen(net, Insert.FRESH_LAYERS, 2, seed=seed, most=2), pictures, calibration, (2,))
        assert curve.errors[2][index] == (logits.argmax(1) != labels).float().mean().item()
        far.append((logits - own).abs().max().item())
    assert curve.furthest[2] == max(far) > 0


@pytest.mark.parametrize("insert", Insert)
def test_an_insertion_goes_into_its_own_kind_of_net_only(nets: dict[Family, CifarNet], insert: Insert) -> None:
    other = Family.PLAIN if insert.family is Family.RESIDUAL else Family.RESIDUAL
    with pytest.raises(ValueError, match="does not go into"):
        deepen(nets[other], insert, 2)
    bare = CifarNet(CifarSpec(insert.family, 8, normalisation=Normalisation.NONE))
    with pytest.raises(ValueError, match="does not go into"):
        deepen(bare, insert, 2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("insert", COPYING)
def test_what_copies_does_so_on_a_gpu(nets: dict[Family, CifarNet], pictures: Tensor, insert: Insert) -> None:
    deepened = deepen(nets[insert.family], insert, 2)
    for part in (deepened.front, *deepened.inserted, deepened.back):
        part.cuda()
    found = dict(answers(deepened, pictures.cuda(), pictures.cuda()))
    assert all(torch.equal(logits, found[0]) for logits in found.values())


def test_the_page_has_the_record_that_it_opens_with() -> None:
    assert RECORDED == [1, 2, 3]


@pytest.mark.parametrize("place", RECORDED)
def test_the_records_are_whole_and_say_what_the_page_says(place: int) -> None:
    recorded = load_identity(IDENTITY / f"stage-{place}.json")
    assert recorded.place == place
    assert recorded.pictures == 9_979
    assert recorded.precision == "float32"
    assert recorded.command in (RECORD, f"{RECORD} --place {place}")  # no path of the machine that recorded it
    assert recorded.seeds == tuple(range(DRAWS))
    assert set(recorded.curves) == set(Insert)
    for insert in Insert:
        curve = recorded.curves[insert]
        assert tuple(curve.errors) == tuple(curve.furthest) == COUNTS
        knocked_out = load_knockout(KNOCKOUT / f"{recorded.nets[insert.family]}.json")
        assert knocked_out.data == recorded.data
        assert curve.errors[0] == pytest.approx([knocked_out.error] * len(curve.errors[0]), abs=0.003)  # bfloat16
    for insert in COPYING:
        assert set(recorded.curves[insert].furthest.values()) == {0.0}
        assert len(set(recorded.curves[insert].errors.values())) == 1
    plain = recorded.curves[Insert.FRESH_LAYERS].errors
    assert all(0.65 < error < 0.97 for k, errors in plain.items() if k for error in errors)
    assert all(error > 0.85 for error in plain[MOST])
    assert all(len(errors) == DRAWS for errors in plain.values())


@pytest.mark.parametrize("place", RECORDED)
def test_a_fresh_block_does_less_harm_than_a_fresh_layer_but_does_harm(place: int) -> None:
    """The shortcut helps, but only the zero makes the block an identity."""
    recorded = load_identity(IDENTITY / f"stage-{place}.json")
    blocks, layers = (recorded.curves[insert].errors for insert in (Insert.FRESH_BLOCKS, Insert.FRESH_LAYERS))
    assert max(blocks[1]) < min(layers[1])
    assert min(blocks[5]) > blocks[0][0]
    assert min(blocks[MOST]) > 2 * blocks[0][0]


def test_a_record_survives_the_file(tmp_path: Path) -> None:
    curves = {Insert.ZERO: InsertionCurve({0: (0.1,), 5: (0.1, 0.2)}, {0: 0.0, 5: 0.5})}
    recorded = IdentityRecord(
        2, {"residual": "net"}, "data", 10, 5, (0, 1), "float32", "command", "cpu", {"torch": "2"}, dict(curves)
    )
    save_identity(tmp_path / "new" / "i.json", recorded)
    assert load_identity(tmp_path / "new" / "i.json") == recorded
    assert json.loads((tmp_path / "new" / "i.json").read_text())["curves"]["zero"]["errors"]["5"] == [0.1, 0.2]


def test_curves_of_single_seeds_add_up() -> None:
    one = InsertionCurve({0: (0.1,), 5: (0.2,)}, {0: 0.0, 5: 0.5})
    other = InsertionCurve({0: (0.1,), 5: (0.4,)}, {0: 0.0, 5: 0.25})
    assert one + other == InsertionCurve({0: (0.1, 0.1), 5: (0.2, 0.4)}, {0: 0.0, 5: 0.5})


def test_the_command_records_what_measure_gives(
    nets: dict[Family, CifarNet], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With few counts and draws; calibrated on training pictures, measured on test pictures."""
    images = (crops(12) * 255).to(torch.uint8)
    labels = torch.arange(12) % 10
    dataset = Dataset("tiny", CIFAR10_CLASSES, Split(images[:8], labels[:8]), Split(images[8:], labels[8:]))
    monkeypatch.setattr("resnet_edu.training.data.load_cifar10", lambda *paths: dataset)
    monkeypatch.setattr("resnet_edu.measure.identity.COUNTS", (0, 1))
    monkeypatch.setattr("resnet_edu.measure.identity.DRAWS", 2)
    few = measure.__kwdefaults__ | {"counts": (0, 1)}
    monkeypatch.setattr(measure, "__kwdefaults__", few)
    monkeypatch.setattr("resnet_edu.cli.record.CHECKPOINTS", tmp_path / "runs")
    threads = torch.get_num_threads()
    with torch.enable_grad():
        result = CliRunner().invoke(cli.app, ["record", "identity", "--place", "3", "--out", str(tmp_path / "out")])
    torch.set_num_threads(threads)
    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["stage-3.json"]
    recorded = load_identity(tmp_path / "out" / "stage-3.json")
    assert (recorded.data, recorded.pictures, recorded.seeds, recorded.place) == ("tiny", 4, (0, 1), 3)
    calibration = normalize(images[:8])
    for insert in Insert:
        data = (normalize(images[8:]), labels[8:], calibration)
        again = measure(nets[insert.family], insert, 3, data, seeds=(0, 1), counts=(0, 1))
        assert recorded.curves[insert].errors == again.errors


def test_live_answers_are_those_of_the_deeper_nets(nets: dict[Family, CifarNet]) -> None:
    chosen = tuple(sample_picture(sample.id) for sample in SAMPLES[:3])
    for insert in (Insert.ZERO, Insert.FRESH_LAYERS):
        net = catalogue().nets[NETS[insert.family]]
        heard: list[float] = []
        loaded = Loaded(net, nets[insert.family], torch.device("cpu"), advance=heard.append)
        task = Deepen(net, chosen, insert, 2, most=3)
        found = task.run(loaded)
        assert task.is_long
        assert heard == [0.25, 0.5, 0.75, 1.0]
        seen = torch.cat([net.preprocessing.tensor(net.preprocessing.view(each.image)) for each in chosen])
        probabilities, classes = nets[insert.family](seen).softmax(1).max(1)
        assert found.classes[0] == tuple(classes.tolist())
        assert found.probabilities[0] == pytest.approx(probabilities.tolist(), abs=1e-5)
        assert len(found.classes) == len(found.probabilities) == len(found.furthest) == 4
        assert found.seconds > 0
        if insert is Insert.ZERO:
            assert set(found.classes) == {found.classes[0]}
            assert set(found.furthest) == {0.0}
        else:
            assert found.furthest[0] == 0
            assert min(found.furthest[1:]) > 1


def test_live_questions_differ_in_whatever_changes_the_answer() -> None:
    net = catalogue().nets[NETS[Family.PLAIN]]
    task = Deepen(net, (sample_picture("cat"),), Insert.FRESH_LAYERS, 2)
    others = [
        replace(task, **change)
        for change in ({"place": 1}, {"seed": 1}, {"insert": Insert.COPIES}, {"pictures": (sample_picture("horse"),)})
    ]
    assert len({task.key, *(each.key for each in others)}) == 5


def test_curves_are_drawn_in_per_cent_with_their_range() -> None:
    curves = {"fresh-layers": InsertionCurve({0: (0.1, 0.1), 5: (0.8, 0.9)}, {0: 0.0, 5: 1.0})}
    recorded = IdentityRecord(2, {}, "data", 10, 5, (0, 1), "float32", "", "", {}, dict(curves))
    [drawn] = identity_curves(recorded)
    assert drawn == {"insert": "fresh-layers", "points": [[0, 10, 10, 10], [5, 85, 80, 90]]}
    assert error_range(recorded, Insert.FRESH_LAYERS, 0) == "10.0%"
    assert error_range(recorded, Insert.FRESH_LAYERS, 5) == "80.0–90.0%"
    halves = replace(recorded, curves={"zero": InsertionCurve({0: (0.8965,)}, {0: 0.0})})
    assert error_range(halves, Insert.ZERO, 0) == f"{identity_curves(halves)[0]['points'][0][1]:.1f}%" == "89.7%"
    shown = identity_answers(Answers(((3,), (4,)), ((0.98765,), (0.5,)), (0.0, 1.0), 0.1))
    assert shown == {"classes": ((3,), (4,)), "shares": [[0.988], [0.5]]}


def test_guessing_among_ten_classes_errs_nine_times_in_ten() -> None:
    assert chance(10) == pytest.approx(90)
    assert chance(2) == pytest.approx(50)


def test_drawing_fresh_weights_leaves_the_global_generator_alone(nets: dict[Family, CifarNet]) -> None:
    with seeded(7):
        expected = torch.rand(3)
    with seeded(7):
        deepen(nets[Family.PLAIN], Insert.FRESH_LAYERS, 1, most=2)
        assert torch.equal(torch.rand(3), expected)
