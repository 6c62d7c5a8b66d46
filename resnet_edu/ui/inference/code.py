"""The Python behind the page's figures, ready to copy; a test runs each."""

from resnet_edu.ui.shared.code import picture_code
from resnet_edu.vision.attribution.method import Options

PREDICT = """\
{imports}
from resnet_edu.vision.catalogue import catalogue, load

net = catalogue().nets["{net}"]
picture = {picture}
seen = net.preprocessing.view(picture.image)
logits = load(net)(net.preprocessing.tensor(seen))
for probability, index in zip(*(logits / net.temperature).softmax(1)[0].topk(5)):
    print(f"{{net.classes[index]:20}} {{probability:.1%}}")
"""


def predict_code(net_id: str, picture: str) -> str:
    """Return Python that classifies a picture."""
    return PREDICT.format(net=net_id, **picture_code(picture))


ATTRIBUTE = """\
import torch

{imports}
from resnet_edu.vision.attribution.method import Options
from resnet_edu.vision.attribution.randomisation import Randomise
from resnet_edu.vision.attribution.task import Attribute
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded

net = catalogue().nets["{net}"]
picture = {picture}
loaded = Loaded(net, load(net), torch.device("cpu"))
options = {options}

for method in {methods}:
    found = Attribute(net, picture, method, {target}, options).run(loaded)  # found.values is (H, W)
    check = Randomise(net, picture, method, {target}, options).run(loaded)
    low, high = found.range
    print(f"{{method:22}} {{low:9.2g}} to {{high:9.2g}}", [f"{{rho:.2f}}" for rho in check.correlations])
"""


def attribute_code(net_id: str, picture: str, methods: list[str], target: int, options: Options) -> str:
    """Return Python that computes the maps and the randomisation check."""
    return ATTRIBUTE.format(net=net_id, **picture_code(picture), methods=methods, target=target, options=options)


CAMS = """\
import torch

{imports}
from resnet_edu.vision.attribution.method import Options, correlation
from resnet_edu.vision.attribution.task import STAGE_METHODS, CamStages
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded

net = catalogue().nets["{net}"]
picture = {picture}
loaded = Loaded(net, load(net), torch.device("cpu"))
strips = {{method: CamStages(net, picture, {target}, method, {options}).run(loaded) for method in STAGE_METHODS}}

for method, strip in strips.items():  # found.values is (H, W)
    pairs = zip(strip, strips["grad-cam"])
    print(f"{{method:20}}", [f"{{found.layer}} {{correlation(found.values, cam.values):.2f}}" for found, cam in pairs])
"""


def cams_code(net_id: str, picture: str, target: int, options: Options) -> str:
    """Python that compares the class activation maps at every stage."""
    return CAMS.format(net=net_id, **picture_code(picture), target=target, options=options)


FAITHFULNESS = """\
import torch

{imports}
from resnet_edu.vision.attribution.faithfulness import RANDOM, Verify
from resnet_edu.vision.attribution.method import Options
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded

net = catalogue().nets["{net}"]
picture = {picture}
loaded = Loaded(net, load(net), torch.device("cpu"))
options = {options}

for method in [*RANDOM, *{methods}]:
    found = Verify(net, picture, method, {target}, options).run(loaded)  # found.deletion.probabilities is the curve
    print(f"{{method:22}} deletion {{found.deletion.area:.3f}}, insertion {{found.insertion.area:.3f}}, "
          f"infidelity {{found.infidelity:.3g}}, sensitivity {{found.sensitivity:.2g}}")
"""


def faithfulness_code(net_id: str, picture: str, methods: list[str], target: int, options: Options) -> str:
    """Python that measures how faithful the maps are."""
    return FAITHFULNESS.format(net=net_id, **picture_code(picture), methods=methods, target=target, options=options)


