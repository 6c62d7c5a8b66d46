"""Which sites, such as a learning platform, may embed the app in a frame, and the cookie that pictures then need."""

import logging
import re

from streamlit import config as streamlit_config

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


def let_pictures_through() -> None:
    """If sites are configured, let browsers send the cookie without which Streamlit rejects camera pictures.

    Browsers send it over https only; Streamlit's own check of origin and token stays on.
    """
    if config.FRAMES.read():
        streamlit_config.set_option("server.xsrfCookieSameSite", "none")
