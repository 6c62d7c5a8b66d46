"""Shared fixtures. Nothing here touches a network or the real caches."""

from pathlib import Path

import pytest
import torch

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def own_torch_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """torchvision's cache in a folder of the test, so that what lies on the machine doesn't matter."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("RESNET_EDU_WEIGHTS", raising=False)
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    return tmp_path / "torch" / "hub" / "checkpoints"
