"""Sentences for the reader, and the one exception for what a user can cause and a user can mend."""

import copyreg
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self


class UserError(Exception):
    """A problem with a sentence for the reader that says what to do.

    ``message`` is an English source string with ``{named}`` fields, so that a page can look up its
    translation before it fills in ``values``. Anything that is not the user's to mend stays an
    ordinary exception.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.values = values

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[type[Self]], tuple[str, dict[str, object]]]:
        """Pickled as it was made: its sentence still has its fields, and may be translated elsewhere."""
        return copyreg.__newobj__, (type(self),), (self.message, self.values)  # type: ignore[attr-defined]  # typeshed leaves it out

    def __setstate__(self, made: Any) -> None:
        message, values = made
        UserError.__init__(self, message, **values)


def mark(message: str) -> str:
    """Mark a source string for extraction where it is written; the reader's language comes later."""
    return message


@dataclass(frozen=True)
class Sentence:
    """An English source string with ``{named}`` fields and what to fill in; a page translates it first."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.values)
