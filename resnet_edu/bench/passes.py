"""What a frame of a stream asks of a net, in bare torch and Captum, on a tensor that is there already."""

import time
from collections.abc import Callable

import captum.attr
import torch

from resnet_edu.device import autocast, inference_dtype, synchronize
from resnet_edu.vision.attribution.layers import layers
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.samples import DEFAULT_SAMPLE, sample_picture


def bare_passes(loaded: Loaded, *, grad_cam: bool) -> Callable[[], object]:
    """The same forward pass as the engine's, in the same precision.

    Captum's Grad-CAM of the answer is a pass of its own, as for whoever calls it; a streamed frame takes one for both.
    """
    net, model, device = loaded.net, loaded.model, loaded.device
    image = net.preprocessing.tensor(net.preprocessing.view(sample_picture(DEFAULT_SAMPLE).image)).to(device)
    method = captum.attr.LayerGradCam(model, model.get_submodule(layers(net.architecture).stages[-1]))

    def run() -> None:
        with torch.inference_mode(), autocast(device, inference_dtype(device)):
            top = model(image).softmax(1).topk(5).indices[0, 0]
        if grad_cam:
            method.attribute(image.clone().requires_grad_(), target=int(top), relu_attributions=True)
        synchronize(device)

    return run


def timed(job: Callable[[], object], seconds: float) -> list[float]:
    """Return the seconds that each run took, for as many runs as fit the time."""
    found: list[float] = []
    until = time.perf_counter() + seconds
    while (started := time.perf_counter()) < until or len(found) < 2:
        job()
        found.append(time.perf_counter() - started)
    return found[1:]  # the first is slow
