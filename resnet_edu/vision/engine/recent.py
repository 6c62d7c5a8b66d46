"""A bounded memory of results or nets."""

from collections import OrderedDict
from typing import Any, TypeVar

T = TypeVar("T")


class Recent(OrderedDict[Any, T]):
    """A dictionary that forgets what was used longest ago."""

    def __init__(self, bound: int) -> None:
        super().__init__()
        self._bound = bound

    def __getitem__(self, key: Any) -> T:
        self.move_to_end(key)
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: T) -> None:
        super().__setitem__(key, value)
        while len(self) > self._bound:
            self.popitem(last=False)
