"""The measurements of all viewers."""

import math
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Seconds by kind of action, errors as sentences, and how many viewers saw their place in the queue."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    in_line: int = 0

    def add(self, kind: str, seconds: float) -> None:
        """Add a measured action."""
        self.seconds[kind].append(seconds)

    def actions(self, *kinds: str) -> int:
        """Return how many actions of these kinds were done."""
        return sum(len(self.seconds[kind]) for kind in kinds)

    def percentile(self, kind: str, share: float = 0.95) -> float:
        """Return the time within which that fraction of the actions was done; infinite if there was none."""
        found = sorted(self.seconds[kind])
        return found[math.ceil(share * len(found)) - 1] if found else math.inf

    def spread(self, kind: str) -> str:
        """Summarise the distribution in a few words."""
        found = self.seconds[kind]
        median, late, last = (self.percentile(kind, share) for share in (0.5, 0.95, 1.0))
        return f"{len(found)} x {kind}: median {median:.3f} s, 95% {late:.3f} s, slowest {last:.3f} s"
