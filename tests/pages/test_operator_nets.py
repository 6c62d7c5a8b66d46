"""Operators' own nets, of every recognised kind, on the inference page."""

from pathlib import Path

import pytest
import torch

from resnet_edu.nets.cifar import CifarSpec, Family
from resnet_edu.ui.inference.views import VIEWS

from .conftest import Open


@pytest.mark.parametrize("family", [Family.PRE_ACTIVATION, Family.HIGHWAY])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_for_our_other_families(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: Family, view: str
) -> None:
    torch.save(CifarSpec(family, 8).build().state_dict(), tmp_path / "mine.pth.tar")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    at = open_page("inference", net="file-mine.pth.tar", view=view)
    for _ in range(20):
        if len(at.get("bidi_component")) > 3 or view == "throughput":
            break
        at.run()
    assert not at.exception
    assert not at.error
    assert any(each.proto.component_name == "resnet_edu.bars" for each in at.get("bidi_component"))
