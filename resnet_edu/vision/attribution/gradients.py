"""Methods that follow the gradient back to the picture."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from captum.attr import (
    Deconvolution,
    DeepLift,
    GuidedBackprop,
    GuidedGradCam,
    InputXGradient,
    Saliency,
)
from captum.attr._utils.approximation_methods import approximation_parameters
from torch import Tensor

from resnet_edu.errors import mark
from resnet_edu.vision.attribution.method import Method, Question, generator, grid, one_relu_a_use

NOISE_SHARE = 0.15
"""SmoothGrad's standard deviation, as a share of the picture's range of values; 10 to 20% in the paper."""
SHAP_NOISE = 0.09


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Captum's warnings about the hooks it sets and removes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Setting (forward, backward|backward) hooks", category=UserWarning)
        yield


def saliency(question: Question) -> Tensor:
    """Return the gradient's absolute value."""
    values: Tensor = Saliency(question.model).attribute(question.input, target=question.target)
    return values


SALIENCY = Method(
    id="saliency",
    title=mark("Saliency"),
    reading=mark("Bright pixels are those where a small change would change the class's score most."),
    paper="Simonyan et al. 2013",
    arxiv="1312.6034",
    pitfall=mark("It says how sensitive the score is here, not how much a pixel has contributed; it is noisy."),
    signed=False,
    compute=saliency,
)


def input_x_gradient(question: Question) -> Tensor:
    """Return the gradient times the picture."""
    values: Tensor = InputXGradient(question.model).attribute(question.input, target=question.target)
    return values


INPUT_X_GRADIENT = Method(
    id="input-x-gradient",
    title=mark("Input × Gradient"),
    reading=mark("Blue pixels speak for the class and orange ones against it, as far as the net is linear here."),
    paper="Shrikumar et al. 2016",
    arxiv="1605.01713",
    pitfall=mark("A pixel of the mean colour gets nothing, whatever it means; and the net is not linear."),
    signed=True,
    compute=input_x_gradient,
)


def integrated_gradients(question: Question) -> Tensor:
    """Captum's Gauss-Legendre rule from the baseline, chunk by chunk."""
    weights_of, places_of = approximation_parameters("gausslegendre")
    steps = question.options.steps
    weights = torch.tensor(weights_of(steps)).float().to(question.image.device)
    places = [float(place) for place in places_of(steps)]
    baseline = question.baseline
    way = question.image - baseline
    total = torch.zeros_like(way)
    for start, end in grid(steps, question.chunk):
        gradients = _gradients(question, torch.cat([baseline + place * way for place in places[start:end]]))
        total += (gradients * weights[start:end, None, None, None]).sum(0, keepdim=True)
        question.advance(end / steps)
    return total * way


INTEGRATED_GRADIENTS = Method(
    id="integrated-gradients",
    title=mark("Integrated Gradients"),
    reading=mark(
        "How much each pixel adds to the score on the way from another picture, by default grey; the shares add up."
    ),
    paper="Sundararajan et al. 2017",
    arxiv="1703.01365",
    pitfall=mark(
        "All depends on the picture one starts from: what has its colour, by default the mean grey, gets nothing."
    ),
    signed=True,
    long=True,
    complete=True,
    compute=integrated_gradients,
)


def smoothgrad(question: Question) -> Tensor:
    """Return the mean gradient of noisy copies, in two halves; noise is drawn as in Captum's NoiseTunnel."""
    image = question.image
    deviation = question.options.noise / 100 * NOISE_SHARE * float(image.max() - image.min())
    draw = generator()

    def gradients(count: int) -> Tensor:
        noise = torch.stack([deviation * torch.randn(image.shape[1:], generator=draw) for _ in range(count)])
        return _gradients(question, image + noise.to(image.device))

    return _in_halves(question, gradients)


SMOOTHGRAD = Method(
    id="smoothgrad",
    title=mark("SmoothGrad"),
    reading=mark(
        "The gradient, averaged with its sign over noisy copies of the picture, then made absolute: whatever the noise"
        " flips cancels out."
    ),
    paper="Smilkov et al. 2017",
    arxiv="1706.03825",
    pitfall=mark("The amount of noise is a choice: with more of it the map is smoother, not truer."),
    signed=False,
    long=True,
    noisy=True,
    compute=smoothgrad,
)


def gradient_shap(question: Question) -> Tensor:
    """Return Erion et al.'s expectation over start and place, with Captum's noise on the picture, in two halves.

    Each sample makes its own draws, one after the other, so that the chunk size changes nothing.
    """
    image = question.image
    colours = torch.cat([question.black, 0 * question.black, question.white])
    deviation = question.options.noise / 100 * SHAP_NOISE
    draw = generator()

    def contributions(count: int) -> Tensor:
        drawn = [_draw(image.shape[1:], deviation, draw) for _ in range(count)]
        noise, places, chosen = (torch.stack(each).to(image.device) for each in zip(*drawn, strict=True))
        starts = colours[chosen]
        ways = image + noise - starts
        return _gradients(question, starts + places.view(-1, 1, 1, 1) * ways) * ways

    return _in_halves(question, contributions)


