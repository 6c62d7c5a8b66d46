"""Make sure that a Chromium, a Chinese font and, on Debian, an nginx are there for the browser tests."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FONT = "fonts-noto-cjk"
NGINX = Path(sys.prefix) / "nginx"
"""Unpacked here and not installed: an installed one would start, and take port 80."""


def main() -> None:
    _prepare_browser()
    if not shutil.which("nginx") and not NGINX.exists():
        _unpack_nginx()


def _unpack_nginx() -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        print("No nginx found; the tests of deploy/nginx.conf are left out.", file=sys.stderr)
        return
    print("Unpacking Debian's nginx", flush=True)
    if os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-qq", "nginx"], check=True, cwd=folder)
        package = next(Path(folder).glob("nginx_*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(package), str(NGINX)], check=True)


def _prepare_browser() -> None:
    missing = []
    if not any(map(shutil.which, ("chromium", "chromium-browser"))):
        missing.append("chromium")
    if not _has_chinese_font():
        missing.append(FONT)
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing {' and '.join(missing)} with apt-get", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        return
    if "chromium" in missing:
        print("No Chromium found; Playwright downloads its own (about 180 MB)", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    if FONT in missing:
        print(f"No Chinese font found. Chinese pages will show boxes; install one, such as {FONT}.", file=sys.stderr)


def _has_chinese_font() -> bool:
    if sys.platform != "linux":
        return True  # macOS and Windows bring one
    if not shutil.which("fc-list"):
        return any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=True).stdout.strip())


if __name__ == "__main__":
    main()
