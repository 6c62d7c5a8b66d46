"""What a record was made with."""

import platform
from importlib import import_module


def versions(*libraries: str) -> dict[str, str]:
    """Python's version and each library's, build included, such as ``2.14.1+cu130``; torch's where none is named."""
    named = libraries or ("torch",)
    return {"python": platform.python_version(), **{name: str(import_module(name).__version__) for name in named}}
