"""Weights of any origin: recognised by names and shapes, or rejected in plain words."""

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from resnet_edu.errors import UserError
from resnet_edu.nets.blocks import Shortcut
from resnet_edu.nets.cifar import CIFAR10_CLASSES, CIFAR10_MEAN, CIFAR10_STD, CifarNet, CifarSpec, Family
from resnet_edu.nets.imagenet import NAMES, ImagenetSpec, pretrained_weights
from resnet_edu.paths import WEIGHTS
from resnet_edu.seeding import seeded
from resnet_edu.vision.catalogue import DEFAULT_NET, Catalogue, Source, catalogue, hash_prefix, load
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.files import read_state
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.recognise import recognise, state_of
from resnet_edu.vision.samples import sample_picture

TEN_CLASSES = "cifar10-residual-20"


def noisy(net: nn.Module) -> nn.Module:
    """Set weights and running averages that no fresh net has."""
    torch.manual_seed(1)
    with torch.no_grad():
        for value in net.state_dict().values():
            if value.is_floating_point():
                value.uniform_(0.1, 0.3)
    return net.eval()


@pytest.mark.parametrize(
    "spec",
    [
        CifarSpec(),
        CifarSpec(depth=56),
        CifarSpec(depth=8, width=8, classes=100),
        CifarSpec(depth=20, shortcut=Shortcut.B),
        CifarSpec(depth=20, shortcut=Shortcut.C),
    ],
    ids=lambda spec: f"{spec.name}-{spec.width}-{spec.classes}",
)
def test_cifar_nets_are_recognised(spec: CifarSpec) -> None:
    assert recognise(spec.build().state_dict())[0] == spec


def test_the_file_name_tells_a_plain_net_from_its_twin() -> None:
    state = CifarNet(CifarSpec(Family.PLAIN, 20)).state_dict()
    assert recognise(state, "plain20.th")[0] == CifarSpec(Family.PLAIN, 20)
    assert recognise(state, "resnet20-12fca82f.th")[0] == CifarSpec(Family.RESIDUAL, 20)


@pytest.mark.parametrize("name", NAMES)
def test_torchvision_nets_are_recognised_with_any_number_of_classes(name: str) -> None:
    with torch.device("meta"):
        state = ImagenetSpec(name, 200).build().state_dict()
    assert recognise(state)[0] == ImagenetSpec(name, 200)


