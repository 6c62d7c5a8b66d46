"""The Python behind the page's figures, ready to copy; a test runs each."""

from collections.abc import Sequence

from resnet_edu.measure.shattering import InputPath
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
    """Return Python that measures both nets of a setting at one depth."""
    return GRADIENTS.format(fields=arguments(setting), depth=depth, seeds=tuple(seeds))


FIRST_STEPS = """\
from resnet_edu.measure.first_steps import first_steps
from resnet_edu.measure.gradients import Pictures
from resnet_edu.measure.sweeps import Setting
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.cifar import Family, Initialisation
from resnet_edu.vision.samples import crops

setting = Setting(
{fields}
)
for step, moment in first_steps(setting, depth={depth}, pool=crops()):
    plain, residual = moment.pair.plain, moment.pair.residual
    print(f"step {{step:2}}  loss: plain {{plain.loss:.3f}}, other {{residual.loss:.3f}}  "
          f"gradient of the first layer: {{plain.weight_gradient[0]:.2e}}, {{residual.weight_gradient[0]:.2e}}")
"""


def first_steps_code(setting: Setting, depth: int) -> str:
    """Return Python that trains both nets of a setting for the first steps."""
    return FIRST_STEPS.format(fields=arguments(setting), depth=depth)


SHATTERING = """\
from resnet_edu.measure.shattering import InputPath, shatter

for depth, pair in shatter({path!r}, depths=(2, {depth})):
    for name, nets in vars(pair).items():
        print(f"{{depth:3}} layers, {{name:8}}: neighbours' correlation {{nets.autocorrelation[1]:.2f}}, "
              f"deviation {{nets.deviation:.2e}}")
"""


def shattering_code(path: InputPath, depth: int) -> str:
    """Return Python that measures how similar the gradients of neighbouring inputs are."""
    return SHATTERING.format(path=path, depth=depth)
