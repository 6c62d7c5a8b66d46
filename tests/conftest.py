"""Shared fixtures. Nothing here touches a network or the real caches."""

import os
from pathlib import Path

# Read when torch is imported. Every pytest-xdist worker, and every server it starts, uses one processor.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch

from resnet_edu.vision.catalogue import Net, catalogue

from .support.made_net import NAME, ship

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def own_torch_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put torchvision's cache into a folder of the test, so that files on the machine do not matter."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("RESNET_EDU_WEIGHTS", raising=False)
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with our nets and an untrained one for Tiny ImageNet."""
    folder = tmp_path_factory.mktemp("weights")
    ship(folder)
    return folder


@pytest.fixture
def tiny_net(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> Net:
    """Return a net of 200 classes at 128 pixels, in the catalogue as if it were shipped."""
    monkeypatch.setattr("resnet_edu.vision.catalogue.WEIGHTS", shipped)
    return catalogue().nets[NAME]
