"""Decodes AVIF in a separate process with bounded memory.

The decoder believes the compressed picture, not the header: a file that claims 90 x 90 pixels may hold 268
million, and only the decoder knows. Run as a module, this file reads the image from standard input and writes
a PNG.
"""

import io
import subprocess
import sys
from contextlib import suppress

from PIL import AvifImagePlugin, Image, ImageOps

SECONDS = 20
"""Processor time; a picture at the limit takes about two seconds."""
MEMORY = 700 * 2**20
"""Address space, a fifth of which Python and Pillow use before they begin."""


def reduced(content: bytes, side: int) -> Image.Image:
    """Return the picture upright, at most ``side`` pixels long, with its colour profile.

    Raises ``ValueError`` if that takes too much time or memory, or fails.
    """
    command = [sys.executable, "-m", __name__, str(side), str(MEMORY)]
    with suppress(subprocess.TimeoutExpired):
        done = subprocess.run(command, input=content, capture_output=True, timeout=3 * SECONDS, check=False)
        if done.returncode == 0:
            return Image.open(io.BytesIO(done.stdout), formats=["PNG"])
    raise ValueError("avif")


def main() -> None:
    """Decode standard input to standard output; see the module's docstring."""
    side, memory = map(int, sys.argv[1:])
    _bound(memory)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread has its own stack and buffers
    image = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=["AVIF"])
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    profile = image.info.get("icc_profile")
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    image.info.clear()
    image.save(sys.stdout.buffer, "PNG", icc_profile=profile, compress_level=1)


def _bound(memory: int) -> None:
    if sys.platform != "win32":  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


if __name__ == "__main__":
    main()
