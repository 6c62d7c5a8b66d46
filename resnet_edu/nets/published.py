"""The nets of the papers and their relatives: plan, published figures, citations. A new net is one line.

Errors are top-1 in per cent. torchvision's figures are read from its weights' metadata; every other figure is
printed in the paper cited next to it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from resnet_edu.errors import mark
from resnet_edu.nets.plan import Plan, plan_of
from resnet_edu.nets.stack import StackSpec
from resnet_edu.nets.stack_presets import BY_NAME
from resnet_edu.nets.vgg import VGG_16, VGG_19, VggSpec


class Protocol(StrEnum):
    """The pictures and procedure behind an error; errors under different protocols are not comparable."""

    MNIST = "mnist"
    """The MNIST test set."""
    CIFAR10 = "cifar10"
    """The CIFAR-10 test set, one view of each picture, after training with the usual shifts and flips."""
    ONE_CROP = "one-crop"
    """The ImageNet validation set, one central crop of 224 pixels."""
    TEN_CROP = "ten-crop"
    """The ImageNet validation set, mean over ten crops of 224 pixels."""

    @property
    def label(self) -> str:
        """A label for the reader; a source string."""
        return _PROTOCOLS[self]


_PROTOCOLS = {
    Protocol.MNIST: mark("MNIST test set"),
    Protocol.CIFAR10: mark("CIFAR-10 test set"),
    Protocol.ONE_CROP: mark("ImageNet, one crop of 224"),
    Protocol.TEN_CROP: mark("ImageNet, ten crops of 224"),
}


class Series(StrEnum):
    """Nets of one design in different sizes."""

    PLAIN = "plain"
    RESNET = "ResNet"
    WIDE = "Wide ResNet"
    RESNEXT = "ResNeXt"
    DENSENET = "DenseNet"
    HIGHWAY = "Highway"
    VGG = "VGG"
    VGG_BN = "VGG + BN"
    ALEXNET = "AlexNet"
    SENET = "SENet"
    CONVNEXT = "ConvNeXt"
    LENET = "LeNet"


@dataclass(frozen=True)
class Result:
    """A published top-1 error in per cent.

    ``note``, a source string, says how it was chosen among several runs. With ``is_bound``, the publication
    only says that the error is higher than this.
    """

    protocol: Protocol
    error: float
    citation: str
    note: str = ""
    is_bound: bool = False


@dataclass(frozen=True)
class Claim:
    """A net's size as printed: "0.27M" parameters, "3.6" billion multiply-adds; "" if not printed."""

    parameters: str = ""
    billions: str = ""
    citation: str = ""


@dataclass(frozen=True)
class PublishedNet:
    """A net from a paper; ``spec`` is None if the paper doesn't specify every layer, or nothing here builds it.

    ``depth`` is in layers as its paper counts them, 0 where it doesn't.
    ``torchvision`` is the torchvision model with published weights for it.
    """

    name: str
    series: Series
    depth: int
    spec: StackSpec | VggSpec | None
    printed: tuple[Result, ...] = ()
    claim: Claim = Claim()
    torchvision: str = ""

    @property
    def id(self) -> str:
        """The net's identifier in a URL."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower().replace("×", "x")).strip("-")

    @property
    def data(self) -> str:
        """The data set it was made for."""
        if self.spec:
            return "CIFAR-10" if self.spec.size == 32 else "ImageNet"
        return {Protocol.MNIST: "MNIST", Protocol.CIFAR10: "CIFAR-10"}.get(self.results[0].protocol, "ImageNet")

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """All published errors, including those in torchvision's metadata."""
        if not self.torchvision:
            return self.printed
        return (_of_torchvision(self.torchvision)[0], *self.printed)

    @cached_property
    def newer_results(self) -> tuple[Result, ...]:
        """The errors of torchvision's later weights, from a longer recipe; often empty."""
        return _of_torchvision(self.torchvision)[1:] if self.torchvision else ()

    def plan(self) -> Plan:
        """Return graph and sections; raises ``ValueError`` if there is no specification."""
        if self.spec is None:
            raise ValueError(self.name)
        return _plan(self.spec)


