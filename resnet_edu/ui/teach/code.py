"""The Python of what was learned, ready to copy; a test runs it."""

from resnet_edu.teaching.head import PENALTY
from resnet_edu.ui.teach.settings import Asked

HEAD = """\
from pathlib import Path

import torch
from torch.nn import functional as F

{reading}
from resnet_edu.teaching.features import ExtractFeatures
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded

{pictures}
labels = collection.labels

# The frozen net: its weights never change. 512 numbers a picture are what its own last layer was given.
net = catalogue().nets["{net}"]
x = ExtractFeatures(net, collection.shots).run(Loaded(net, load(net), torch.device("cpu"))).last.double()
x = x - x.mean(0)
x = x / x.square().mean().sqrt()

# The new last layer: logistic regression.
weight = torch.zeros(len(collection.names), x.shape[1], dtype=torch.double, requires_grad=True)
bias = torch.zeros(len(collection.names), dtype=torch.double, requires_grad=True)
optimizer = torch.optim.LBFGS([weight, bias], max_iter=500, tolerance_change=0, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = F.cross_entropy(x @ weight.T + bias, labels, reduction="sum") + {penalty} / 2 * weight.square().sum()
    loss.backward()
    return loss


optimizer.step(closure)
for name, index in zip(collection.names, range(len(collection.names))):
    probability = (x @ weight.T + bias).softmax(1)[labels == index, index].mean()
    print(f"{{name}}: {{probability:.3f}}")
"""
ZIP = ("from resnet_edu.teaching.archive import unpack", 'collection, _ = unpack(Path("pictures.zip").read_bytes())')


def head_code(now: Asked) -> str:
    """Python that learns the page's pictures; one's own are read from the ZIP that the page offers."""
    reading, pictures = ZIP
    if not now.is_own:
        reading = "from resnet_edu.teaching.example import Example, example"
        pictures = f"collection = example(Example.{now.source.upper()})"
    code = HEAD.format(reading=reading, pictures=pictures, net=now.net.id, penalty=PENALTY)
    return code if now.is_own else code.replace("from pathlib import Path\n\n", "")
