"""The C library behind Pillow's TIFFs, kept from writing into the log what a file makes it say."""

import ctypes
import sys

from PIL import _imaging

HANDLERS = ("TIFFSetWarningHandler", "TIFFSetErrorHandler")


def silence() -> None:
    """Say nothing: one file can have it write a megabyte, a line for each of its faults. Pillow reports what counts.

    Libraries that a module was linked with are found through it, except on Windows, where they are part of it.
    """
    if sys.platform == "win32":
        return
    library = ctypes.CDLL(_imaging.__file__)
    for name in HANDLERS:
        set_handler = getattr(library, name)
        set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
        set_handler(None)
