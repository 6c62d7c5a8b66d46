"""Installs what the tests need: Chromium, a Chinese font, redis-server."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.redis_server import SERVER
from resnet_edu.bench.chromium import NAMES, installed

CHROMIUM = NAMES[0]
FONT = "fonts-noto-cjk"
REDIS = "redis-tools"


def main() -> None:
    missing = []
    if installed() is None:
        missing.append(CHROMIUM)
    if not _has_chinese_font():
        missing.append(FONT)
    if SERVER is None:
        missing.append(REDIS)
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        missing = _install(missing)
    if installed() is None:
        print("No Chromium found; Playwright downloads its own (about 180 MB)", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    if REDIS in missing:
        print("No redis-server found. The tests of halls in Redis will fail; install one.", file=sys.stderr)
    if FONT in missing:
        print(f"No Chinese font found. Chinese pages will show boxes; install one, such as {FONT}.", file=sys.stderr)


def _install(packages: list[str]) -> list[str]:
    """Install the packages that this distribution has and return the others: Ubuntu has Chromium only as a snap."""
    subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
    asked = {each: subprocess.run(["apt-cache", "show", each], capture_output=True, check=False) for each in packages}
    known = [each for each in packages if asked[each].returncode == 0]
    print(f"Installing {', '.join(known)} with apt-get", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *known]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return [each for each in packages if each not in known]


def _has_chinese_font() -> bool:
    if sys.platform != "linux":
        return True  # macOS and Windows include one
    if not shutil.which("fc-list"):
        return any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=True).stdout.strip())


if __name__ == "__main__":
    main()
