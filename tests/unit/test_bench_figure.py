"""How a benchmark's figures are displayed and exported."""

from resnet_edu.bench.figure import Figure, from_json, table, to_json


def test_a_figure_has_a_unit() -> None:
    shown = table(
        [Figure("memory of a session", 86.4, None, 250, "250 KB", "KB"), Figure("errors", 1, None, 0, "none", "")]
    )
    assert "86 KB" in shown
    assert shown.splitlines()[2].split() == ["errors", "1", "none", "MISSED"]


def test_figures_survive_their_own_json() -> None:
    figures = [Figure("a", 1.5, None, 2, "2 KB", "KB"), Figure("b", 0.1, 0.2)]
    assert from_json(to_json(figures)) == figures


def test_figures_stand_in_columns_however_long_their_names_are() -> None:
    shown = table([Figure("[a] " + "long name " * 30, 0.0015, 0.001), Figure("b", 12.0, None)]).splitlines()
    assert shown[1].startswith("[a] long name long")
    assert shown[1].index("1.5 ms") + len("1.5 ms") == shown[2].index("12000.0 ms") + len("12000.0 ms")
