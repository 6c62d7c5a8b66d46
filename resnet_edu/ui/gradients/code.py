"""The Python behind the page's figures, ready to copy; a test runs each."""

from resnet_edu.measure.sweeps import Setting
from resnet_edu.ui.shared.code import arguments

GRADIENTS = """\
from resnet_edu.measure.gradients import Pictures, first_to_last, measure_gradients
from resnet_edu.measure.sweeps import Setting
from resnet_edu.nets.blocks import Activation, Normalisation
from resnet_edu.nets.cifar import Family, Initialisation
from resnet_edu.vision.samples import crops

setting = Setting(
{fields}
)
for experiment in setting.experiments(depth={depth}):
    signals = measure_gradients(experiment, crops())
    print(f"{{experiment.net.name:20}} first / last {{first_to_last(signals):.2e}}")
    for layer in signals.layers:
        print(f"  {{layer.name:18}} {{layer.weight_gradient:.3e}}")
"""


def gradients_code(setting: Setting, depth: int) -> str:
    """Python that measures both nets of a setting at one depth."""
    return GRADIENTS.format(fields=arguments(setting), depth=depth)
