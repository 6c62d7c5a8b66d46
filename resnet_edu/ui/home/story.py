"""The story that leads through the pages, in six steps."""

from dataclasses import dataclass, field

from resnet_edu.errors import mark


@dataclass(frozen=True)
class Step:
    """A step of the story on the home page, and the prepared setting of the page it links to."""

    page: str
    title: str
    text: str
    citation: str
    setting: dict[str, str] = field(default_factory=dict)


STORY = (
    Step(
        "depth",
        mark("Deeper should be better. It was worse."),
        mark("A plain net of 56 layers makes more errors than one of 20, on the very pictures it is trained on."),
        "He et al. 2015, fig. 1",
    ),
    Step(
        "gradients",
        mark("Follow the learning signal back."),
        mark("It has to reach the first layer through all the others. How much arrives depends on more than depth."),
        "He et al. 2015, § 4.1; Yang et al. 2019",
        {"preset": "textbook", "depth": "56"},
    ),
    Step(
        "block",
        mark("Let the layers learn a correction."),
        mark("Add the input back to the output. If nothing needs to change, the layers only have to say zero."),
        "He et al. 2015, § 3",
        {"block": "basic"},
    ),
    Step(
        "parameters",
        mark("Deep, and still affordable."),
        mark(
            "The paper's bottleneck of three layers has 69,632 weights. Two 3×3 convolutions on as many channels, 256,"
            " would have 1,179,648: count them."
        ),
        "He et al. 2015, fig. 5 (right)",
        {"channels": "256", "width": "64"},
    ),
    Step(
        "inference",
        mark("Give it a picture."),
        mark("A real residual network answers before your eyes, and shows you what it was given to see."),
        "",
        {"sample": "dog"},
    ),
    Step(
        "inference",
        mark("One net, many depths."),
        mark("Delete a block of a trained residual net while it works, and it still works; a plain net collapses."),
        "Veit et al. 2016",
        {"net": "cifar10-residual-20", "view": "knockout", "off": "layer1.1", "sample": "cat"},
    ),
)