def _of_torchvision(model: str) -> tuple[Result, ...]:
    """Return the errors in the metadata of a model's weights for one crop, oldest first."""
    from resnet_edu.nets.imagenet import pretrained_weights  # torchvision takes a second to import

    return tuple(
        Result(
            Protocol.ONE_CROP,
            round(100 - weights.meta["_metrics"]["ImageNet-1K"]["acc@1"], 3),
            f"torchvision, {model}, {weights.name.removeprefix('IMAGENET1K_')}",
        )
        for weights in pretrained_weights(model)
        if weights.name.startswith("IMAGENET1K_V") and weights.transforms().crop_size == [224]
    )


@lru_cache(maxsize=64)
def _plan(spec: StackSpec | VggSpec) -> Plan:
    return spec.plan() if isinstance(spec, VggSpec) else plan_of(spec.stack())


TABLE_1 = "He et al. 2015, table 1"
FIGURE_3 = "He et al. 2015, fig. 3"
FIGURE_6 = "He et al. 2015, fig. 6"
TABLE_6 = "He et al. 2015, table 6"


def _cifar(citation: str, error: float, note: str = "") -> tuple[Result, ...]:
    return (Result(Protocol.CIFAR10, error, citation, note),)


def _ten_crop(error: float, table: int) -> tuple[Result, ...]:
    return (Result(Protocol.TEN_CROP, error, f"He et al. 2015, table {table}"),)


def _stack(name: str) -> StackSpec:
    return BY_NAME[name].spec


# He15 table 6: parameters as printed, test error of the residual net
_CIFAR = {
    20: ("0.27M", 8.75, ""),
    32: ("0.46M", 7.51, ""),
    44: ("0.66M", 7.17, ""),
    56: ("0.85M", 6.97, ""),
    110: ("1.7M", 6.43, mark("best of five runs; mean 6.61 ± 0.16")),
    1202: ("19.4M", 7.93, ""),
}
# He15 figure 6 plots the errors of the others but prints no numbers
_PLAIN_CIFAR: dict[int, tuple[Result, ...]] = {
    **dict.fromkeys((20, 32, 44, 56), ()),
    110: (Result(Protocol.CIFAR10, 60, FIGURE_6, mark("higher than 60%, not drawn"), is_bound=True),),
}
_RESNETS = {  # published name: depth, error with ten crops, table, billions of table 1, torchvision's model
    "ResNet-18 (A)": (18, 27.88, 2, "1.8", ""),
    "ResNet-18": (18, None, 0, "", "resnet18"),
    "ResNet-34 (A)": (34, 25.03, 2, "3.6", ""),
    "ResNet-34": (34, 24.52, 3, "", "resnet34"),
    "ResNet-34 (C)": (34, 24.19, 3, "", ""),
    "ResNet-50 (v1)": (50, 22.85, 3, "3.8", ""),
    "ResNet-101 (v1)": (101, 21.75, 3, "7.6", ""),
    "ResNet-152 (v1)": (152, 21.43, 3, "11.3", ""),
    "ResNet-50 (v1.5)": (50, None, 0, "", "resnet50"),
    "ResNet-101 (v1.5)": (101, None, 0, "", "resnet101"),
    "ResNet-152 (v1.5)": (152, None, 0, "", "resnet152"),
}
_WIDE = {"WRN-16-8": (16, "11.0M", 4.27), "WRN-28-10": (28, "36.5M", 4.0), "WRN-40-4": (40, "8.9M", 4.53)}

STOCHASTIC_DEPTH = {1202: Result(Protocol.CIFAR10, 4.91, "Huang et al. 2016b, abstract")}
"""ResNets trained with stochastic depth, which changes no layer, by depth."""

