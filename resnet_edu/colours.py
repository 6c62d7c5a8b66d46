"""Every colour except black and white: the theme's, from Streamlit's configuration, and the rest of Okabe and Ito's.

Okabe and Ito's colours can be distinguished by colour-blind readers. Figures use the constants, style sheets
and scripts the CSS variables from ``variables``; anything that follows the theme uses Streamlit's ``--st-*``.
"""

import tomllib

from resnet_edu.paths import THEME

_THEME = tomllib.loads(THEME.read_text(encoding="utf-8"))["theme"]
_LIGHT, _DARK = _THEME["light"], _THEME["dark"]

BLUE = str(_LIGHT["blueColor"])
ORANGE = str(_LIGHT["orangeColor"])
GREEN = str(_LIGHT["greenColor"])
AMBER = "#E69F00"
SKY = "#56B4E9"
PINK = "#CC79A7"
GREY = "#8A8F98"

INK = {"light": str(_LIGHT["textColor"]), "dark": str(_DARK["textColor"])}
GRID = {"light": str(_LIGHT["borderColor"]), "dark": str(_DARK["borderColor"])}
GROUND = {"light": str(_LIGHT["backgroundColor"]), "dark": str(_DARK["backgroundColor"])}
CODE_GROUND = {"light": str(_LIGHT["codeBackgroundColor"]), "dark": str(_DARK["codeBackgroundColor"])}
VEIL = "rgba(128,128,128,.14)"
"""Translucent, so that it works on the background of either theme."""
CLEAR = "rgba(0,0,0,0)"


def variables() -> str:
    """Return the colours as CSS variables: those shared by both themes, and the opaque grounds of page and code."""
    ground, code = (f"light-dark({each['light']}, {each['dark']})" for each in (GROUND, CODE_GROUND))
    shared = f"--blue: {BLUE}; --orange: {ORANGE}; --green: {GREEN}; --pink: {PINK}; --grey: {GREY};"
    shared += f" --amber: {AMBER}; --sky: {SKY};"
    return f":root {{ {shared} }} .stApp {{ --ground: {ground}; --code-ground: {code}; }}"
