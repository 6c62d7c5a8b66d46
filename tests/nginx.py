"""Debian's nginx with the configuration in ``deploy``, on ports that are free here."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from resnet_edu.bench.browser import free_port, wait_for_health
from resnet_edu.paths import PROJECT

NGINX = shutil.which("nginx") or shutil.which("nginx", path=str(Path(sys.prefix) / "nginx" / "usr" / "sbin"))
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
    """nginx before the processes at two ports; its log is complete when it has ended."""
    port = port or free_port()
    configuration = (PROJECT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for there, here in (
        ("127.0.0.1:8501", f"127.0.0.1:{processes[0]}"),
        ("127.0.0.1:8502", f"127.0.0.1:{processes[1]}"),
        ("127.0.0.1:8500", f"127.0.0.1:{free_port()}"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("/var/cache/nginx/resnet-edu", f"{folder}/cache"),
    ):
        assert there in configuration
        configuration = configuration.replace(there, here)
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


def log(folder: Path) -> list[list[str]]:
    """Cookie, process, method, path and status of every request."""
    return [line.split() for line in (folder / "access.log").read_text(encoding="utf-8").splitlines()]