GRADIENT_SHAP = Method(
    id="gradient-shap",
    title=mark("GradientSHAP"),
    reading=mark(
        "Expected gradients: Integrated Gradients from black, grey and white pictures at once, at random places on the"
        " way."
    ),
    paper="Erion et al. 2019",
    arxiv="1906.10670",
    pitfall=mark(
        "An estimate from random draws; Shapley values (Lundberg & Lee 2017) only if pixels were independent and the"
        " net linear."
    ),
    signed=True,
    long=True,
    noisy=True,
    compute=gradient_shap,
)


def _draw(shape: torch.Size, deviation: float, draw: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """One sample's noise, its place on the way, and which colour it starts from."""
    noise = deviation * torch.randn(shape, generator=draw)
    return noise, torch.rand((), generator=draw), torch.randint(3, (), generator=draw)


def _gradients(question: Question, points: Tensor) -> Tensor:
    """Return the score's gradient at each of the (N, 3, H, W) points."""
    points.requires_grad_()
    (gradients,) = torch.autograd.grad(question.score(points).sum(), points)
    return gradients


def _in_halves(question: Question, samples: Callable[[int], Tensor]) -> Tensor:
    """Return (2, 3, H, W): the means of the even and of the odd samples, two estimates that share no draw.

    ``samples`` returns the next N, (N, 3, H, W). Both halves have equally many, so their mean is that of all
    samples.
    """
    count = question.options.samples
    sums = question.image.new_zeros(2, *question.image.shape[1:])
    for start, end in grid(count, question.chunk):
        values = samples(end - start)
        for half in range(2):
            sums[half] += values[(half - start) % 2 :: 2].sum(0)
        question.advance(end / count)
    return sums / (count / 2)


def guided_backprop(question: Question) -> Tensor:
    """Return Captum's Guided Backprop; it removes its hooks itself."""
    with quiet():
        values: Tensor = GuidedBackprop(question.model).attribute(question.input, target=question.target)
    return values


GUIDED_BACKPROP = Method(
    id="guided-backprop",
    title=mark("Guided Backprop"),
    reading=mark("The gradient, with everything negative cut off at each ReLU: fine outlines of what excites the net."),
    paper="Springenberg et al. 2014",
    arxiv="1412.6806",
    pitfall=mark("Sharp, but hardly about the class: it hardly changes when the weights above become random."),
    signed=True,
    compute=guided_backprop,
)


def deconvolution(question: Question) -> Tensor:
    """Return Captum's Deconvolution; it removes its hooks itself."""
    with quiet():
        values: Tensor = Deconvolution(question.model).attribute(question.input, target=question.target)
    return values


DECONVOLUTION = Method(
    id="deconvolution",
    title=mark("Deconvolution"),
    reading=mark("The score projected back through the net, keeping only what is positive on the way back."),
    paper="Zeiler & Fergus 2013",
    arxiv="1311.2901",
    pitfall=mark("It ignores which ReLUs were closed, so it shows patterns of the net's strides as well."),
    signed=True,
    compute=deconvolution,
)


def guided_grad_cam(question: Question) -> Tensor:
    """Return Captum's Guided Grad-CAM at the chosen layer."""
    layer = question.model.get_submodule(question.layer)
    with quiet():
        values: Tensor = GuidedGradCam(question.model, layer).attribute(
            question.input, target=question.target, interpolate_mode="bilinear"
        )
    return values


GUIDED_GRAD_CAM = Method(
    id="guided-grad-cam",
    title=mark("Guided Grad-CAM"),
    reading=mark("Guided Backprop's outlines, kept only inside the regions that Grad-CAM finds."),
    paper="Selvaraju et al. 2016",
    arxiv="1610.02391",
    pitfall=mark("It looks like an explanation in detail; the detail comes from Guided Backprop."),
    signed=True,
    layered=True,
    compute=guided_grad_cam,
)


def deep_lift(question: Question) -> Tensor:
    """Return Captum's DeepLift with the mean colour (zero) as its baseline."""
    with quiet():
        values: Tensor = DeepLift(question.model).attribute(
            question.input, baselines=torch.zeros_like(question.image), target=question.target
        )
    return values


DEEP_LIFT = Method(
    id="deeplift",
    title=mark("DeepLift"),
    reading=mark("How much each pixel's difference from grey changes the score, passed back layer by layer."),
    paper="Shrikumar et al. 2017",
    arxiv="1704.02685",
    pitfall=mark("It depends on the picture it compares with, and its rules know ReLUs, not every kind of layer."),
    signed=True,
    holds=one_relu_a_use,
    refusal=mark(
        "DeepLift needs a module of its own for each ReLU, and nets that only add. torchvision's nets use"
        " one ReLU module several times, so it is offered for our nets only."
    ),
    compute=deep_lift,
)