def test_a_published_cifar_checkpoint_loads_and_answers_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such files nest the tensors, prefix the names, and may call the linear layer fc."""
    net = noisy(CifarNet(CifarSpec(depth=20)))
    published = {f"module.{name}".replace("linear", "fc"): value for name, value in net.state_dict().items()}
    published = {name: value for name, value in published.items() if "num_batches" not in name}
    torch.save({"state_dict": published, "best_prec1": 91.7, "epoch": 200}, tmp_path / "resnet20-12fca82f.th")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))

    found = catalogue().nets["file-resnet20-12fca82f.th"]
    assert found.source is Source.OPERATOR
    assert (found.depth, found.parameters, found.classes) == (20, 269_722, CIFAR10_CLASSES)
    assert found.accuracy is None
    x = torch.randn(2, 3, 32, 32)
    assert torch.equal(load(found)(x), net(x))


def test_old_densenet_names_are_read_as_todays() -> None:
    state = {"features.denseblock1.denselayer1.norm.1.weight": torch.ones(1), "fc.weight": torch.ones(1)}
    assert set(state_of(state)) == {"features.denseblock1.denselayer1.norm1.weight", "fc.weight"}


def test_torchvision_files_and_safetensors_of_the_operator_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = noisy(ImagenetSpec("resnet18", 7).build())
    torch.save(net.state_dict(), tmp_path / "mine.pth")
    save_file(net.state_dict(), tmp_path / "safe.safetensors")
    (tmp_path / "notes.txt").write_text("not weights")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    found = catalogue()
    assert found.refused == ()
    assert found.nets["file-mine.pth"].classes == tuple(map(str, range(7)))
    x = torch.randn(1, 3, 64, 64)
    for name in ("file-mine.pth", "file-safe.safetensors"):
        assert torch.equal(load(found.nets[name])(x), net(x))


class Evil:
    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (self.proof,))  # type: ignore[return-value]  # what pickle takes


def test_a_pickle_with_code_is_refused_without_running_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = tmp_path / "ran"
    folder = tmp_path / "weights"
    folder.mkdir()
    torch.save({"state_dict": Evil(proof)}, folder / "evil.pth")
    (folder / "older.pt").write_bytes(pickle.dumps(Evil(proof), protocol=2))
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(folder))
    refused = {each.name: str(each.error) for each in catalogue().refused}
    assert set(refused) == {"evil.pth", "older.pt"}
    assert "could run code" in refused["evil.pth"]
    assert not proof.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "damaged"), (b"PK\x03\x04 cut off", "damaged"), (b"just text", "damaged|more than tensors")],
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_broken_files_are_refused(tmp_path: Path, content: bytes, sentence: str, suffix: str) -> None:
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        read_state(path)


def test_a_file_cut_in_half_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.pth"
    torch.save(CifarNet(CifarSpec(depth=8)).state_dict(), path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match="damaged"):
        read_state(path)


def operators(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(folder))
    return catalogue()


def test_what_is_no_file_is_refused_and_the_others_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nowhere.pth").symlink_to(tmp_path / "gone")
    (tmp_path / "folder.pt").mkdir()
    os.mkfifo(tmp_path / "pipe.safetensors")
    torch.save(CifarNet(CifarSpec(depth=8)).state_dict(), tmp_path / "good.pth")
    found = operators(tmp_path, monkeypatch)
    assert {each.name for each in found.refused} == {"nowhere.pth", "folder.pt", "pipe.safetensors"}
    assert "file-good.pth" in found.nets


@pytest.mark.parametrize("folder", ["missing", "x" * 300])
def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    found = operators(tmp_path / folder, monkeypatch)
    assert [each.name for each in found.refused] == ["RESNET_EDU_WEIGHTS"]
    assert DEFAULT_NET in found.nets


def test_a_cache_that_the_system_does_not_let_us_into_is_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", "/" + "x" * 300)
    assert catalogue().nets["resnet18-v1"].source is Source.DOWNLOAD


def test_a_file_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    """A few kilobytes that would become terabytes in memory."""
    with torch.device("meta"):
        shapes = CifarNet(CifarSpec(depth=8, width=100_000)).state_dict()
    state = {name: torch.zeros(()).expand(value.shape) for name, value in shapes.items()}
    path = tmp_path / "claims.pth"
    torch.save(state, path)
    assert path.stat().st_size < 100_000
    with pytest.raises(UserError, match="damaged"):
        read_state(path)


@pytest.mark.parametrize("shape", [(), (10,), (0, 64), (10, 0)])
def test_a_last_layer_that_is_none_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError):
        recognise({**CifarNet(CifarSpec(depth=8)).state_dict(), "linear.weight": torch.zeros(shape)})
    with pytest.raises(UserError):
        recognise({"fc.weight": torch.zeros(shape)})


def test_names_that_are_no_words_are_left_out() -> None:
    assert set(state_of({3: torch.ones(1), "fc.weight": torch.ones(1)})) == {"fc.weight"}  # type: ignore[dict-item]


def with_card(folder: Path, **changes: object) -> None:
    """Write a copy of our weights with a changed card."""
    (folder / "mine.safetensors").write_bytes((WEIGHTS / f"{TEN_CLASSES}.safetensors").read_bytes())
    card = json.loads((WEIGHTS / f"{TEN_CLASSES}.json").read_text())
    (folder / "mine.json").write_text(json.dumps(card | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": 7},
        {"classes": ["one", "two"]},
        {"metrics": {}},
        {"metrics": {"test_accuracy": "high"}},
        {"architecture": {"kind": "cifar", "depth": 56}},
        {"architecture": {"kind": "cifar", "depth": 21}},
        {"architecture": {"kind": "cifar", "family": "evil"}},
        {"architecture": {"kind": "torchvision", "model": "evil", "classes": 10}},
        {"architecture": "__import__('os')"},
        {"unheard_of": 1},
    ],
    ids=str,
)
def test_a_card_that_does_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    with_card(tmp_path, **changes)
    found = operators(tmp_path, monkeypatch)
    assert [each.name for each in found.refused] == ["mine.safetensors"]
    assert "file-mine.safetensors" not in found.nets


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"7"], ids=lambda content: content[:9])
def test_a_broken_card_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    with_card(tmp_path)
    (tmp_path / "mine.json").write_bytes(content)
    (refused,) = operators(tmp_path, monkeypatch).refused
    assert "model card" in str(refused.error)


def with_sidecar(folder: Path, monkeypatch: pytest.MonkeyPatch, file: str = "mine.pth", **said: object) -> Catalogue:
    state = noisy(CifarNet(CifarSpec(depth=8))).state_dict()
    if file.endswith(".safetensors"):
        save_file(state, folder / file)
    else:
        torch.save(state, folder / file)
    (folder / "mine.json").write_text(json.dumps(said))
    return operators(folder, monkeypatch)


NAMES_OF_TEN = [f"thing {index}" for index in range(10)]


@pytest.mark.parametrize("file", ["mine.pth", "mine.pt", "mine.th", "mine.safetensors"])
def test_a_sidecar_says_how_a_net_wants_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    found = with_sidecar(
        tmp_path, monkeypatch, file, classes=NAMES_OF_TEN, mean=mean, std=std, accuracy=0.9173, data="CIFAR-10"
    )
    assert found.refused == ()
    net = found.nets[f"file-{file}"]
    assert net.classes == tuple(NAMES_OF_TEN)
    assert (net.accuracy, net.accuracy_data, net.data, net.assumed) == (0.9173, "CIFAR-10", "CIFAR-10", frozenset())
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))
    given = (np.asarray(picture) / 255 - mean) / std
    assert np.allclose(net.preprocessing.tensor(picture)[0].permute(1, 2, 0).numpy(), given, atol=1e-5)


def test_what_a_sidecar_leaves_out_is_assumed_and_known_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = with_sidecar(tmp_path, monkeypatch, classes=NAMES_OF_TEN).nets["file-mine.pth"]
    assert (net.preprocessing.mean, net.preprocessing.std) == (CIFAR10_MEAN, CIFAR10_STD)
    assert net.assumed == {"mean", "std"}
    (tmp_path / "mine.json").unlink()
    net = operators(tmp_path, monkeypatch).nets["file-mine.pth"]  # at once, though the weights are unchanged
    assert (net.classes, net.assumed) == (CIFAR10_CLASSES, {"classes", "mean", "std"})


def test_a_file_that_is_written_anew_answers_at_once_as_does_its_sidecar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine caches nets and answers of the old file; the new one has another size, or the same."""
    engine = LocalEngine(torch.device("cpu"))
    picture = sample_picture("cat")

    def answer() -> list[tuple[str, float]]:
        ticket = engine.submit(Predict(operators(tmp_path, monkeypatch).nets["file-mine.pth"], picture), "s")
        assert ticket.wait(60)
        return [(score.name, score.probability) for score in ticket.result().top]

    def expected() -> list[tuple[str, float]]:
        net = operators(tmp_path, monkeypatch).nets["file-mine.pth"]
        found = Predict(net, picture).run(Loaded(net, load(net), torch.device("cpu")))
        return [(score.name, score.probability) for score in found.top]

    seen = []
    for number, spec in enumerate((CifarSpec(depth=8), CifarSpec(depth=8), CifarSpec(depth=8, classes=5))):
        with seeded(number):
            torch.save(spec.build().state_dict(), tmp_path / "mine.pth")
        os.utime(tmp_path / "mine.pth", ns=(number, number))
        seen.append(answer())
        assert seen[-1] == expected()
    (tmp_path / "mine.json").write_text(json.dumps({"mean": [0.1, 0.9, 0.5], "classes": list("abcde")}))
    seen.append(answer())
    assert seen[-1] == expected()
    assert len({tuple(each) for each in seen}) == 4


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"classes": ["a", "b"]}, "10 different classes"),
        ({"classes": ["a"] * 10}, "10 different classes"),
        ({"classes": "abcdefghij"}, "10 different classes"),
        ({"mean": [0.5, 0.5]}, "three numbers"),
        ({"mean": [123.7, 116.3, 103.5]}, "three numbers"),
        ({"std": [0.2, 0.2, 0]}, "three numbers"),
        ({"std": ["0.2", "0.2", "0.2"]}, "three numbers"),
        ({"std": [float("nan")] * 3}, "three numbers"),
        ({"accuracy": 91.73}, "between 0 and 1"),
        ({"accuracy": "high"}, "between 0 and 1"),
        ({"class": ["a"]}, "an unknown entry, class"),
    ],
    ids=str,
)
def test_a_sidecar_that_does_not_fit_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, object], sentence: str
) -> None:
    (refused,) = with_sidecar(tmp_path, monkeypatch, **said).refused
    assert sentence in str(refused.error)
    assert "mine.json" in str(refused.error)


