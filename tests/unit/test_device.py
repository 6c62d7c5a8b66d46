"""The choice of device on a machine with only a CPU."""

import os
from pathlib import Path

import pytest
import torch

from resnet_edu import device
from resnet_edu.device import (
    autocast,
    best_device,
    device_name,
    inference_dtype,
    is_out_of_memory,
    memory_size,
    processors,
    synchronize,
)


@pytest.mark.parametrize(
    ("cuda", "mps", "variable", "expected"),
    [
        (True, True, None, "cuda"),
        (False, True, None, "mps"),
        (False, False, None, "cpu"),
        (True, True, "cpu", "cpu"),
        (True, False, "cuda", "cuda"),
        (False, False, "cuda", "cpu"),
    ],
)
def test_cuda_comes_before_mps_before_cpu(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, variable: str | None, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    monkeypatch.delenv("RESNET_EDU_DEVICE", raising=False)
    if variable:
        monkeypatch.setenv("RESNET_EDU_DEVICE", variable)
    assert best_device().type == expected


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system binds no process to processors")
@pytest.mark.parametrize(
    ("bound_to", "quota", "expected"),
    [
        (64, None, 64),
        (64, "max 100000", 64),
        (64, "200000 100000", 2),
        (64, "150000 100000", 1),
        (64, "50000 100000", 1),
        (2, "400000 100000", 2),
    ],
)
def test_a_container_has_the_processors_of_its_quota(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bound_to: int, quota: str | None, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(bound_to)))
    monkeypatch.setattr(device, "QUOTA", tmp_path / "cpu.max")
    if quota:
        (tmp_path / "cpu.max").write_text(f"{quota}\n", encoding="ascii")
    assert processors() == expected


def test_names_are_a_persons_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device_name(torch.device("cpu"))
    assert device_name(torch.device("mps")) == "Apple GPU"
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100")
    assert device_name(torch.device("cuda")) == "NVIDIA H100"


def test_inference_is_float32_on_the_cpu_and_half_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inference_dtype(torch.device("cpu")) == inference_dtype(torch.device("mps")) == torch.float32
    for bf16, expected in ((True, torch.bfloat16), (False, torch.float16)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda bf16=bf16: bf16)
        assert inference_dtype(torch.device("cuda")) == expected


def test_waiting_is_for_the_device_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: waited.append("cuda"))
    monkeypatch.setattr(torch.mps, "synchronize", lambda: waited.append("mps"))
    for kind in ("cuda", "mps", "cpu"):
        synchronize(torch.device(kind))
    assert waited == ["cuda", "mps"]


@pytest.mark.parametrize(("dtype", "expected"), [(torch.float32, torch.float32), (torch.bfloat16, torch.bfloat16)])
def test_autocast_changes_the_precision_only_when_asked(dtype: torch.dtype, expected: torch.dtype) -> None:
    with autocast(torch.device("cpu"), dtype):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == expected


def test_exhausted_memory_is_told_from_other_errors() -> None:
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(RuntimeError("MPS backend out of memory"))
    with pytest.raises(RuntimeError) as full:
        torch.empty(2**55)
    assert is_out_of_memory(full.value)
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("could not create a primitive"))
    assert not is_out_of_memory(RuntimeError("could not create a primitive descriptor for a convolution"))
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"))
    assert not is_out_of_memory(RuntimeError("shapes differ"))
    assert not is_out_of_memory(ValueError("out of memory"))


def test_the_cpu_has_no_gpu_memory() -> None:
    assert memory_size(torch.device("cpu")) is None


def test_a_gpus_memory_is_what_its_properties_say(monkeypatch: pytest.MonkeyPatch) -> None:
    properties = type("Properties", (), {"total_memory": 24 * 2**30})
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    assert memory_size(torch.device("cuda")) == 24 * 2**30
