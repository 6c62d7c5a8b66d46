"""The environment variables that configure the app. All other modules ask here; values are read when needed."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """An environment variable, with its meaning and its default as texts."""

    name: str
    meaning: str
    default: str

    def read(self) -> str | None:
        """Return its current value, or None if it isn't set."""
        return os.environ.get(self.name)


WEIGHTS = Variable(
    "RESNET_EDU_WEIGHTS",
    "a folder with weights files of your own: safetensors, PyTorch's `.pth` and its other suffixes, published CIFAR"
    " checkpoints",
    "none but the shipped nets and torchvision's",
)
NET = Variable(
    "RESNET_EDU_NET",
    "the net that the inference page opens with, by its name in `weights list`",
    "the strongest one that is here: the most classes, then the highest accuracy",
)
FRAMES = Variable(
    "RESNET_EDU_FRAMES",
    "sites that may show the app in a frame, such as `https://moodle.example.org`; it must then be served over https"
    " ([deploy](deploy/README.md))",
    "every site may",
)
DEVICE = Variable(
    "RESNET_EDU_DEVICE", "`cpu` computes on the CPU even where there is a GPU", "the GPU, if there is one"
)
RACES = Variable(
    "RESNET_EDU_RACES",
    "how many races of the depth page train at once; the rest wait in line",
    "one per core but one, at least one and at most four",
)
ENGINE = Variable(
    "RESNET_EDU_ENGINE",
    "who computes: `local`, this process, or `ray`, a Ray cluster ([deploy](deploy/README.md))",
    "`local`",
)
RAY_ADDRESS = Variable(
    "RESNET_EDU_RAY_ADDRESS", "with `ray`: the URL of Ray Serve's proxy, or of a balancer in front of several", "none"
)
RAY_KEY = Variable("RESNET_EDU_RAY_KEY", "with `ray`: a secret, the same for the app and the cluster", "none")
HALLS = Variable(
    "RESNET_EDU_HALLS",
    "where halls and their votes are kept: `redis://:PASSWORD@HOST:6379` shares them among processes and machines",
    "the memory of each process, until it ends",
)
LECTURER_KEY = Variable(
    "RESNET_EDU_LECTURER_KEY",
    "the secret with which a lecturer opens and leads halls, the same for all processes",
    "made and printed at each start",
)

STREAMS = Variable(
    "RESNET_EDU_STREAMS",
    "how many live streams a process answers at once; the rest take turns of a minute, and the lecturer goes first",
    "one on a CPU, four on a GPU",
)

VARIABLES = (WEIGHTS, NET, FRAMES, DEVICE, RACES, ENGINE, RAY_ADDRESS, RAY_KEY, HALLS, LECTURER_KEY, STREAMS)


def table() -> str:
    """Return the README's Markdown table of all variables."""
    rows = (f"| `{each.name}` | {each.meaning} | {each.default} |" for each in VARIABLES)
    return "\n".join(("| variable | what it sets | without it |", "|---|---|---|", *rows))
