"""Train one of torchvision's nets on Tiny ImageNet and leave weights, model card and recorded run behind."""

from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from resnet_edu.nets.imagenet import ImagenetSpec
from resnet_edu.nets.tiny_imagenet import CLASSES
from resnet_edu.seeding import seeded


def run_name(model: str) -> str:
    """The stem of the files a run leaves, such as ``tiny-imagenet-resnet18``."""
    return f"tiny-imagenet-{model}"


def build_seeded(model: str, seed: int) -> nn.Module:
    """A net for 200 classes whose initial weights are determined by ``seed``.

    Each residual branch starts at zero, by the scale of its last batch normalisation (Goyal et al.
    2017, section 5.1), as with torchvision's ``zero_init_residual``. The global generator is
    untouched.
    """
    with seeded(seed):
        net = ImagenetSpec(model, len(CLASSES)).build()
    for module in net.modules():
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)
        elif isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)
    return net
