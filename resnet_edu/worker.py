"""A background thread that ends with the process instead of being torn out of torch's hands."""

import atexit
import logging
import threading
from collections.abc import Callable

PATIENCE_SECONDS = 10.0

log = logging.getLogger(__name__)


class Worker:
    """Calls ``work`` again and again in a thread of its own, until the process ends.

    ``work`` waits for something to do with ``changed`` held, does one piece of it, and returns; it
    returns at once when its argument is ``closing``. A daemon thread that is inside torch when the
    interpreter shuts down would abort the process.
    """

    def __init__(self, name: str, work: Callable[["Worker"], None], changed: threading.Condition) -> None:
        self._name = name
        self._work = work
        self._changed = changed
        self.closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def close(self) -> None:
        """Let the present piece of work end, and no other begin."""
        with self._changed:
            self.closing = True
            self._changed.notify_all()
        self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        while not self.closing:
            try:
                self._work(self)
            except BaseException:
                log.exception("The worker %s was interrupted; it goes on", self._name)
