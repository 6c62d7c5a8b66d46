"""``nginx -t`` with every configuration in ``deploy``, as each is used, with other ports and folders."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.nginx import FOLDER, NGINX, relocated
from resnet_edu.bench.server import free_port

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx; make nginx fetches Debian's")


def verdict(configuration: Path) -> str:
    """What nginx has to say against it."""
    command = [str(NGINX), "-t", "-q", "-c", str(configuration), "-e", "stderr"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stderr


def compose(folder: Path) -> Path:
    here = relocated(
        FOLDER / "nginx.conf", folder, {"listen 80;": f"listen {free_port()};", ":8500": f":{free_port()}"}
    )
    (folder / "nginx.conf").write_text(here, encoding="utf-8")
    main = folder / "main"
    main.write_text(
        relocated(FOLDER / "nginx-main.conf", folder, {"/etc/resnet-edu/conf.d/*.conf": f"{folder}/*.conf"}),
        encoding="utf-8",
    )
    return main


def kubernetes(folder: Path) -> Path:
    ports = {"listen 8080;": f"listen {free_port()};", ":8500": f":{free_port()}"}
    path = folder / "nginx.conf"
    path.write_text(relocated(FOLDER / "kubernetes" / "nginx.conf", folder, ports), encoding="utf-8")
    return path


@pytest.mark.parametrize("place", [compose, kubernetes])
def test_nginx_takes_the_configuration(place: Callable[[Path], Path], tmp_path: Path) -> None:
    assert verdict(place(tmp_path)) == ""


def test_nginx_refuses_a_mistake(tmp_path: Path) -> None:
    path = kubernetes(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("proxy_pass", "proxy_past"), encoding="utf-8")
    assert "proxy_past" in verdict(path)
