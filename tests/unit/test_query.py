"""A declared parameter turns any text in a URL into a legal value and reports when it had to correct it."""

from dataclasses import fields
from enum import StrEnum

import pytest

from resnet_edu.measure.sweeps import Setting
from resnet_edu.nets.block_spec import BlockSpec
from resnet_edu.ui.block import settings as block
from resnet_edu.ui.gradients import settings as gradients
from resnet_edu.ui.url.query import Between, Nearest, OneOf, Parameter, Several, Switch


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("parameter", "text", "value", "exact"),
    [
        (OneOf("c", Colour, Colour.RED), "blue", Colour.BLUE, True),
        (OneOf("c", Colour, Colour.RED), "BLUE", Colour.RED, False),
        (OneOf("rate", (0.001, 0.1), 0.1), "0.001", 0.001, True),
        (OneOf("rate", (0.001, 0.1), 0.1), "1e-3", 0.1, False),
        (Switch("on"), "True", True, True),
        (Switch("on"), "true", True, True),
        (Switch("on"), "1", True, True),
        (Switch("on", default=True), "0", False, True),
        (Switch("on", default=True), "perhaps", True, False),
        (Nearest("n", (8, 14, 20), 14), "20", 20, True),
        (Nearest("n", (8, 14, 20), 14), "1e9", 20, False),
        (Nearest("n", (8, 14, 20), 14), "1e309", 20, False),
        (Nearest("n", (8, 14, 20), 14), "-inf", 8, False),
        (Nearest("n", (8, 14, 20), 14), "nan", 14, False),
        (Nearest("n", (8, 14, 20), 14), "many", 14, False),
        (Between("n", 0, 100, 70), "100", 100, True),
        (Between("n", 0, 100, 70), "100.5", 100, False),
        (Between("n", 0, 100, 70), "-inf", 0, False),
        (Between("n", 0, 100, 70), "3.7", 3, False),
        (Between("x", 0.001, 1.0, 0.01), "0.25", 0.25, True),
        (Between("x", 0.001, 1.0, 0.01), "nan", 0.01, False),
        (Several("m", ("a", "b", "c"), ("c",)), "b,a", ("b", "a"), True),
        (Several("m", ("a", "b", "c"), ("c",)), "b,b,x", ("b",), False),
        (Several("m", ("a", "b", "c"), ("c",)), "x", ("c",), False),
        (Several("m", ("a", "b", "c"), ("c",), 2), "a,b,c", ("a", "b"), False),
        (Several("m", ("a", "b", "c")), "", (), True),
    ],
)  # fmt: skip
def test_a_text_becomes_the_nearest_legal_value(
    parameter: Parameter[object], text: str, value: object, exact: bool
) -> None:
    assert parameter.parse(text) == (value, exact)
    assert type(parameter.parse(text)[0]) is type(value)


def test_every_field_of_a_setting_and_of_a_block_has_its_parameter() -> None:
    assert set(gradients.FIELDS) == {field.name for field in fields(Setting)}
    assert set(block.FIELDS) == {field.name for field in fields(BlockSpec)}
    assert all(parameter.default == getattr(Setting(), name) for name, parameter in gradients.FIELDS.items())
    assert all(parameter.default == getattr(BlockSpec(), name) for name, parameter in block.FIELDS.items())
