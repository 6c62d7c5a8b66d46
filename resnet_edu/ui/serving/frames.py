"""Which sites may show the app in a frame, as a learning platform does, and what pictures then need to arrive."""

import logging
import re

from streamlit import config as streamlit_config

from resnet_edu import config

SITE = re.compile(r"https?://[\w*.-]+(:\d+)?", re.ASCII)

log = logging.getLogger(__name__)


def ancestors() -> str:
    """The policy's ``frame-ancestors``; empty where every site may. What is no site is left out, and logged."""
    said = (config.FRAMES.read() or "").replace(",", " ").split()
    for each in said:
        if not SITE.fullmatch(each):
            log.error("%s: %r is no site such as https://moodle.example.org", config.FRAMES.name, each)
    return " ".join(["'self'", *filter(SITE.fullmatch, said)]) if said else ""


def let_pictures_through() -> None:
    """Where sites are named, have browsers send the cookie without which Streamlit refuses a camera's picture.

    They do so over https alone; Streamlit's own check of origin and token stays.
    """
    if config.FRAMES.read():
        streamlit_config.set_option("server.xsrfCookieSameSite", "none")
