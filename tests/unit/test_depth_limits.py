"""Published errors by depth are those of their tables, in order of depth."""

from itertools import pairwise

from resnet_edu.nets.depth_limits import Design, errors_by_depth
from resnet_edu.nets.milestones import milestones


def test_the_errors_are_the_papers() -> None:
    """facts: He15 table 6, He16 table 3, Huang16b abstract, Zagoruyko16 table 5."""
    found = {design: {net.depth: net.error for net in nets} for design, nets in errors_by_depth().items()}
    assert found == {
        Design.ORIGINAL: {20: 8.75, 32: 7.51, 44: 7.17, 56: 6.97, 110: 6.43, 1202: 7.93},
        Design.PRE_ACTIVATION: {110: 6.37, 164: 5.46, 1001: 4.92},
        Design.STOCHASTIC_DEPTH: {1202: 4.91},
        Design.WIDE: {16: 4.27, 28: 4.0, 40: 4.53},
    }


def test_every_line_goes_from_shallow_to_deep_and_has_its_source() -> None:
    for nets in errors_by_depth().values():
        assert all(before.depth < after.depth for before, after in pairwise(nets))
        assert all(net.citation for net in nets)


def test_the_timeline_and_the_figure_agree_on_stochastic_depth() -> None:
    (step,) = [each for each in milestones() if each.name == "Stochastic depth"]
    (dropped,) = errors_by_depth()[Design.STOCHASTIC_DEPTH]
    assert step.error is not None
    assert (step.depth, step.error.percent) == (dropped.depth, f"{dropped.error:.2f}")
