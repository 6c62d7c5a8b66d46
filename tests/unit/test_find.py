"""What detectors and segmentation nets find is what torchvision's own would find with the same weights."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import WeightsEnum, get_model
from torchvision.transforms import functional as TF

from resnet_edu.errors import UserError
from resnet_edu.nets.detectors import NETS
from resnet_edu.seeding import seeded
from resnet_edu.vision import find
from resnet_edu.vision.catalogue import Source, catalogue
from resnet_edu.vision.detectors import Detector, detectors, forget, load
from resnet_edu.vision.engine.local import LocalEngine
from resnet_edu.vision.engine.messages import opened, sealed
from resnet_edu.vision.engine.protocol import Superseded
from resnet_edu.vision.find import Find, extent, objects, prepared, regions
from resnet_edu.vision.image import Picture
from resnet_edu.vision.samples import sample_picture
from tests.contract.jobs import finish

SIDE = 64
CPU = torch.device("cpu")
CAT = 17
"""The index of the cat among COCO's classes."""


def random_state(name: str) -> dict[str, Tensor]:
    """Return weights that keep the numbers small; a detector's, that take every box for a cat."""
    with seeded(0):
        state = NETS[name].build().state_dict()
        for key, value in state.items():
            if key.endswith("running_var"):
                value.uniform_(1e-6, 2)
            elif "bn" in key and key.endswith("weight"):
                value.fill_(0.1)
    if "roi_heads.box_predictor.cls_score.bias" in state:
        state["roi_heads.box_predictor.cls_score.bias"][CAT] = 6
    return state