TASK = """\
import torch

{imports}
from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.{module} import {task}

net = catalogue().nets["{net}"]
picture = {picture}
loaded = Loaded(net, load(net), torch.device("cpu"))
found = {task}(net, picture{arguments}).run(loaded)
{show}
"""
SHOWN = {
    "FollowPicture": (
        "journey",
        """\
for stop in found.stops:
    channels, height, width = stop.map.shape
    print(f"{stop.place.name:10} {channels:4} maps of {height} x {width}, strongest {stop.map.channel + 1}, "
          f"sees {stop.field.size} pixels{', switched off' if stop.off else ''}")
for score in found.prediction.top:
    print(f"{score.name:20} {score.probability:.1%}")""",
    ),
    "WorkOut": (
        "arithmetic",
        """\
print(type(found.terms).__name__, f"of map {found.unit[0] + 1}: row {found.unit[1] + 1}, column {found.unit[2] + 1}")
print(f"worked out {found.terms.value:.6f}, in the map {found.value:.6f}")""",
    ),
    "LookAt": (
        "feature_maps",
        """\
print(found.shape)
for channel in found.variance.topk(min(8, found.shape[0])).indices.tolist():
    print(f"map {channel + 1:4}: at most {found.high[channel]:.2f}, mean {found.mean[channel]:.2f}")""",
    ),
    "TakeApart": (
        "inside_block",
        """\
for name in ("shortcut", "residual"):
    values = getattr(found.branches, name)
    print(f"{name:8} {float(values.min()):.2f} to {float(values.max()):.2f}")""",
    ),
    "SurveyLayers": (
        "feature_maps",
        """\
for block in found.responses:
    ratio = f"{block.ratio:.2f}" if block.ratio else "-"
    print(f"{block.name:10} standard deviation of F(x) {block.residual:.2f}, size of F(x) / size of x {ratio}")""",
    ),
}
"""For each task: its module, and code that prints its result."""


def task_code(net_id: str, picture: str, task: str, *arguments: object) -> str:
    """Return Python that runs one of the engine's tasks and prints what its figure shows."""
    module, show = SHOWN[task]
    more = "".join(f", {each!r}" for each in arguments)
    return TASK.format(net=net_id, **picture_code(picture), module=module, task=task, arguments=more, show=show)


KNOCKOUT = """\
from resnet_edu.measure.knockout import load_knockout
from resnet_edu.paths import KNOCKOUT

for name in {nets}:
    recorded = load_knockout(KNOCKOUT / f"{{name}}.json")
    print(f"{{name}}: error {{recorded.error:.1%}}")
    for block, error in recorded.single.items():
        print(f"  without {{block}}: {{error:.1%}}")
    for count, errors in recorded.several.items():
        print(f"  without {{count}} blocks: {{sum(errors) / len(errors):.1%}}")
    for length, share in (recorded.paths.lengthwise if recorded.paths else {{}}).items():
        print(f"  paths through {{length}} branches: {{recorded.paths.counts[length]}}, gradient {{share.mean:.1%}}")
"""


def knockout_code(nets: list[str]) -> str:
    """Return Python that prints what deleting blocks costs, as recorded."""
    return KNOCKOUT.format(nets=nets)


REORDERED = """\
from statistics import mean

from resnet_edu.measure.reorder import load_reordered
from resnet_edu.paths import REORDER

recorded = load_reordered(REORDER / "{net}.json")
print(f"{net}: error {{recorded.error:.1%}}")
for swaps, drawn in recorded.draws.items():
    tau, error = mean(each.tau for each in drawn), mean(each.error for each in drawn)
    print(f"  {{swaps}} swaps: Kendall's tau {{tau:.2f}}, error {{error:.1%}}")
"""


def reordered_code(net: str) -> str:
    """Return Python that prints what reordering blocks costs, as recorded."""
    return REORDERED.format(net=net)


THROUGHPUT = """\
import torch

from resnet_edu.vision.catalogue import catalogue, load
from resnet_edu.vision.engine.protocol import Loaded
from resnet_edu.vision.throughput import MeasureSpeed

for name in {nets}:
    net = catalogue().nets[name]
    loaded = Loaded(net, load(net), torch.device("cpu"))
    for batch in (1, 2, 4):
        speed = MeasureSpeed(net, batch, "{precision}").run(loaded)
        print(f"{{name}}, batch {{batch}}: {{speed.images:.0f}} images a second, at most {{speed.bound:.0f}}")
"""


def throughput_code(nets: list[str], precision: str) -> str:
    """Return Python that measures the speed of this machine with small batches."""
    return THROUGHPUT.format(nets=nets, precision=precision)
