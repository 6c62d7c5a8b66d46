"""The lecturer's key, and the cookie that is given for it: a signature with the key, never the key itself."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from resnet_edu import config
from resnet_edu.halls.limits import FORGOTTEN_SECONDS


class LecturerKey:
    """The operator's key, or one that is made for this process and ends with it."""

    def __init__(self, key: str | None = None, clock: Callable[[], float] = time.time) -> None:
        self.is_own = not key
        self._key = key or secrets.token_urlsafe(24)
        self._clock = clock

    @classmethod
    def from_environment(cls) -> "LecturerKey":
        """As the operator has set it."""
        return cls(config.LECTURER_KEY.read())

    def told(self) -> str:
        """For the one line that the server prints: an operator's key is theirs to know, and stays out of logs."""
        return self._key if self.is_own else f"${config.LECTURER_KEY.name}"

    def opens(self, given: str) -> bool:
        """Whether this is the key; takes equally long for every wrong one."""
        return hmac.compare_digest(given.encode(errors="replace"), self._key.encode())

    def pass_for(self) -> str:
        """A cookie for whoever has given the key."""
        until = str(int(self._clock()) + FORGOTTEN_SECONDS)
        return f"{until}.{self._signed(until)}"

    def admits(self, cookie: str | None) -> bool:
        """Whether a cookie was given by this key, and not too long ago."""
        until, _, signature = (cookie or "").partition(".")
        genuine = hmac.compare_digest(signature.encode(), self._signed(until).encode())
        return genuine and until.isdigit() and int(until) > self._clock()

    def _signed(self, until: str) -> str:
        return hmac.new(self._key.encode(), f"lecturer until {until}".encode(), hashlib.sha256).hexdigest()
