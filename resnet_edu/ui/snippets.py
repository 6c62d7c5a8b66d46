"""The Python behind a figure, ready to copy; every one is run by a test."""

from collections.abc import Sequence
from dataclasses import fields
from enum import StrEnum

import streamlit as st

from resnet_edu.measure.sweeps import Setting
from resnet_edu.training.race import RaceSpec
from resnet_edu.ui.language import _

PREDICT = """\
from pathlib import Path

from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.image import decode

net = catalogue().nets["{net}"]
picture = decode(Path("{picture}").read_bytes())
seen = net.preprocessing.view(picture.image)
logits = load(net)(net.preprocessing.tensor(seen))
for probability, index in zip(*(logits / net.temperature).softmax(1)[0].topk(5)):
    print(f"{{net.classes[index]:20}} {{probability:.1%}}")
"""

RUNS = """\
from resnet_edu.paths import RUNS
from resnet_edu.training.record import load_records

for name, record in load_records(RUNS).records.items():
    last = record.epochs[-1]
    print(f"{name:24} training error {last.train_error:.1%}  test error {last.test_error:.1%}")
"""


def predict_code(net_id: str, picture: str) -> str:
    """Python that classifies the file ``picture``; run it in the project's folder."""
    return PREDICT.format(net=net_id, picture=picture)


def show_code(code: str) -> None:
    """The code in a drawer, with a copy button."""
    with st.expander(_("The Python behind this figure")):
        st.code(code, language="python", wrap_lines=True)


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
    return GRADIENTS.format(fields=_arguments(setting), depth=depth, seeds=tuple(seeds))


RACE = """\
from resnet_edu.nets.blocks import Normalisation
from resnet_edu.nets.fully_connected import LinearStart
from resnet_edu.training.points import PointSet
from resnet_edu.training.race import LAP, Race, RaceSpec

race = Race(
    RaceSpec(
{fields}
    )
)
while race.step < LAP:
    race.advance()
    if race.step % 50 == 0:
        plain, residual = race.losses
        print(f"step {{race.step:3}}  loss: plain {{plain:.4f}}, residual {{residual:.4f}}")
print(f"right: plain {{race.plain.accuracy:.1%}}, residual {{race.residual.accuracy:.1%}}")
"""


def race_code(spec: RaceSpec) -> str:
    """Python that runs a race to the end of its first lap."""
    return RACE.format(fields=_arguments(spec, indent=8))


COSTS = """\
from resnet_edu.measure.counting import count
from resnet_edu.measure.memory import Optimiser, Precision, training_step
from resnet_edu.nets.published import BY_ID

net = BY_ID["{net}"]
shape = (3, {side}, {side})
counted = count(net.plan(), shape)
print(f"parameters {{counted.total.parameters}}")
print(f"multiply-adds {{counted.total.multiply_adds}}")
print(f"receptive field {{counted.field.size}}")
for stage in counted.stages():
    print(f"  {{stage.stage:8}} {{stage.cost.parameters:>12,}} {{stage.cost.multiply_adds:>16,}}")

step = training_step(net.plan().graph, shape, Precision.{precision})
peak = step.peak({batch}, Optimiser.{optimiser})
print(f"peak of a training step {{peak.total}} bytes, at {{peak.operation}}")
"""


def costs_code(net_id: str, side: int, batch: int, precision: StrEnum, optimiser: StrEnum) -> str:
    """Python that counts a net and estimates the memory of training it."""
    return COSTS.format(net=net_id, side=side, batch=batch, precision=precision.name, optimiser=optimiser.name)


ATTRIBUTE = """\
from pathlib import Path

import torch

from resnet_edu.vision.attribution.method import Options
from resnet_edu.vision.attribution.randomisation import Randomise
from resnet_edu.vision.attribution.task import Attribute
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.image import decode

net = catalogue().nets["{net}"]
picture = decode(Path("{picture}").read_bytes())
loaded = Loaded(net, load(net), torch.device("cpu"))
options = Options(layer="{layer}", steps={steps})

for method in {methods}:
    found = Attribute(net, picture, method, {target}, options).run(loaded)  # found.values is (H, W)
    check = Randomise(net, picture, method, {target}, options).run(loaded)
    low, high = found.range
    print(f"{{method:22}} {{low:9.2g}} to {{high:9.2g}}", [f"{{rho:.2f}}" for rho in check.correlations])
"""


def attribute_code(net_id: str, picture: str, methods: list[str], target: int, layer: str, steps: int) -> str:
    """Python that makes the maps and the randomisation check; run it in the project's folder."""
    return ATTRIBUTE.format(net=net_id, picture=picture, methods=methods, target=target, layer=layer, steps=steps)


IDENTITY = """\
import torch

from resnet_edu.measure.identity import NETS, Insert, answers, deepen
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.samples import SAMPLES, crops, sample_picture
from torchvision.transforms import functional as TF

for insert in Insert:
    net = catalogue().find(NETS[insert.family])
    seen = net.preprocessing
    pictures = torch.cat([seen.tensor(seen.view(sample_picture(sample.id).image)) for sample in SAMPLES])
    calibration = TF.normalize(crops(64), list(seen.mean), list(seen.std))
    deepened = deepen(load(net), insert, place={place}, seed={seed})
    logits = dict(answers(deepened, pictures, calibration, counts=(0, {k})))
    print(f"{{insert:13}} furthest logit {{(logits[{k}] - logits[0]).abs().max():.2g}}",
          [net.classes[index] for index in logits[{k}].argmax(1)])
"""


def identity_code(place: int, k: int, seed: int) -> str:
    """Python that asks both nets about the sample pictures with k insertions of every kind."""
    return IDENTITY.format(place=place, k=k, seed=seed)


def _arguments(values: Setting | RaceSpec, indent: int = 4) -> str:
    lines = []
    for each in fields(values):
        value = getattr(values, each.name)
        shown = f"{type(value).__name__}.{value.name}" if isinstance(value, StrEnum) else repr(value)
        lines.append(f"{' ' * indent}{each.name}={shown},")
    return "\n".join(lines)
