"""The Python behind the page's figures, ready to copy; a test runs each."""

from collections.abc import Sequence

from resnet_edu.measure.sweeps import Setting
from resnet_edu.ui.shared.code import arguments

GRADIENTS = """\
from resnet_edu.measure.gradients import Pictures
from resnet_edu.measure.sweeps import Setting, layer_names, measure_spread
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.cifar import Family, Initialisation
from resnet_edu.vision.samples import crops

setting = Setting(
{fields}
)
nets = measure_spread(setting, depth={depth}, seeds={seeds}, pool=crops())
for name, net in vars(nets).items():
    low, ratio, high = net.ratios["weight_gradient"]
    print(f"{{name:20}} first / last {{ratio:.2e}} ({{low:.2e}} to {{high:.2e}})")
    for (layer, *_), gradient in zip(layer_names({depth}), net.median.weight_gradient):
        print(f"  {{layer:18}} {{gradient:.3e}}")
"""


def gradients_code(setting: Setting, depth: int, seeds: Sequence[int]) -> str:
    """Python that measures both nets of a setting at one depth."""
    return GRADIENTS.format(fields=arguments(setting), depth=depth, seeds=tuple(seeds))
