"""Keeps the C library behind Pillow's TIFFs from logging whatever a file makes it say."""

import ctypes
import sys

from PIL import _imaging

HANDLERS = ("TIFFSetWarningHandler", "TIFFSetErrorHandler")


def silence() -> None:
    """Silence libtiff: one file can make it log a megabyte, a line per fault. Pillow reports what counts.

    A module's libraries are found through the module itself, except on Windows, where they are part of it.
    """
    if sys.platform == "win32":
        return
    library = ctypes.CDLL(_imaging.__file__)
    for name in HANDLERS:
        set_handler = getattr(library, name)
        set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
        set_handler(None)