NETS = (
    *(
        PublishedNet(
            name,
            Series.RESNET,
            depth,
            _stack(name),
            _ten_crop(error, table) if error else (),
            Claim(billions=billions, citation=TABLE_1 if billions else ""),
            torchvision,
        )
        for name, (depth, error, table, billions, torchvision) in _RESNETS.items()
    ),
    PublishedNet("plain-18", Series.PLAIN, 18, _stack("plain-18"), _ten_crop(27.94, 2), Claim("", "1.8", TABLE_1)),
    PublishedNet(
        "plain-34",
        Series.PLAIN,
        34,
        _stack("plain-34"),
        _ten_crop(28.54, 2),
        Claim("", "3.6", FIGURE_3),
    ),
    *(
        PublishedNet(
            f"ResNet-{depth}",
            Series.RESNET,
            depth,
            _stack(f"residual-{depth}"),
            _cifar(TABLE_6, error, note),
            Claim(parameters, "", TABLE_6),
        )
        for depth, (parameters, error, note) in _CIFAR.items()
    ),
    *(
        PublishedNet(f"plain-{depth}", Series.PLAIN, depth, _stack(f"plain-{depth} (CIFAR)"), results)
        for depth, results in _PLAIN_CIFAR.items()
    ),
    *(
        PublishedNet(
            name,
            Series.WIDE,
            depth,
            _stack(name),
            _cifar("Zagoruyko and Komodakis 2016, table 5", error, mark("median of five runs")),
            Claim(parameters, "", "Zagoruyko and Komodakis 2016, table 5"),
        )
        for name, (depth, parameters, error) in _WIDE.items()
    ),
    PublishedNet(
        "Wide ResNet-50-2",
        Series.WIDE,
        50,
        _stack("Wide ResNet-50-2"),
        claim=Claim("68.9M", "", "Zagoruyko and Komodakis 2016, table 8"),
        torchvision="wide_resnet50_2",
    ),
    PublishedNet(
        "ResNeXt-50 32×4d",
        Series.RESNEXT,
        50,
        _stack("ResNeXt-50 32×4d"),
        claim=Claim("25.0M", "4.2", "Xie et al. 2016, table 1"),
        torchvision="resnext50_32x4d",
    ),
    PublishedNet("ResNeXt-101 32×8d", Series.RESNEXT, 101, _stack("ResNeXt-101 32×8d"), torchvision="resnext101_32x8d"),
    PublishedNet("DenseNet-121", Series.DENSENET, 121, _stack("DenseNet-121"), torchvision="densenet121"),
    PublishedNet(
        "DenseNet-BC-100, k = 12",
        Series.DENSENET,
        100,
        _stack("DenseNet-BC-100, k = 12"),
        _cifar("Huang et al. 2016, table 2", 4.51),
        Claim("0.8M", "", "Huang et al. 2016, table 2"),
    ),
    PublishedNet(
        "VGG-16",
        Series.VGG,
        16,
        VggSpec(VGG_16),
        _ten_crop(28.07, 3),
        Claim("138M", "", "Simonyan and Zisserman 2014, table 2"),
        "vgg16",
    ),
    PublishedNet(
        "VGG-19",
        Series.VGG,
        19,
        VggSpec(VGG_19),
        claim=Claim("144M", "19.6", "Simonyan and Zisserman 2014, table 2; He et al. 2015, fig. 3"),
        torchvision="vgg19",
    ),
    PublishedNet("VGG-16 + BN", Series.VGG_BN, 16, VggSpec(VGG_16, normalised=True), torchvision="vgg16_bn"),
    PublishedNet("VGG-19 + BN", Series.VGG_BN, 19, VggSpec(VGG_19, normalised=True), torchvision="vgg19_bn"),
    PublishedNet(
        "Highway-19",
        Series.HIGHWAY,
        19,
        None,
        _cifar(TABLE_6, 7.54, mark("best run; mean 7.72 ± 0.16")),
        Claim("2.3M", "", TABLE_6),
    ),
    PublishedNet("Highway-32", Series.HIGHWAY, 32, None, _cifar(TABLE_6, 8.8), Claim("1.25M", "", TABLE_6)),
    PublishedNet("AlexNet", Series.ALEXNET, 8, None, torchvision="alexnet"),
    PublishedNet(
        "SE-ResNet-50", Series.SENET, 50, None, (Result(Protocol.ONE_CROP, 23.29, "Hu et al. 2017, table 2"),)
    ),
    PublishedNet("ConvNeXt-T", Series.CONVNEXT, 0, None, torchvision="convnext_tiny"),
    PublishedNet(
        "LeNet-5",
        Series.LENET,
        7,
        None,
        (Result(Protocol.MNIST, 0.95, "LeCun et al. 1998, fig. 9"),),
        Claim("0.06M", "", "LeCun et al. 1998, § II.B"),
    ),
)
"""In the order in which the page lists them."""

BY_ID = {net.id: net for net in NETS}
COUNTED = {net.id: net for net in NETS if net.spec}
"""Nets that are specified down to the last layer."""
COMPARED: tuple[Protocol, ...] = tuple(each for each in Protocol if each is not Protocol.MNIST)
"""Protocols under which counted nets were measured."""
