"""The Python behind the page, ready to copy; tests run all of it."""

from resnet_edu.teaching.head import PENALTY
from resnet_edu.teaching.tasks import DRAWS
from resnet_edu.ui.teach.settings import TeachSettings

FEATURES = """\
{reading}

import torch

from resnet_edu.teaching.features import ExtractFeatures
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded

{pictures}
labels, names = collection.labels, collection.names

# The frozen net: its weights never change.
net = catalogue().nets["{net}"]
found = ExtractFeatures(net, collection.shots).run(Loaded(net, load(net), torch.device("cpu")))
"""
OWN = (
    "from pathlib import Path\n\nfrom resnet_edu.teaching.archive import unpack",
    'collection, _ = unpack(Path("pictures.zip").read_bytes())',
)
HEAD = """
x = found.last.double()  # what the net's own last layer was given of each picture
x = x - x.mean(0)
x = x / x.square().mean().sqrt()

# The new last layer: logistic regression, which has one best answer.
weight = torch.zeros(len(names), x.shape[1], dtype=torch.double, requires_grad=True)
bias = torch.zeros(len(names), dtype=torch.double, requires_grad=True)
optimizer = torch.optim.LBFGS([weight, bias], max_iter=500, tolerance_change=0, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(x @ weight.T + bias, labels, reduction="sum")
    loss = loss + {penalty} / 2 * weight.square().sum()
    loss.backward()
    return loss


optimizer.step(closure)
for index, name in enumerate(names):
    probability = (x @ weight.T + bias).softmax(1)[labels == index, index].mean()
    print(f"{{name}}: {{probability:.3f}}")
"""
COMPARE = """
from resnet_edu.teaching.held_out import held_out
from resnet_edu.teaching.tasks import named

for name, values in named(found).items():
    judged = held_out(values, labels, len(names))
    low, high = judged.interval
    print(f"{{name:10}} {{judged.accuracy:.1%}} ({{low:.0%}} to {{high:.0%}})")
"""
CURVE = """
from resnet_edu.teaching.held_out import learning_curve

for point in learning_curve(found.last, labels, len(names), draws={draws}):
    print(f"{{point.pictures:3}} a class: {{point.mean:.1%}} ({{point.worst:.0%}} to {{point.best:.0%}})")
"""


def head_code(now: TeachSettings) -> str:
    """Return Python that fits a head on the page's pictures, in plain torch."""
    return _features(now) + HEAD.format(penalty=PENALTY)


def compare_code(now: TeachSettings) -> str:
    """Return Python that compares the same head on pixels and on each stage's features."""
    return _features(now) + COMPARE.format()


def curve_code(now: TeachSettings) -> str:
    """Return Python that fits the head on more and more pictures."""
    return _features(now) + CURVE.format(draws=DRAWS)


def _features(now: TeachSettings) -> str:
    """Return the code for the features; the reader's own pictures are read from the ZIP that the page offers."""
    reading, pictures = OWN
    if not now.is_own:
        reading = "from resnet_edu.teaching.example import Example, example"
        pictures = f"collection = example(Example.{now.source.upper()})"
    return FEATURES.format(reading=reading, pictures=pictures, net=now.net.id)
