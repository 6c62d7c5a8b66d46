"""Weights as training scripts, downloads and copies leave them: accepted, or rejected for the true reason."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from typer.testing import CliRunner

from resnet_edu.cli import app
from resnet_edu.errors import UserError
from resnet_edu.nets.card import SUFFIXES
from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.nets.detectors import NETS
from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.paths import WEIGHTS
from resnet_edu.vision.catalogue import Catalogue, Source, catalogue, hash_prefix, load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.files import read_state
from resnet_edu.vision.predict import Predict
from resnet_edu.vision.recognise import recognise
from resnet_edu.vision.samples import sample_picture

SPEC = CifarSpec(depth=8)
NET = SPEC.build()
STATE = NET.state_dict()


def prefixed(prefix: str) -> dict[str, Tensor]:
    return {prefix + name: value for name, value in STATE.items()}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the operator's folder."""
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def own_nets(found: Catalogue) -> set[str]:
    return {name for name in found.nets if name.startswith("file-")}


CHECKPOINTS: dict[str, Callable[[], Any]] = {
    "Lightning, model": lambda: {"state_dict": prefixed("model."), "epoch": 3, "global_step": 9},
    "Lightning, net": lambda: {"state_dict": prefixed("net.")},
    "wrapped, then compiled": lambda: prefixed("_orig_mod.module."),
    "compiled, then wrapped": lambda: {"state_dict": prefixed("module._orig_mod.")},
    "averaged": lambda: AveragedModel(NET).state_dict(),
    "model_state": lambda: {"model_state": STATE},
    "averages alone": lambda: {"state_dict_ema": STATE},
    "a number of numpy's beside it": lambda: {"state_dict": STATE, "best": np.float64(91.2), "at": np.int64(7)},
}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_checkpoint_is_the_net_that_was_saved_into_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "checkpoint.ckpt"
    torch.save(CHECKPOINTS[name](), path)
    architecture, state = recognise(read_state(path))
    assert architecture == SPEC
    assert all(torch.equal(state[layer], value) for layer, value in STATE.items())


@pytest.mark.parametrize("family", [Family.PRE_ACTIVATION, Family.HIGHWAY])
@pytest.mark.parametrize("shortcut", ["A", "B"])
def test_our_other_families_load(folder: Path, family: Family, shortcut: str) -> None:
    spec = CifarSpec.from_dict({"family": family, "depth": 8, "shortcut": shortcut})
    if family is Family.HIGHWAY:
        spec = CifarSpec(family, 8)
    net = spec.build().eval()
    torch.save(net.state_dict(), folder / "mine.pth")
    (found,) = (each for each in catalogue().nets.values() if each.path.parent == folder)
    assert found.architecture == spec
    x = torch.randn(1, 3, 32, 32)
    assert torch.equal(load(found)(x), net(x))


@pytest.mark.parametrize(("model", "head"), [("resnet18", "fc"), ("densenet121", "classifier")])
def test_a_head_with_dropout_before_it_is_a_head(model: str, head: str) -> None:
    with torch.device("meta"):
        net = ImagenetSpec(model).build()
        setattr(net, head, nn.Sequential(nn.Dropout(), nn.Linear(getattr(net, head).in_features, 7)))
    architecture, state = recognise(net.state_dict())
    assert architecture == ImagenetSpec(model, 7)
    assert f"{head}.weight" in state


def changed(model: str, change: Callable[[Any], None]) -> dict[str, Tensor]:
    with torch.device("meta"):
        net = ImagenetSpec(model).build()
        change(net)
    return dict(net.state_dict())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda net: setattr(net, "conv1", nn.Conv2d(3, 64, 3, bias=False)),
            "layer conv1.weight does not fit: 64x3x3x3 instead of 64x3x7x7",
        ),
        (lambda net: setattr(net, "conv1", nn.Conv2d(1, 64, 7, bias=False)), "64x1x7x7 instead of 64x3x7x7"),
        (lambda net: setattr(net, "fc", nn.Identity()), "has no layer fc.weight"),
        (
            lambda net: setattr(net, "fc", nn.Sequential(nn.Linear(512, 9), nn.ReLU(), nn.Linear(9, 2))),
            "has no layer fc.weight",
        ),
        (lambda net: net.add_module("attention", nn.Linear(2, 2)), "which has no layer attention.weight"),
    ],
    ids=["3x3 stem", "grey stem", "no head", "head of two layers", "one layer more"],
)
def test_the_refusal_names_the_layer_that_does_not_fit(change: Callable[[Any], None], reason: str) -> None:
    with pytest.raises(UserError) as caught:
        recognise(changed("resnet18", change))
    assert "Looks like resnet18" in str(caught.value)
    assert reason in str(caught.value)