@pytest.fixture(scope="module", params=["maskrcnn_resnet50_fpn", "fcn_resnet50"])
def detector(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Detector:
    return written(request.param, tmp_path_factory.mktemp("weights"))


def written(name: str, folder: Path) -> Detector:
    path = folder / "net.pth"
    torch.save(random_state(name), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    return Detector(NETS[name], Source.CACHE, path, path.stat().st_size, f"https://example.org/net-{digest}.pth")


def picture(width: int, height: int) -> Picture:
    image = sample_picture("cat").image.resize((width, height))
    return Picture(image, hashlib.sha256(image.tobytes()).hexdigest())


def torchvisions(found: Detector, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the net as torchvision builds it for its own weights, here with ours."""
    state = torch.load(found.path, weights_only=True)
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, **options: state)
    return get_model(found.id, weights=found.spec.weights).eval()


def test_what_is_found_is_what_torchvision_finds(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    net, seen = torchvisions(detector, monkeypatch), picture(80, 60)
    with torch.inference_mode():
        if detector.spec.finds_boxes:
            net.transform.min_size = (SIDE,)
            wanted = objects(net([TF.to_tensor(seen.image)])[0], detector.classes)
        else:
            wanted = regions(net(prepared(seen.image, detector, SIDE))["out"][0], detector.classes, (60, 80))
    found = Find(detector, seen, SIDE).compute().things
    assert found
    assert [each.name for each in found] == [each.name for each in wanted]
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours.score == pytest.approx(theirs.score, rel=1e-4)
        assert ours.box == pytest.approx(theirs.box, abs=0.05)
        assert ours.mask is not None and ours.mask.shape == (60, 80)
        assert theirs.mask is not None and float((ours.mask == theirs.mask).float().mean()) > 0.99


def test_objects_come_surest_first_and_none_below_the_least_score() -> None:
    scores = torch.tensor([0.9, find.LEAST, 0.29])
    boxes = torch.tensor([[0.0, 1, 2, 3]] * 3)
    found = objects({"boxes": boxes, "labels": torch.tensor([2, 1, 1]), "scores": scores}, ("-", "a", "b"))
    assert [(each.name, each.mask) for each in found] == [("b", None), ("a", None)]
    assert found[0].box == (0, 1, 2, 3)
    many = {"boxes": boxes[:1].repeat(90, 1), "labels": torch.ones(90, dtype=torch.long), "scores": torch.ones(90)}
    assert len(objects(many, ("-", "a"))) == find.MOST


def test_regions_are_the_pixels_of_the_largest_output_without_the_first_class() -> None:
    logits = torch.zeros(3, 2, 3)
    logits[0, 0] = 9
    logits[1, 1, 0] = logits[2, 1, 1:] = 9
    found = {each.name: each for each in regions(logits, ("-", "a", "b"), (4, 6))}
    assert found["a"].box == (0, 2, 2, 4)
    assert found["b"].box == (2, 2, 6, 4)
    assert found["b"].mask is not None and int(found["b"].mask.sum()) == 8
    assert found["a"].score == pytest.approx(float(torch.tensor([9.0, 0, 0]).softmax(0)[0]))


def test_a_mask_of_one_pixel_has_a_box_of_one_pixel() -> None:
    mask = torch.zeros(5, 7, dtype=torch.bool)
    mask[2, 3] = True
    assert extent(mask) == (3, 2, 4, 3)


def test_a_picture_is_prepared_as_torchvision_does() -> None:
    found = detectors()["fcn_resnet50"]
    image = sample_picture("cat").image
    ours = prepared(image, found, find.PUBLISHED[False])
    torch.testing.assert_close(ours[0], found.spec.weights.transforms()(image), rtol=1e-5, atol=0.02)


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1)])
def test_the_narrowest_pictures_are_looked_at(detector: Detector, size: tuple[int, int]) -> None:
    scene = Find(detector, picture(*size), SIDE).compute()
    assert scene.seen.size == size


def test_the_answer_crosses_to_a_replica_and_back(detector: Detector) -> None:
    task = opened(sealed(Find(detector, picture(40, 40), SIDE), b"key"), b"key")
    scene = finish(LocalEngine(CPU).submit(task, "s"))
    again = opened(sealed(scene, b"key"), b"key")
    assert [(each.name, each.box) for each in again.things] == [(each.name, each.box) for each in scene.things]
    assert again.seen.tobytes() == scene.seen.tobytes()


def test_it_reports_its_way_and_can_be_stopped_on_it(detector: Detector) -> None:
    shares: list[float] = []
    task = Find(detector, picture(40, 40), SIDE)
    task.compute_in_steps(shares.append)
    assert shares == sorted(shares)
    assert (shares[0] < 0.1, shares[-1]) == (True, 1.0)

    def stop(share: float) -> None:
        raise Superseded

    with pytest.raises(Superseded):
        task.compute_in_steps(stop)
    assert not any(each._forward_hooks for each in load(detector, CPU).modules())


def test_missing_and_damaged_weights_are_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    found = Detector(NETS["fcn_resnet50"], Source.CACHE, path, 3, "https://example.org/net-00000000.pth")
    with pytest.raises(UserError, match="not on this machine"):
        load(found, CPU)
    path.write_bytes(b"???")
    with pytest.raises(UserError, match="damaged"):
        load(found, CPU)


def test_without_memory_the_net_is_let_go(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise RuntimeError("out of memory")

    kept = load(detector, CPU)
    monkeypatch.setattr(nn.Conv2d, "forward", full)
    with pytest.raises(RuntimeError, match="out of memory"):
        Find(detector, picture(40, 40), SIDE).compute()
    assert load(detector, CPU) is not kept
    forget()


def test_a_file_in_the_operators_folder_is_found_and_no_classifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    assert {each.source for each in detectors().values()} == {Source.DOWNLOAD}
    spec = NETS["maskrcnn_resnet50_fpn"]
    (tmp_path / spec.file).write_bytes(b"weights")
    assert [each.id for each in detectors().values() if each.is_ready] == [spec.model]
    assert detectors()[spec.model].path == tmp_path / spec.file
    assert not catalogue().refused
