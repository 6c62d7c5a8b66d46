"""A flow in the plane that can be watched: Euler's steps x + h A x against the exact solution exp(A t) x."""

import math
from functools import cache

from resnet_edu.measure.steps import Matrix, euler, exact
from resnet_edu.ui.components import as_text
from resnet_edu.ui.shared.figures import below
from resnet_edu.ui.text.language import _
from resnet_edu.ui.url import widgets
from resnet_edu.ui.url.query import Between

MATRIX: Matrix = ((-0.3, -1.0), (1.0, -0.3))
"""Turns and shrinks: x' = A x."""
START = (1.0, 0.0)
END = 3.0
WINDOW = (-2.3, 1.5, -0.6, 3.1)
"""Left, right, bottom, top: every polygon fits."""
SLIDER = 32
MOST = 2 * SLIDER
"""Steps up to which the error is shown: for half of every step on the slider, too."""
CURVE = 120
DIGITS = 4
STEPS = Between("steps", 1, SLIDER, 3)
_CODE = """\
import math

from resnet_edu.measure.steps import euler, exact

matrix, start, end = {matrix}, {start}, {end}
there = exact(matrix, start, [end])[0]
for steps in (1, 2, 4, 8, 16, 32, 64):
    print(f"h = {{end / steps:.3f}}: {{math.dist(euler(matrix, start, end, steps)[-1], there):.4f}}")
"""
CODE = _CODE.format(matrix=MATRIX, start=START, end=END)


def show_flow(steps: int) -> None:
    """Show the flow with Euler's polygon for a number of steps; a drag paints every number."""
    widgets.component(
        "beyond/flow",
        key="flow",
        data={
            "steps": steps,
            "slider": SLIDER,
            "most": MOST,
            "end": END,
            "matrix": MATRIX,
            "window": WINDOW,
            "points": _points(),
            "labels": {
                "steps": _("Steps"),
                "flow": _("The flow dx/dt = A x from one point, and Euler's x + h A x"),
                "exact": _("exact: exp(A t) x"),
                "euler": _("Euler's steps"),
                "apart": _("gap between their ends"),
                "errors": _("How far the last step ends from the flow"),
                "axis": _("number of steps; doubling it halves h"),
                "told": _(
                    "With h = {end:g} / {steps} = {h}, the last step ends {error} from the flow.",
                    end=END,
                    steps="{steps}",
                    h="{h}",
                    error="{error}",
                ),
                "halved": _("Halving h gives {half}."),
            },
        },
        url={"steps": STEPS},
    )
    below("flow", _("A flow, and Euler's steps along it"), CODE, "Chen et al. 2018, § 1")


@cache
def _points() -> str:
    """The flow, every polygon and every error, as JSON."""
    times = [END * at / CURVE for at in range(CURVE + 1)]
    flow = exact(MATRIX, START, times)
    polygons = [euler(MATRIX, START, END, steps) for steps in range(1, MOST + 1)]
    return as_text(
        {
            "exact": _rounded(flow),
            "euler": [_rounded(points) for points in polygons[:SLIDER]],
            "errors": [math.dist(points[-1], flow[-1]) for points in polygons],
        }
    )


def _rounded(points: list[tuple[float, float]]) -> list[list[float]]:
    return [[round(x, DIGITS), round(y, DIGITS)] for x, y in points]
