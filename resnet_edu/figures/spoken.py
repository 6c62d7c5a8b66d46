"""A figure's numbers in words, for those who can't see it."""

import plotly.graph_objects as go


def spoken(figure: go.Figure, item: str = ", ", clause: str = "; ", colon: str = ": ") -> str:
    """List every named line with the values at its points: "ResNet-20: 0: 12.5, 1: 34.4"."""
    lines = [trace for trace in figure.data if trace.name]
    return clause.join(
        f"{line.name}{colon}{item.join(f'{x}{colon}{y:.3g}' for x, y in zip(line.x, line.y, strict=True))}"
        for line in lines
    )
