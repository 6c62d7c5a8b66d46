"""The fine-tuning script that the lesson corrects line by line: both versions are Python, and the right one runs."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import models

from resnet_edu.paths import ASSETS


def script(language: str, side: str) -> str:
    """The lines of one side, and those that both share."""
    lesson = (ASSETS / "lessons" / f"teach-script.{language}.md").read_text(encoding="utf-8")
    lines = lesson.split("```diff\n")[1].split("```")[0].splitlines()
    return "\n".join(line[1:] for line in lines if line[:1] in ("", " ", side))


def test_both_versions_are_python_and_alike_in_every_language() -> None:
    for side in "-+":
        ast.parse(script("en", side))
        assert script("en", side) == script("zh", side)


def test_the_right_version_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("train", "val"):
        for label, name in enumerate(("dark", "light")):
            folder = tmp_path / "pictures" / part / name
            folder.mkdir(parents=True)
            for number in range(2):
                values = np.random.default_rng(number).integers(99, size=(40, 40, 3)) + 99 * label
                Image.fromarray(values.astype(np.uint8)).save(folder / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    whole = models.resnet18
    monkeypatch.setattr(models, "resnet18", lambda weights: whole())  # no network in a test
    exec(compile(script("en", "+").replace("range(10)", "range(1)"), "script", "exec"), {})
    assert torch.load("best.pt", weights_only=True)["fc.weight"].shape == (2, 512)
