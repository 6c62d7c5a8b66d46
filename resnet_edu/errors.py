"""Sentences for the reader, and the only exception for problems that a user can cause and fix."""

import copyreg
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self


class Listed(tuple[str, ...]):
    """Words in a sentence that a page joins as its language does; in English with commas."""

    def __str__(self) -> str:
        return ", ".join(self)


class UserError(Exception):
    """A problem, with a sentence that tells the reader what to do.

    ``message`` is an English source string with ``{named}`` fields, so that a page can look up its
    translation before filling in ``values``. Anything a user can't fix remains an ordinary exception.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.values = values

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[type[Self]], tuple[str, dict[str, object]]]:
        """Pickle message and values, not the formatted text, so that it can still be translated after unpickling."""
        return copyreg.__newobj__, (type(self),), (self.message, self.values)  # type: ignore[attr-defined]  # typeshed leaves it out

    def __setstate__(self, made: Any) -> None:
        message, values = made
        UserError.__init__(self, message, **values)


def mark(message: str) -> str:
    """Mark a source string for extraction; it is translated later, when it is shown."""
    return message


@dataclass(frozen=True)
class Sentence:
    """An English source string with ``{named}`` fields and their values; a page translates it before formatting."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.values)
