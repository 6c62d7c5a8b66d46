"""``nginx -t`` on every configuration in ``deploy``, with ports and folders replaced."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.nginx import FOLDER, NGINX, relocated
from resnet_edu.bench.server import free_port

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx; make nginx fetches Debian's")


def verdict(configuration: Path) -> str:
    """Return nginx's complaints about a configuration."""
    command = [str(NGINX), "-t", "-q", "-c", str(configuration), "-e", "stderr"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stderr


def compose(folder: Path) -> Path:
    """Return both files of the Compose setup as one configuration."""
    ports = {"listen 80;": f"listen {free_port()};", ":8500": f":{free_port()}"}
    included = {"/etc/resnet-edu/conf.d/*.conf": f"{folder}/nginx.conf"}
    (folder / "nginx.conf").write_text(relocated(FOLDER / "nginx.conf", folder, ports), encoding="utf-8")
    (folder / "main.conf").write_text(relocated(FOLDER / "nginx-main.conf", folder, included), encoding="utf-8")
    return folder / "main.conf"


def kubernetes(folder: Path) -> Path:
    ports = {"listen 8080;": f"listen {free_port()};", ":8500": f":{free_port()}"}
    (folder / "nginx.conf").write_text(relocated(FOLDER / "kubernetes" / "nginx.conf", folder, ports), encoding="utf-8")
    return folder / "nginx.conf"


@pytest.mark.parametrize("place", [compose, kubernetes])
def test_nginx_takes_the_configuration_and_would_refuse_a_mistake(
    place: Callable[[Path], Path], tmp_path: Path
) -> None:
    configuration = place(tmp_path)
    assert verdict(configuration) == ""
    path = tmp_path / "nginx.conf"
    path.write_text(path.read_text(encoding="utf-8").replace("proxy_pass", "proxy_past"), encoding="utf-8")
    assert "proxy_past" in verdict(configuration)
