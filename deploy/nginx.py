"""Debian's nginx with the configurations in this folder, on free ports and in writable folders.

``python -m deploy.nginx`` unpacks it next to Python's packages if the machine has none.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from resnet_edu.bench.server import free_port, wait_for_health

UNPACKED = Path(sys.prefix) / "nginx"
"""Unpacked rather than installed, because an installed one would start and take port 80."""
NGINX = shutil.which("nginx") or shutil.which("nginx", path=str(UNPACKED / "usr" / "sbin"))
FOLDER = Path(__file__).parent
MAIN = """
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    log_format processes "$cookie_resnet_edu_process $upstream_addr $request_method $uri $status";
    access_log {folder}/access.log processes;
    include {folder}/resnet-edu.conf;
}}
"""


@contextlib.contextmanager
def proxy(folder: Path, processes: tuple[int, int], port: int | None = None) -> Iterator[str]:
    """Run nginx in front of the processes at two ports; its log is complete once it has ended."""
    port = port or free_port()
    places = {
        "127.0.0.1:8501": f"127.0.0.1:{processes[0]}",
        "127.0.0.1:8502": f"127.0.0.1:{processes[1]}",
        "127.0.0.1:8500": f"127.0.0.1:{free_port()}",
        "listen 80;": f"listen 127.0.0.1:{port};",
    }
    configuration = relocated(FOLDER / "nginx.conf", folder, places)
    (folder / "resnet-edu.conf").write_text(configuration, encoding="utf-8")
    user = "user root;" if os.geteuid() == 0 else ""  # the worker reads pytest's own folder
    (folder / "main.conf").write_text(MAIN.format(folder=folder, user=user), encoding="utf-8")
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "main.conf"), "-g", "daemon off;"]
    process = subprocess.Popen([*command, "-e", str(folder / "error.log")])
    try:
        wait_for_health(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def relocated(path: Path, folder: Path, places: dict[str, str]) -> str:
    """Return a configuration that writes only to ``folder``, with each of ``places`` replaced by its value.

    Raises ``ValueError`` if the file does not contain one of the places.
    """
    text = re.sub(r"/tmp/|/var/cache/nginx/", f"{folder}/", path.read_text(encoding="utf-8"))
    for there, here in places.items():
        if there not in text:
            raise ValueError(f"{path.name} does not name {there}")
        text = text.replace(there, here)
    return text


def log(folder: Path) -> list[list[str]]:
    """Return cookie, process, method, path and status of every request."""
    return [line.split() for line in (folder / "access.log").read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Unpack Debian's package with apt, only for tests and trials."""
    if NGINX is not None:
        return
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        print("No nginx found; what needs it is left out.", file=sys.stderr)
        return
    print("Unpacking Debian's nginx", flush=True)
    if os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-qq", "nginx"], check=True, cwd=folder)
        package = next(Path(folder).glob("nginx_*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(package), str(UNPACKED)], check=True)


if __name__ == "__main__":
    main()
