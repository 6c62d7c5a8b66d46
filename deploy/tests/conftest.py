"""The caches of a test are its own here too."""

from tests.conftest import own_torch_cache

__all__ = ["own_torch_cache"]
