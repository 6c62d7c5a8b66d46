"""The software versions that a record was made with."""

import platform
from importlib import import_module


def versions(*libraries: str) -> dict[str, str]:
    """Return the versions of Python and the given libraries (default: torch), with builds (``2.14.1+cu130``)."""
    named = libraries or ("torch",)
    return {"python": platform.python_version(), **{name: str(import_module(name).__version__) for name in named}}