def test_of_an_unknown_net_the_layers_are_named_that_no_known_one_has() -> None:
    known, unknown = {"conv1.weight": torch.ones(2, 2)}, {"encoder.1.weight": torch.ones(3)}
    with pytest.raises(UserError, match=r"\(encoder\.1\.weight, \.\.\.\)"):
        recognise({**known, **unknown})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_net_of_which_a_number_is_none_is_refused(tmp_path: Path, value: float, suffix: str) -> None:
    state = {name: tensor.clone() for name, tensor in STATE.items()}
    state["layer2.0.conv1.weight"][0, 0, 0, 0] = value
    path = tmp_path / f"bad{suffix}"
    torch.save(state, path) if suffix == ".pth" else save_file(state, path)
    with pytest.raises(UserError, match=r"layer2\.0\.conv1\.weight of bad.* holds NaN or infinity"):
        read_state(path)


def test_a_negative_variance_and_a_net_of_one_class_are_refused(tmp_path: Path) -> None:
    state = {name: tensor.clone() for name, tensor in STATE.items()}
    state["layer1.0.bn1.running_var"][0] = -1
    torch.save(state, tmp_path / "bad.pth")
    with pytest.raises(UserError, match=r"layer1\.0\.bn1\.running_var of bad\.pth holds a negative variance"):
        read_state(tmp_path / "bad.pth")
    with pytest.raises(UserError, match="with one output"):
        recognise(CifarSpec(depth=8, classes=1).build().state_dict())


def test_a_net_whose_answer_is_no_number_says_so(folder: Path) -> None:
    state = {name: tensor * 1e30 if name.endswith("conv1.weight") else tensor for name, tensor in STATE.items()}
    torch.save(state, folder / "huge.pth")
    net = catalogue().nets["file-huge.pth"]
    with pytest.raises(UserError, match="holds NaN or infinity: its weights are at fault"):
        Predict(net, sample_picture("cat")).run(Loaded(net, load(net), torch.device("cpu")))


@pytest.mark.parametrize(
    ("family", "title"), [(Family.HIGHWAY, "Highway-8"), (Family.PRE_ACTIVATION, "Pre-activation ResNet-8")]
)
def test_a_net_is_called_by_its_family(folder: Path, family: Family, title: str) -> None:
    torch.save(CifarSpec(family, 8).build().state_dict(), folder / "mine.pth")
    assert catalogue().nets["file-mine.pth"].title.startswith(f"{title} ")


@pytest.mark.filterwarnings("ignore:`torch.jit.script`")
def test_what_a_download_leaves_in_the_place_of_weights_is_called_what_it_is(tmp_path: Path) -> None:
    files = {"page.pth": b"\n<!DOCTYPE html><html>404", "pointer.bin": b"version https://git-lfs.github.com/spec/v1\n"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    torch.jit.script(nn.Linear(2, 2)).save(tmp_path / "program.pt")
    said = {"page.pth": "web page", "pointer.bin": "Git LFS", "program.pt": "TorchScript", "gone.pth": "missing"}
    for name, sentence in said.items():
        with pytest.raises(UserError, match=sentence):
            read_state(tmp_path / name)


def test_two_files_are_two_nets(folder: Path) -> None:
    names = ("my.pth", "my.ckpt", "a!b.pth", "a?b.pth", "a_b.pth")
    called: dict[Path, str] = {}
    for name in names:
        torch.save(STATE, folder / name)
        now = {net.path: net.id for net in catalogue().nets.values() if net.path.parent == folder}
        assert called.items() <= now.items(), "a new file renames another's net"
        called = now
    assert len(set(called.values())) == len(names)
    assert {called[folder / name] for name in ("my.pth", "my.ckpt")} == {"file-my.pth", "file-my.ckpt"}


@pytest.mark.parametrize("name", ["mine.pth", "mine.th", "mine.pth.tar"])
@pytest.mark.parametrize("card", ["mine.json", "{name}.json"])
def test_a_model_card_beside_any_weights_is_read(folder: Path, name: str, card: str) -> None:
    ours = catalogue().nets["cifar10-residual-20"]
    torch.save(load(ours).state_dict(), folder / name)
    shutil.copy(WEIGHTS / "cifar10-residual-20.json", folder / card.format(name=name))
    assert catalogue().nets[f"file-{name}"].accuracy == ours.accuracy


def test_of_two_files_of_one_name_each_has_its_own_sidecar(folder: Path) -> None:
    for name, data in (("my.pth", "one"), ("my.ckpt", "other")):
        torch.save(STATE, folder / name)
        (folder / f"{name}.json").write_text(f'{{"data": "{data}"}}')
    assert [catalogue().nets[f"file-my{suffix}"].data for suffix in (".pth", ".ckpt")] == ["one", "other"]


def run(*words: str | Path) -> tuple[str, str]:
    """Return the command's output, and the sentence with which it rejects."""
    result = CliRunner().invoke(app, ["weights", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, UserError), result.exception
    return result.stdout, str(result.exception or "")


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".PTH", ".Pth.Tar"])
def test_what_is_copied_is_listed_and_on_the_page(folder: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"r8-model{suffix}"
    save_file(STATE, path) if suffix == ".safetensors" else torch.save(STATE, path)
    path.with_name("r8-model.json").write_text('{"data": "a course"}')
    said, refused = run("import", path)
    assert refused == ""
    called = f"file-{path.name}"
    assert f"copied, and called {called}" in said
    assert own_nets(catalogue()) == {called}
    assert called in run("list")[0]
    assert catalogue().nets[called].data == "a course"
    assert {each.suffix for each in folder.iterdir()} == {path.suffix, ".json"}


def test_a_detectors_file_is_known_by_its_name_and_checked_by_its_hash(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    spec = NETS["maskrcnn_resnet50_fpn"]
    path = tmp_path / spec.file
    assert "missing" in run("import", path)[1]
    path.write_bytes(b"some weights")
    assert "checksum is wrong" in run("import", path)[1]
    assert list(folder.iterdir()) == []
    (folder / spec.file).write_bytes(b"half of it")
    (folder / spec.file).with_suffix(".json").write_text("{}")
    monkeypatch.setattr("resnet_edu.vision.catalogue.sha256_of", lambda path: hash_prefix(spec.weights.url))
    assert "is Mask R-CNN; copied" in run("import", path)[0]
    assert (folder / spec.file).read_bytes() == b"some weights"
    (row,) = [line for line in run("list")[0].splitlines() if line.startswith(spec.model)]
    assert row.split()[1] == Source.OPERATOR
    assert "is here already" in run("fetch", spec.model)[0]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gone.txt", "gone.txt is missing."),
        ("some.pth", "some.pth is a folder. Give a weights file in it."),
        ("loose.pth", "loose.pth is a link to a file that is missing."),
        ("pipe.pth", "pipe.pth is no file, or may not be read."),
    ],
)
def test_what_can_not_be_read_is_called_what_it_is(folder: Path, tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "some.pth").mkdir()
    (tmp_path / "loose.pth").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.pth")
    assert run("import", tmp_path / name)[1] == sentence
    assert list(folder.iterdir()) == []


