"""ICC profiles built byte by byte, and their meaning computed with the standards' own matrices."""

import struct

import numpy as np
from numpy.typing import NDArray

SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""Parameters g, a, b, c, d of IEC 61966-2-1 in the order of ICC curve type 3. Display P3 uses the same curve."""
D50 = (0.9642, 1.0, 0.8249)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SRGB_PRIMARIES = ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06))
P3_PRIMARIES = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
D65 = (0.3127, 0.329)


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def to_xyz(primaries: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """Return the matrix from linear RGB to XYZ under D65, computed from the primaries' chromaticities."""
    columns = np.stack([_xyz(*each) for each in primaries], 1)
    return columns * np.linalg.solve(columns, _xyz(*D65))


def to_srgb(display_p3: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Convert 8-bit Display P3 (..., 3) to 8-bit sRGB in floating point, without any profile."""
    values = display_p3 / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    matrix = np.linalg.inv(to_xyz(SRGB_PRIMARIES)) @ to_xyz(P3_PRIMARIES)
    linear = np.clip(linear @ matrix.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (encoded * 255).round().astype(np.int64)


def _s15(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def icc_profile(space: str, tags: dict[str, bytes], connection: str = "XYZ ") -> bytes:
    """Return a display profile (version 2.4) with a colour space and its tags."""
    heads, data = b"", b""
    for name, content in tags.items():
        heads += name.encode() + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    header = struct.pack(
        ">4x4sI4s4s4s12x4s", b"test", 0x04200000, b"mntr", space.encode(), connection.encode(), b"acsp"
    )
    header = header.ljust(68, b"\0") + _s15(*D50)
    body = header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + heads + data
    return struct.pack(">I", len(body)) + body[4:]


def _position(values: NDArray[np.float64] | tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + _s15(*values)


def _rgb_profile(primaries: tuple[tuple[float, float], ...]) -> bytes:
    """Return a profile of matrix and curve, adapted from D65 to the D50 of all profiles."""
    cones = (BRADFORD @ np.array(D50)) / (BRADFORD @ _xyz(*D65))
    adapted = np.linalg.inv(BRADFORD) @ np.diag(cones) @ BRADFORD @ to_xyz(primaries)
    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + _s15(*SRGB_CURVE)
    tags = {"wtpt": _position(D50)}
    tags |= {f"{name}XYZ": _position(column) for name, column in zip("rgb", adapted.T, strict=True)}
    return icc_profile("RGB ", tags | {f"{name}TRC": curve for name in "rgb"})


DISPLAY_P3 = _rgb_profile(P3_PRIMARIES)
GREY_GAMMA = icc_profile("GRAY", {"wtpt": _position(D50), "kTRC": b"curv\0\0\0\0" + struct.pack(">I", 0)})
"""Grey values proportional to light: a curve without entries is a straight line."""
