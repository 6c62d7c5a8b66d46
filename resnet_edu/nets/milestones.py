"""Image classification from LeNet-5 to today: depth and error as printed, and what each net and ResNet have in common.

An error is the one its source leads with; errors measured in different ways are not comparable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from resnet_edu.errors import mark
from resnet_edu.nets.imagenet import pretrained_weights
from resnet_edu.nets.published import BY_ID, STOCHASTIC_DEPTH, Result

TABLE_ROW = mark("Not built here; its row in the table of published top-1 errors: {page}")


class ErrorMeasure(StrEnum):
    """What an error was measured on, and how."""

    MNIST = mark("MNIST test set")
    TOP_5 = mark("top-5, ImageNet test set, several nets")
    TOP_1 = mark("top-1, ImageNet validation set, one crop")
    CIFAR10 = mark("CIFAR-10 test set")


@dataclass(frozen=True)
class Error:
    """An error in per cent, with the table that prints it."""

    percent: str
    measure: ErrorMeasure
    citation: str


@dataclass(frozen=True)
class Milestone:
    """A step: ``depth`` in layers with weights, 0 where its paper counts otherwise; ``brought`` is a source string.

    ``page`` and ``setting`` show it in the app, or what comes closest to it: then ``link`` says what that is.
    """

    year: int
    name: str
    depth: int
    brought: str
    citation: str
    page: str
    setting: Mapping[str, str] = field(default_factory=dict)
    error: Error | None = None
    link: str = ""


def _cifar(result: Result) -> Error:
    return Error(f"{result.error:.2f}", ErrorMeasure.CIFAR10, result.citation)


def _torchvision(model: str, version: int) -> Error:
    accuracy = pretrained_weights(model)[version].meta["_metrics"]["ImageNet-1K"]["acc@1"]
    return Error(f"{100 - accuracy:.2f}", ErrorMeasure.TOP_1, f"torchvision, {model}, V{version + 1}")


def milestones() -> tuple[Milestone, ...]:
    """Return the steps in order of their publication."""
    return (
        Milestone(
            1998, "LeNet-5", 7,
            mark("Convolutions and subsampling, trained end to end by gradients: still the body of every"
                 " convolutional net below."),
            "LeCun et al. 1998, § II", "parameters", {"family": "LeNet", "show": "nets"},
            Error("0.95", ErrorMeasure.MNIST, "LeCun et al. 1998, fig. 9"),
            link=TABLE_ROW,
        ),
        Milestone(
            2012, "AlexNet", 8,
            mark("ReLU, dropout and GPUs bring the same idea to a thousand classes."),
            "Krizhevsky et al. 2012", "parameters", {"family": "AlexNet", "show": "nets"},
            Error("15.3", ErrorMeasure.TOP_5, "Krizhevsky et al. 2012, abstract"),
            link=TABLE_ROW,
        ),
        Milestone(
            2014, "VGG", 19,
            mark("Only 3×3 convolutions; wider whenever the map is halved. ResNet's basic block takes over both"
                 " rules."),
            "Simonyan and Zisserman 2014", "parameters", {"net": "vgg-19", "show": "where"},
            Error("7.32", ErrorMeasure.TOP_5, "He et al. 2015, table 5"),
        ),
        Milestone(
            2014, "GoogLeNet", 22,
            mark("1×1 convolutions that make the 3×3 cheap, which the bottleneck needs, and one average instead of"
                 " large linear layers at the end."),
            "Szegedy et al. 2014", "parameters", {"show": "bottleneck"},
            Error("6.66", ErrorMeasure.TOP_5, "He et al. 2015, table 5"),
        ),
        Milestone(
            2015, mark("Batch normalisation"), 0,
            mark("Keeps the signals of the forward pass at one scale, whatever the initialisation. ResNet normalises"
                 " after every convolution."),
            "Ioffe and Szegedy 2015", "gradients", {"preset": "paper"},
            Error("4.82", ErrorMeasure.TOP_5, "He et al. 2015, table 5"),
            link=mark("With it, a plain net's gradient does not vanish but explodes: {page}"),
        ),
        Milestone(
            2015, "Highway", 19,
            mark("The shortcut with a gate that learns how much passes, as in an LSTM. ResNet drops the gate."),
            "Srivastava et al. 2015", "block", {"block": "highway"}, _cifar(BY_ID["highway-19"].results[0]),
        ),
        Milestone(
            2015, "ResNet", 152,
            mark("y = x + F(x): the layers learn only what to change. Eight times as deep as VGG, and it trains."),
            "He et al. 2015", "block", {"block": "basic"},
            Error("3.57", ErrorMeasure.TOP_5, "He et al. 2015, table 5"),
        ),
        Milestone(
            2016, mark("Pre-activation"), 1001,
            mark("Normalisation and ReLU move into the branch; nothing is left on the shortcut's way."),
            "He et al. 2016", "block", {"block": "v2"},
            Error("4.62", ErrorMeasure.CIFAR10, "He et al. 2016, abstract"),
        ),
        Milestone(
            2016, mark("Stochastic depth"), 1202,
            mark("Leaves out random blocks while training, which only a net with shortcuts survives: 1,202 layers are"
                 " better than 110 again."),
            "Huang et al. 2016b", "beyond", {"show": "depth"},
            _cifar(STOCHASTIC_DEPTH[1202]),
        ),
        Milestone(
            2016, "Wide ResNet", 28,
            mark("Fewer, wider blocks: depth is no longer the goal."),
            "Zagoruyko and Komodakis 2016", "block", {"block": "wide"}, _cifar(BY_ID["wrn-28-10"].results[0]),
        ),
        Milestone(
            2016, "ResNeXt", 50,
            mark("The bottleneck's 3×3 in 32 groups: more channels at the same price."),
            "Xie et al. 2016", "block", {"block": "resnext"}, _torchvision("resnext50_32x4d", 0),
        ),
        Milestone(
            2016, "DenseNet", 100,
            mark("Concatenates instead of adding: every layer sees all earlier ones."),
            "Huang et al. 2016", "block", {"block": "dense"}, _cifar(BY_ID["densenet-bc-100-k-12"].results[0]),
        ),
        Milestone(
            2017, "SENet", 0,
            mark("Weighs the channels of each branch by the picture before the addition; the shortcut stays."),
            "Hu et al. 2017", "parameters", {"family": "SENet", "show": "nets"},
            Error("2.251", ErrorMeasure.TOP_5, "Hu et al. 2017, abstract"),
            link=TABLE_ROW,
        ),
        Milestone(
            2017, "Transformer", 0,
            mark("Every sublayer is x + F(x), with attention or an MLP as F: the residual stream, from translation to"
                 " today's language models."),
            "Vaswani et al. 2017, § 3.1", "beyond", {"show": "tokens"},
        ),
        Milestone(
            2020, "ViT", 0,
            mark("A Transformer reads the picture patch by patch: no convolutional layers, the same addition."),
            "Dosovitskiy et al. 2020", "beyond", {"show": "residual-stream"},
            _torchvision("vit_b_16", 0),
        ),
        Milestone(
            2021, mark("ResNet-50 anew"), 50,
            mark("The net of 2015, trained longer and with more augmentation: part of what later nets gained was the"
                 " recipe."),
            "Wightman et al. 2021", "parameters", {"newer": "True", "show": "worth"},
            _torchvision("resnet50", 1),
        ),
        Milestone(
            2022, "ConvNeXt", 0,
            mark("A ResNet-50 redesigned step by step after Transformers, as accurate as they are, with convolutions."),
            "Liu et al. 2022", "parameters", {"family": "ConvNeXt", "show": "nets"}, _torchvision("convnext_tiny", 0),
            link=TABLE_ROW,
        ),
    )  # fmt: skip
