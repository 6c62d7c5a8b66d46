"""The Python behind the page's figures, ready to copy; a test runs each."""

from resnet_edu.vision.attribution.method import Options

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


def predict_code(net_id: str, picture: str) -> str:
    """Python that classifies the file ``picture``; run it in the project's folder."""
    return PREDICT.format(net=net_id, picture=picture)


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
options = {options}

for method in {methods}:
    found = Attribute(net, picture, method, {target}, options).run(loaded)  # found.values is (H, W)
    check = Randomise(net, picture, method, {target}, options).run(loaded)
    low, high = found.range
    print(f"{{method:22}} {{low:9.2g}} to {{high:9.2g}}", [f"{{rho:.2f}}" for rho in check.correlations])
"""


def attribute_code(net_id: str, picture: str, methods: list[str], target: int, options: Options) -> str:
    """Python that makes the maps and the randomisation check; run it in the project's folder."""
    return ATTRIBUTE.format(net=net_id, picture=picture, methods=methods, target=target, options=options)
