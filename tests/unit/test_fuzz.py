"""Mutated files always give a picture, weights or an error sentence. ``FUZZ_INPUTS`` sets how many are tried."""

import io
import os
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save

from resnet_edu.errors import UserError
from resnet_edu.nets.cifar import CifarNet, CifarSpec
from resnet_edu.vision.files import read_state
from resnet_edu.vision.image import FORMATS
from resnet_edu.vision.recognise import recognise

from .nasty_pictures import PICTURE, SIDEWAYS, animation, full, outcome, saved, small

INPUTS = int(os.environ.get("FUZZ_INPUTS", "500"))
STATE = CifarNet(CifarSpec(depth=8, width=2)).state_dict()
NOISE = Image.open(io.BytesIO(small("PNG")))
PICTURES = {
    **{kind: small(kind) for kind in FORMATS},
    "progressive JPEG": saved(NOISE, "JPEG", progressive=True, exif=SIDEWAYS),
    "CMYK JPEG": saved(NOISE.convert("CMYK"), "JPEG"),
    "palette PNG": saved(NOISE.quantize(16), "PNG", transparency=3, exif=SIDEWAYS),
    "16-bit PNG": full("PNG", "I;16", (40, 30)),
    "animated GIF": animation("GIF"),
    "lossless WebP": saved(NOISE.convert("RGBA"), "WEBP", lossless=True, exif=SIDEWAYS),
    "animated WebP": animation("WEBP"),
    "float TIFF": full("TIFF", "F", (40, 30)),
    **{f"{how} TIFF": saved(NOISE, "TIFF", compression=how) for how in ("tiff_lzw", "tiff_deflate", "jpeg")},
    "palette BMP": saved(NOISE.quantize(16), "BMP"),
}


def torch_file(*, archive: bool) -> bytes:
    content = io.BytesIO()
    torch.save({"state_dict": STATE, "epoch": 3}, content, _use_new_zipfile_serialization=archive)
    return content.getvalue()


WEIGHTS = {"zip.pth": torch_file(archive=True), "old.pth": torch_file(archive=False), "a.safetensors": save(STATE)}


@st.composite
def mutated(draw: st.DrawFn, seeds: dict[str, bytes]) -> tuple[str, bytes]:
    """Draw a real file with a few changes: bytes replaced, removed, repeated, taken from another file, or cut off."""
    name = draw(st.sampled_from(sorted(seeds)))
    content = bytearray(seeds[name])
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 64))
        other = seeds[draw(st.sampled_from(sorted(seeds)))]
        start = draw(st.integers(0, len(other)))
        piece = draw(st.one_of(st.binary(max_size=8), st.just(other[start : start + length])))
        content[place : place + draw(st.sampled_from((0, len(piece), length)))] = piece
    return name, bytes(content[: draw(st.integers(1, 2 * len(content) + 1))])


@pytest.mark.timeout(240 + INPUTS)
@settings(max_examples=INPUTS, deadline=None)
@given(mutated(PICTURES))
def test_a_mutated_picture_is_a_picture_or_a_sentence(case: tuple[str, bytes]) -> None:
    found = outcome(case[1])
    assert found == PICTURE or found[-1] == "."


@pytest.mark.timeout(240 + INPUTS)
@settings(max_examples=INPUTS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=mutated(WEIGHTS))
def test_a_mutated_weights_file_is_weights_or_a_sentence(case: tuple[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / case[0]
    path.write_bytes(case[1])
    try:
        architecture, state = recognise(read_state(path), path.name)
    except UserError:
        return
    architecture.build().load_state_dict(state)
