"""Codes of halls, made to be read from a screen and typed, and the names under which votes are kept."""

import hashlib
import secrets

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which are mistaken for each other."""
LENGTH = 6
"""A billion codes: an address that may be wrong once in two seconds needs a year to find one of ``MOST_HALLS``."""


def new_code() -> str:
    """A code that nobody can foresee."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def is_code(text: str) -> bool:
    """Whether the text is written like a code."""
    return len(text) == LENGTH and set(text) <= set(LETTERS)


def typed(text: str) -> str:
    """What somebody has typed or scanned, as a code is written."""
    return "".join(text.upper().split()).replace("-", "")


def new_phone() -> str:
    """A browser's own name, which only its cookie knows."""
    return secrets.token_urlsafe(16)


def voter(phone: str, code: str) -> str:
    """The name under which a hall keeps a browser's votes: no two halls can tell that they had the same one."""
    return hashlib.sha256(f"{code} {phone}".encode()).hexdigest()[:20]