def test_no_name_out_of_a_sidecar_can_be_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["<b>x</b>", *NAMES_OF_TEN[1:]]
    net = with_sidecar(tmp_path, monkeypatch, classes=names, data="[a](b)<i>").nets["file-mine.pth"]
    assert not set("<>[]") & set("".join([*net.classes, net.data]))
    (refused,) = with_sidecar(tmp_path, monkeypatch, **{"<img>": 1}).refused
    assert "<" not in str(refused.error)


def test_no_name_out_of_a_file_can_be_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        "<script>x</script>",
        "![x](//e)",
        "`a`",
        "$x$",
        "[b](c)",
        ":red[a]",
        '"); import os',
        "{0}",
        "狗",
        "jack-o'-lantern",
    ]
    with_card(tmp_path, classes=names, data="<b>data</b>")
    for suffix in (".safetensors", ".json"):
        (tmp_path / f"mine{suffix}").rename(tmp_path / f"<img src=x onerror=a>![y](z){suffix}")
    (tmp_path / '<i>"evil`.pth').write_bytes(b"nothing")
    found = operators(tmp_path, monkeypatch)
    (refused,) = found.refused
    (net,) = (each for each in found.nets.values() if each.source is Source.OPERATOR)
    shown = [net.id, net.title, net.data, *net.classes, refused.name, str(refused.error)]
    assert not set('<>[]`$:"{}!;=') & set("".join(shown))
    assert net.classes[-2:] == ("狗", "jack-o'-lantern")
    assert load(net)(torch.zeros(1, 3, 32, 32)).shape == (1, 10)


