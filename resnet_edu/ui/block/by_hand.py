"""y = F(x) + x by hand: five numbers and two filters of three weights, all of which the reader can change."""

import streamlit as st

from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import NumberRow, read

LIMIT = 9.0
START = {"x": (1.0, 2.0, 0.0, -1.0, 3.0), "first": (0.5, 1.0, -0.5), "second": (0.0, 0.5, 0.5)}
NUMBERS = {
    name: NumberRow(f"hand_{name}", (-LIMIT,) * len(values), (LIMIT,) * len(values), values)
    for name, values in START.items()
}
CODE = """\
import torch
from torch.nn.functional import conv1d, relu

x = torch.tensor([{x}])
first, second = torch.tensor([[[{first}]]]), torch.tensor([[[{second}]]])

residual = conv1d(relu(conv1d(x[None, None], first, padding=1)), second, padding=1)[0, 0]
print("F(x)    ", residual.tolist())
print("F(x) + x", (residual + x).tolist())
"""


@st.fragment
def show_by_hand() -> None:
    """Show a block of two 1-D convolutions with zero padding."""
    now = {name: read(row) for name, row in NUMBERS.items()}
    widgets.component(
        "block/by_hand",
        key="by_hand",
        data={
            "numbers": {name: list(values) for name, values in now.items()},
            "start": {name: list(values) for name, values in START.items()},
            "labels": {
                "first": _("Weights of the first convolution"),
                "second": _("of the second"),
                "table": _("The block step by step; choose a column to see its sums"),
                "zero": _("Second weights to 0: what is left?"),
                "again": _("Start again"),
                "rows": {
                    "x": ("x", _("comes in")),
                    "conv1": ("z", _("convolution")),
                    "relu1": ("h", "ReLU"),
                    "residual": ("F(x)", _("convolution")),
                    "sum": ("y", "F(x) + x"),
                    "output": (_("out"), "ReLU"),
                },
            },
        },
        url={"numbers": _changes},
    )
    code = CODE.format(**{name: ", ".join(map(str, values)) for name, values in now.items()})
    below("by_hand", _("One block by hand"), code, "He et al. 2015, § 3.2")


def _changes(numbers: dict[str, list[float]]) -> dict[str, object]:
    return {NUMBERS[name].name: ",".join(f"{value:g}" for value in values) for name, values in numbers.items()}
