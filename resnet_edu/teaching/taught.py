"""A net with classes of one's own: what it has learned lies over the weights of the net it was learned on."""

from dataclasses import replace

import torch
from torch import nn

from resnet_edu.seeding import seeded
from resnet_edu.teaching.features import classifier_of
from resnet_edu.teaching.head import Heads
from resnet_edu.vision.catalogue import Learned, Net, load


def with_head(net: Net, heads: Heads, classes: tuple[str, ...]) -> Net:
    """The net with the first of ``heads`` in place of its classifier."""
    with torch.device("meta"):
        classifier = classifier_of(net.architecture.build())
    weight, bias = heads.weight[0].float(), heads.bias[0].float()
    return with_classes(net, classes, Learned.of({f"{classifier}.weight": weight, f"{classifier}.bias": bias}))


def with_classes(net: Net, classes: tuple[str, ...], learned: Learned) -> Net:
    """The net that knows ``classes`` by what was ``learned``. Nothing is known of its accuracy or doubt yet."""
    return replace(
        net,
        id=f"taught-{learned.sha256[:12]}",
        title=f"{net.title} · {', '.join(classes)}",
        architecture=replace(net.architecture, classes=len(classes)),
        classes=classes,
        accuracy=None,
        top5=None,
        test_pictures=None,
        train_pictures=None,
        calibration=None,
        strangers=None,
        learned=learned,
    )


def renamed(net: Net, classes: tuple[str, ...], listed: str) -> Net:
    """The same taught net with other names for its classes; ``listed`` is how its title names them."""
    return replace(net, title=net.title.replace(", ".join(net.classes), listed), classes=classes)


def fresh(net: Net, classes: tuple[str, ...], seed: int) -> tuple[Net, nn.Module]:
    """The net with a new classifier, whose weights the seed determines, and the model itself, on the CPU."""
    with seeded(seed):
        model = replace(net.architecture, classes=len(classes)).build()
    classifier = classifier_of(model)
    head = {name: value for name, value in model.state_dict().items() if name.startswith(f"{classifier}.")}
    taught = with_classes(net, classes, Learned.of(head))
    return taught, load(taught)