def test_unknown_names_and_wrong_shapes_are_named() -> None:
    with pytest.raises(UserError, match=r"encoder\.weight"):
        recognise({"encoder.weight": torch.ones(1)})
    state = CifarNet(CifarSpec(depth=8)).state_dict()
    state["layer2.0.conv1.weight"] = torch.ones(1, 2, 3, 3)
    with pytest.raises(UserError, match=r"layer2\.0\.conv1\.weight does not fit: 1x2x3x3 instead of 32x16x3x3"):
        recognise(state)
    with pytest.raises(UserError, match="no tensors"):
        state_of({"epoch": 3})


def test_the_operators_file_comes_before_ours_and_the_card_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for suffix in (".safetensors", ".json"):
        (tmp_path / f"{DEFAULT_NET}{suffix}").write_bytes((WEIGHTS / f"{DEFAULT_NET}{suffix}").read_bytes())
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    net = catalogue().nets[f"file-{DEFAULT_NET}.safetensors"]
    assert net.accuracy == json.loads((WEIGHTS / f"{DEFAULT_NET}.json").read_text())["metrics"]["test_accuracy"]


def test_the_cache_is_used_only_with_the_right_hash(own_torch_cache: Path) -> None:
    net = catalogue().nets["resnet18-v1"]
    assert net.source is Source.DOWNLOAD
    with pytest.raises(UserError, match="Fetch"):
        load(net)
    own_torch_cache.mkdir(parents=True)
    (own_torch_cache / net.path.name).write_bytes(b"half a download")
    cached = catalogue().nets["resnet18-v1"]
    assert cached.source is Source.CACHE
    with pytest.raises(UserError, match="checksum"):
        load(cached)