def test_the_help_of_import_names_every_suffix() -> None:
    said = " ".join(run("import", "--help")[0].split())
    assert set(SUFFIXES) <= set(re.findall(r"\.[a-z.]*[a-z]", said))


def test_what_the_page_would_not_show_is_not_copied(folder: Path, tmp_path: Path) -> None:
    for name, reason in (("net.zip", "does not have the suffix"), ("gone.pth", "missing"), ("bad.pth", "classes")):
        path = tmp_path / name
        if name != "gone.pth":
            torch.save(STATE, path)
        path.with_suffix(".json").write_text('{"classes": ["one"]}')
        assert reason in run("import", path)[1]
    assert list(folder.iterdir()) == []


def test_importing_again_replaces_nothing_unasked(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "my.pth"
    torch.save(STATE, path)
    assert "copied" in run("import", path)[0]
    assert "copied" not in run("import", path)[0]
    assert "the folder has it already, and called file-my.pth" in run("import", folder / "my.pth")[0]
    (tmp_path / "linked.pth").symlink_to(folder / "my.pth")
    assert "copied" in run("import", tmp_path / "linked.pth")[0]
    torch.save(CifarSpec(depth=14).build().state_dict(), path)
    assert "a different my.pth" in run("import", path)[1]
    assert catalogue().nets["file-my.pth"].depth == 8
    assert "copied" in run("import", path, "--force")[0]
    assert catalogue().nets["file-my.pth"].depth == 14


def test_a_card_that_would_be_lost_keeps_its_weights_out_too(folder: Path, tmp_path: Path) -> None:
    torch.save(STATE, tmp_path / "my.pth")
    (tmp_path / "my.json").write_text('{"data": "mine"}')
    (folder / "my.json").write_text('{"data": "another net\'s"}')
    assert "a different my.json" in run("import", tmp_path / "my.pth")[1]
    assert [each.name for each in folder.iterdir()] == ["my.json"]


def test_weights_without_a_card_take_the_one_that_lies_there_and_none_is_deleted(folder: Path, tmp_path: Path) -> None:
    torch.save(STATE, tmp_path / "my.pth")
    card = folder / "my.json"
    for content, reason in (
        ('{"data": "another net\'s", "classes": ["one"]}', "my.json should name 10 different classes"),
        ((WEIGHTS / "cifar10-residual-20.json").read_text(), "my.json is the model card of other weights"),
    ):
        card.write_text(content)
        for force in ([], ["--force"]):
            said = run("import", tmp_path / "my.pth", *force)[1]
            assert said.startswith(reason)
            assert "would describe my.pth" in said
        assert [each.name for each in folder.iterdir()] == ["my.json"]
    card.write_text('{"data": "a course"}')
    assert "my.json, which lies in the folder, describes it" in run("import", tmp_path / "my.pth")[0]
    torch.save(CifarSpec(depth=14).build().state_dict(), tmp_path / "my.pth")
    assert "a different my.pth" in run("import", tmp_path / "my.pth")[1]
    run("import", tmp_path / "my.pth", "--force")
    assert (catalogue().nets["file-my.pth"].depth, catalogue().nets["file-my.pth"].data) == (14, "a course")


def test_a_folder_that_is_a_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save(STATE, tmp_path / "my.pth")
    (tmp_path / "file").touch()
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path / "file"))
    assert "Nothing can be written" in run("import", tmp_path / "my.pth")[1]
