"""Which sites, such as a learning platform, may embed the app in a frame."""

import logging
import re

from resnet_edu import config

SITE = re.compile(r"https?://[\w*.-]+(:\d+)?", re.ASCII)

log = logging.getLogger(__name__)


def ancestors() -> str:
    """Return the policy's ``frame-ancestors``, empty if every site is allowed; invalid entries are only logged."""
    said = (config.FRAMES.read() or "").replace(",", " ").split()
    for each in said:
        if not SITE.fullmatch(each):
            log.error("%s: %r is no site such as https://moodle.example.org", config.FRAMES.name, each)
    return " ".join(["'self'", *filter(SITE.fullmatch, said)]) if said else ""
