"""A background thread that ends cleanly with the process, even if it is inside torch."""

import atexit
import logging
import threading
from collections.abc import Callable

PATIENCE_SECONDS = 10.0

log = logging.getLogger(__name__)


class Worker:
    """Calls ``work`` repeatedly in a separate thread until the process ends.

    ``work`` waits with ``changed`` held until there is something to do, does one piece of it, and returns; it
    returns at once if its argument is ``closing``. A daemon thread inside torch would abort the process when
    the interpreter shuts down.
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
        """Let the current piece of work finish, and start no other."""
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
