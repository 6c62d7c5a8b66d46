"""What a frame of a stream asks of a net, in bare torch, on a tensor that is there already."""

import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_edu.device import autocast, inference_dtype, synchronize
from resnet_edu.vision.attribution.layers import layers
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture


def bare_passes(loaded: Loaded, *, grad_cam: bool) -> Callable[[], object]:
    """The same forward pass as the engine's in the same precision, or one in float32 for answer and Grad-CAM."""
    net, model, device = loaded.net, loaded.model, loaded.device
    image = net.preprocessing.tensor(net.preprocessing.view(sample_picture(DEFAULT_SAMPLE).image)).to(device)
    layer = model.get_submodule(layers(net.architecture).stages[-1])

    def answer() -> None:
        with torch.inference_mode(), autocast(device, inference_dtype(device)):
            model(image).softmax(1).topk(5)
        synchronize(device)

    def answer_with_map() -> None:
        kept: list[Tensor] = []
        hook = layer.register_forward_hook(lambda module, given, maps: kept.append(maps))
        logits = model(image.clone().requires_grad_())
        hook.remove()
        (gradients,) = torch.autograd.grad(logits[0].max(), kept[0])
        values = (gradients.mean((2, 3), keepdim=True) * kept[0].detach()).sum(1, keepdim=True).relu()
        F.interpolate(values, image.shape[-2:], mode="bilinear")
        logits.softmax(1).topk(5)
        synchronize(device)

    return answer_with_map if grad_cam else answer


def timed(job: Callable[[], object], seconds: float) -> list[float]:
    """Return the seconds that each run took, for as many runs as fit the time."""
    found: list[float] = []
    until = time.perf_counter() + seconds
    while (started := time.perf_counter()) < until or len(found) < 2:
        job()
        found.append(time.perf_counter() - started)
    return found[1:]  # the first is slow