def test_torchvisions_figures_are_read_not_retyped() -> None:
    net = catalogue().nets["resnet50-v1"]
    assert (net.parameters, net.accuracy, len(net.classes)) == (25_557_032, pytest.approx(0.7613), 1000)
    assert hash_prefix(net.url) == "0676ba61"


def test_the_default_net_is_ours_and_first() -> None:
    nets = catalogue().nets
    assert next(iter(nets)) == DEFAULT_NET
    net = nets[DEFAULT_NET]
    assert net.source is Source.OURS
    assert not load(net).training


def fetched(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a file in place as if it had been downloaded."""
    monkeypatch.setattr("resnet_edu.vision.catalogue.check_hash", lambda *_: None)
    path = catalogue().nets[model].path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.encode())


def test_the_strongest_net_that_is_here_opens_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for model in ("resnet18-v1", "resnet50-v2", "resnet34-v1"):
        fetched(model, monkeypatch)
        assert catalogue().default.id == ("resnet18-v1" if model == "resnet18-v1" else "resnet50-v2")
    monkeypatch.setenv("RESNET_EDU_NET", TEN_CLASSES)
    assert catalogue().default.id == TEN_CLASSES
    for nonsense in ("nonsense", "resnet101-v2"):  # the latter is not downloaded
        monkeypatch.setenv("RESNET_EDU_NET", nonsense)
        assert catalogue().default.id == "resnet50-v2"


def test_half_a_download_opens_no_page(own_torch_cache: Path) -> None:
    own_torch_cache.mkdir(parents=True)
    (own_torch_cache / catalogue().nets["resnet50-v2"].path.name).write_bytes(b"half")
    assert catalogue().default.id == DEFAULT_NET


def test_stronger_nets_are_each_worth_their_size() -> None:
    net = catalogue().nets[DEFAULT_NET]
    found = catalogue().stronger(net)
    assert [each.size for each in found] == sorted(each.size for each in found)
    accuracies = [each.accuracy or 0 for each in found]
    assert accuracies == sorted(set(accuracies))
    assert all(len(each.classes) > len(net.classes) for each in found)
    assert catalogue().stronger(found[-1]) == []


def test_nets_on_this_machine_come_first_and_the_others_in_torchvisions_order(
    own_torch_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = catalogue().nets["wide_resnet50_2-v1"]
    own_torch_cache.mkdir(parents=True)
    (own_torch_cache / cached.path.name).touch()
    torch.save(CifarNet(CifarSpec(depth=20)).state_dict(), tmp_path / "mine.pth")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    ours = sorted(path.stem for path in WEIGHTS.glob("*.safetensors") if path.stem != DEFAULT_NET)
    theirs = [
        f"{model}-{weights.name.removeprefix('IMAGENET1K_').lower()}"
        for model in NAMES
        for weights in pretrained_weights(model)
    ]
    theirs.remove(cached.id)
    assert list(catalogue().nets) == [DEFAULT_NET, "file-mine.pth", *ours, cached.id, *theirs]
