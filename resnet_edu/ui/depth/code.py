"""The Python behind the page's figures, ready to copy; a test runs each."""

from resnet_edu.training.race import RaceSpec
from resnet_edu.ui.shared.code import arguments

RUNS = """\
from resnet_edu.paths import RUNS
from resnet_edu.training.record import load_records

for name, record in load_records(RUNS).records.items():
    last = record.epochs[-1]
    print(f"{name:24} training error {last.train_error:.1%}  test error {last.test_error:.1%}")
"""


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
    """Return Python that runs a race to the end of its first lap."""
    return RACE.format(fields=arguments(spec, indent=8))


IDENTITY = """\
import torch

from resnet_edu.measure.identity import NETS, Insert, answers, deepen
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.samples import CIFAR10_SAMPLES, crops, sample_picture
from torchvision.transforms import functional as TF

for insert in Insert:
    net = catalogue().find(NETS[insert.family])
    seen = net.preprocessing
    pictures = torch.cat([seen.tensor(seen.view(sample_picture(sample.id).image)) for sample in CIFAR10_SAMPLES])
    calibration = TF.normalize(crops(64), list(seen.mean), list(seen.std))
    deepened = deepen(load(net), insert, place={place}, seed={seed})
    logits = dict(answers(deepened, pictures, calibration, counts=(0, {k})))
    print(f"{{insert:13}} furthest logit {{(logits[{k}] - logits[0]).abs().max():.2g}}",
          [net.classes[index] for index in logits[{k}].argmax(1)])
"""


def identity_code(place: int, k: int, seed: int) -> str:
    """Return Python that has both nets classify the sample pictures with k insertions of every kind."""
    return IDENTITY.format(place=place, k=k, seed=seed)


LANDSCAPE = """\
from resnet_edu.measure.landscape import load_landscape, minima
from resnet_edu.paths import LANDSCAPE

for family in ("plain", "residual"):
    recorded = load_landscape(LANDSCAPE / f"cifar10-{{family}}-{depth}.json")
    line = recorded.line({seed})
    print(f"{{recorded.net}}: {{minima(recorded.slices[{seed}])}} local minima off the edge")
    for step, loss, error in zip(recorded.coordinates, line.losses, line.errors):
        print(f"  {{step:5.2f}}  loss {{loss:9.3f}}  error {{error:.1%}}")
"""


def landscape_code(depth: int, seed: int) -> str:
    """Return Python that reads both nets' recorded landscapes and prints their middle lines."""
    return LANDSCAPE.format(depth=depth, seed=seed)
