"""Class activation maps: a layer's maps, weighted and added up. What differs is where the weights come from."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from captum._utils.gradient import compute_layer_gradients_and_eval
from captum.attr import LayerActivation, LayerAttribution, LayerGradCam
from torch import Tensor, nn

from resnet_edu.errors import mark
from resnet_edu.vision.attribution.method import Method, Question, correlation, grid


def grad_cam(question: Question) -> Tensor:
    """Captum's LayerGradCam, positive parts, enlarged to the picture."""
    values = LayerGradCam(question.model, _layer(question)).attribute(
        question.input, target=question.target, relu_attributions=True
    )
    return _enlarged(question, values)


def grad_cam_of_answer(model: nn.Module, image: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """(1, classes) logits of a picture and ``grad_cam`` of its highest, (1, 1, H, W), in one pass instead of two.

    Gradients are needed only after the layer: nothing before it is kept for them.
    """
    kept: list[Tensor] = []

    def begin(module: nn.Module, args: Any, output: Tensor) -> Tensor:
        torch.set_grad_enabled(True)
        kept.append(output.detach().requires_grad_())
        return kept[0].clone()  # what follows may change it in place

    hook = model.get_submodule(layer).register_forward_hook(begin)
    try:
        with torch.no_grad():
            logits = model(image)
    finally:
        hook.remove()
    [maps] = kept
    (gradients,) = torch.autograd.grad(logits[0].max(), maps)
    values = _summed(gradients.mean((2, 3), keepdim=True), maps.detach())
    return logits.detach(), LayerAttribution.interpolate(values, image.shape[-2:], "bilinear")


GRAD_CAM = Method(
    id="grad-cam",
    title=mark("Grad-CAM"),
    reading=mark("Where the chosen layer's maps speak for the class: coarse regions, not pixels."),
    paper="Selvaraju et al. 2016",
    arxiv="1610.02391",
    pitfall=mark(
        "As coarse as the layer's maps, and enlarged smoothly: the borders of a region mean nothing. In early layers it"
        " can light up places that the score does not depend on."
    ),
    signed=False,
    layered=True,
    compared_with_hirescam=True,
    compute=grad_cam,
)


def agreement_with_hirescam(question: Question) -> float:
    """Pearson's correlation of Grad-CAM with HiResCAM at the layer (Draelos and Carin 2020); NaN for a constant map."""
    gradients, maps = _at_layer(question)
    return correlation(_summed(gradients.mean((2, 3), keepdim=True), maps), _summed(gradients, maps))


def hirescam(question: Question) -> Tensor:
    """Each value times its own gradient, summed over the maps; positive parts."""
    gradients, maps = _at_layer(question)
    return _enlarged(question, _summed(gradients, maps))


HIRESCAM = Method(
    id="hirescam",
    title=mark("HiResCAM"),
    reading=mark("Each value of the chosen layer times its own gradient: only places that the score depends on."),
    paper="Draelos & Carin 2020",
    arxiv="2011.08891",
    pitfall=mark("The gradient holds for small changes only. In early layers the map is as noisy as the gradient is."),
    signed=False,
    layered=True,
    compute=hirescam,
)


def layer_cam(question: Question) -> Tensor:
    """Each value times the positive part of its own gradient, summed over the maps; positive parts."""
    gradients, maps = _at_layer(question)
    return _enlarged(question, _summed(gradients.relu(), maps))


LAYER_CAM = Method(
    id="layercam",
    title=mark("LayerCAM"),
    reading=mark(
        "Like HiResCAM, but only values whose growth would raise the score count: cleaner maps from early layers."
    ),
    paper="Jiang et al. 2021",
    arxiv="",
    doi="10.1109/TIP.2021.3089943",
    pitfall=mark("It leaves out whatever speaks against the class, although the score counts it."),
    signed=False,
    layered=True,
    compute=layer_cam,
)


def grad_cam_plus_plus(question: Question) -> Tensor:
    """A map's weight is the sum of its positive gradients g, each times 1 / (2 + g times the sum of the map).

    This is the paper's second derivative over twice that plus the third times the sum, for the
    exponential of the score and a net that is piecewise linear.
    """
    gradients, maps = _at_layer(question)
    positive = gradients.relu()
    weights = positive / (2 + positive * maps.sum((2, 3), keepdim=True))
    return _enlarged(question, _summed(weights.sum((2, 3), keepdim=True), maps))


GRAD_CAM_PLUS_PLUS = Method(
    id="grad-cam-plus-plus",
    title=mark("Grad-CAM++"),
    reading=mark("Grad-CAM with more weight for maps that light up in few places: several small objects stay visible."),
    paper="Chattopadhyay et al. 2018",
    arxiv="1710.11063",
    pitfall=mark("Maps that speak against the class get no weight at all, although the score counts them."),
    signed=False,
    layered=True,
    compute=grad_cam_plus_plus,
)


def eigen_cam(question: Question) -> Tensor:
    """Each place's channels, projected on their first principal direction (uncentred, as the paper has it)."""
    with torch.inference_mode():
        maps = LayerActivation(question.model, _layer(question)).attribute(question.image)
        places = maps[0].flatten(1).T
        _left, _sizes, directions = torch.linalg.svd(places, full_matrices=False)
        projected = places @ directions[0]
        projected = projected * projected.sum().sign()  # a singular vector has no sign of its own
    return _enlarged(question, projected.relu().view(1, 1, *maps.shape[2:]))


EIGEN_CAM = Method(
    id="eigen-cam",
    title=mark("EigenCAM"),
    reading=mark("What the chosen layer's maps have most in common; no class and no gradient is used."),
    paper="Muhammad & Yeasin 2020",
    arxiv="2008.00299",
    pitfall=mark("The map is the same for every class: it shows what stands out, not what speaks for the answer."),
    signed=False,
    layered=True,
    asks_class=False,
    compute=eigen_cam,
)


def ablation_cam(question: Question) -> Tensor:
    """A map's weight is how far the score falls without it; positive parts of the weighted sum.

    The paper divides by the score, which changes the scale only, or turns the map over where the
    score is negative.
    """
    layer = _layer(question)
    with torch.inference_mode():
        maps = LayerActivation(question.model, layer).attribute(question.image)
        whole = question.score(question.image)
    channels = maps.shape[1]
    falls = maps.new_zeros(channels)
    for start, end in grid(channels, question.chunk):
        with torch.inference_mode(), _without(layer, start, end):
            falls[start:end] = whole - question.score(question.image.expand(end - start, -1, -1, -1))
        question.advance(end / channels)
    with torch.inference_mode():
        return _enlarged(question, _summed(falls.view(1, -1, 1, 1), maps))


ABLATION_CAM = Method(
    id="ablation-cam",
    title=mark("Ablation-CAM"),
    reading=mark("Each map of the chosen layer is set to zero in turn; it weighs as much as the score falls."),
    paper="Desai & Ramaswamy 2020",
    arxiv="",
    doi="10.1109/WACV45572.2020.9093360",
    pitfall=mark("One map at a time: where two maps say the same, losing one costs little, and neither gets weight."),
    signed=False,
    layered=True,
    long=True,
    compute=ablation_cam,
)


def _layer(question: Question) -> nn.Module:
    return question.model.get_submodule(question.layer)


def _at_layer(question: Question) -> tuple[Tensor, Tensor]:
    """The score's gradients and the maps, (1, C, h, w) each."""
    (gradients,), (maps,) = compute_layer_gradients_and_eval(
        question.model, _layer(question), question.input, question.target
    )
    return gradients, maps.detach()


def _summed(weights: Tensor, maps: Tensor) -> Tensor:
    """(1, 1, h, w): the positive part of the weighted sum over the maps."""
    return (weights * maps).sum(1, keepdim=True).relu()


def _enlarged(question: Question, values: Tensor) -> Tensor:
    """To the picture's side, smoothly."""
    enlarged: Tensor = LayerAttribution.interpolate(values, question.image.shape[-2:], "bilinear")
    return enlarged


@contextmanager
def _without(layer: nn.Module, first: int, end: int) -> Iterator[None]:
    """Of a batch, picture i passes the layer without its map ``first`` + i."""

    def ablate(module: nn.Module, args: Any, output: Tensor) -> Tensor:
        output = output.clone()
        output[range(end - first), range(first, end)] = 0
        return output

    hook = layer.register_forward_hook(ablate)
    try:
        yield
    finally:
        hook.remove()
