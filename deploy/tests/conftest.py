"""Shares the fixture that gives each test its own torch cache."""

from tests.conftest import own_torch_cache

__all__ = ["own_torch_cache"]
