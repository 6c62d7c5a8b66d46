"""Numbers keep their units on their line."""

import pytest

from resnet_edu.ui.text.units import bound


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("97.5 % of 224 × 224", "97.5\xa0% of 224\xa0×\xa0224"),
        ("16.0 GiB, 4.09 G and 12 ms", "16.0\xa0GiB, 4.09\xa0G and 12\xa0ms"),
        ("He et al. 2015, § 3.3", "He et al. 2015, §\xa03.3"),
        ("5 steps, 20 Go and 3 images", "5 steps, 20 Go and 3 images"),
        ("64 × 64 × 3", "64\xa0×\xa064\xa0×\xa03"),
    ],
)
def test_a_number_is_not_parted_from_its_unit(written: str, shown: str) -> None:
    assert bound(written) == shown
