"""``deploy/docker-compose.yml``: against the Compose specification, the image, the code and nginx's configuration."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from resnet_edu.bench.browser import free_port
from resnet_edu.paths import PROJECT
from tests.nginx import NGINX

FOLDER = PROJECT / "deploy"
TEXT = (FOLDER / "docker-compose.yml").read_text(encoding="utf-8")
APPS = ("app-1", "app-2")


def with_defaults(text: str) -> str:
    """As Compose reads it where no variable is set: ``${NAME:-default}`` is the default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(with_defaults(TEXT))["services"]


def check(text: str) -> None:
    """Raises ``ValueError`` for what the specification doesn't know. YAML's own merging comes first."""
    merged = yaml.safe_dump(yaml.safe_load(with_defaults(text)))
    PyCompose.from_yaml(merged).validate()


def test_it_is_what_the_compose_specification_knows() -> None:
    check(TEXT)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("read_only: true", "readonly: true"),
        ("interval: 30s", "interval: half a minute"),
        ("memory: 6g", "memory: enough"),
        (":80\"]", ":eighty\"]"),
        ("capabilities: [gpu]", "gpus: 1"),
        ("restart: unless-stopped", "restart: sometimes"),
        ("services:", "service:"),
    ],
)  # fmt: skip
def test_a_mistake_in_it_is_found(right: str, wrong: str) -> None:
    assert right in TEXT
    with pytest.raises(ValueError):
        check(TEXT.replace(right, wrong))


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_has_privileges_or_can_write_but_where_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].split(":")[0]) > 0
    assert all(each.endswith(":ro") for each in service.get("volumes", ()))
    assert service["restart"] == "unless-stopped"
    assert "memory" in service["deploy"]["resources"]["limits"]
    assert service["logging"]["options"]["max-size"], "logs that end"


@pytest.mark.parametrize("name", APPS)
def test_the_app_is_the_image_of_this_repository(name: str) -> None:
    service, dockerfile = SERVICES[name], (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert f"USER {service['user']}\n" in dockerfile
    assert service["image"] == SERVICES["app-1"]["image"]
    assert (FOLDER / SERVICES["app-1"]["build"]["context"]).resolve() == PROJECT
    assert all(f"ARG {name}=" in dockerfile for name in SERVICES["app-1"]["build"]["args"])
    assert service["command"][:3] == re.findall(r'"(\w+(?:\.py)?)"', dockerfile.rsplit("CMD", 1)[1])[:3]
    code = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "resnet_edu").rglob("*.py"))
    assert all(f'"{each}"' in code for each in service["environment"] if each.startswith("RESNET_EDU_"))
    (mount,) = service["volumes"]
    assert mount.split(":")[1] == service["environment"]["RESNET_EDU_WEIGHTS"]


def test_both_processes_share_the_one_gpu() -> None:
    for name in APPS:
        (device,) = SERVICES[name]["deploy"]["resources"]["reservations"]["devices"]
        assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert SERVICES["app-1"]["build"]["args"]["DEVICE"] == "cuda"


def test_nginx_stands_before_the_processes_as_its_configuration_says() -> None:
    configuration = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    for name in APPS:
        words = SERVICES[name]["command"]
        address, port = words[words.index("--server.address") + 1], words[words.index("--server.port") + 1]
        assert f"server {address}:{port};" in configuration
        assert f"http://{address}:{port}/_stcore/health" in SERVICES[name]["healthcheck"]["test"][3]
    assert all(SERVICES[name]["network_mode"] == "service:net" for name in (*APPS, "nginx"))
    (published,) = SERVICES["net"]["ports"]
    assert f"listen {published.split(':')[1]};" in configuration
    cache = re.search(r"proxy_cache_path (/\S+)/\S+ ", configuration)
    assert cache
    assert any(each.startswith(f"{cache[1]}:") for each in SERVICES["nginx"]["tmpfs"])


def test_nginx_reads_the_files_that_are_mounted() -> None:
    main = (FOLDER / "nginx-main.conf").read_text(encoding="utf-8")
    mounts = dict(each.removesuffix(":ro").split(":") for each in SERVICES["nginx"]["volumes"])
    assert all((FOLDER / path).is_file() for path in mounts)
    assert SERVICES["nginx"]["command"][2] == mounts["./nginx-main.conf"]
    included = re.search(r"include (/etc/resnet-edu/\S+)/\*\.conf;", main)
    assert included
    assert mounts["./nginx.conf"].rsplit("/", 1)[0] == included[1]


@pytest.mark.skipif(NGINX is None, reason="no nginx; make browser fetches Debian's")
def test_nginx_takes_both_files_together(tmp_path: Path) -> None:
    main = (FOLDER / "nginx-main.conf").read_text(encoding="utf-8")
    main = main.replace("/tmp/", f"{tmp_path}/").replace("/etc/resnet-edu/conf.d/*", f"{tmp_path}/hall")
    here = (FOLDER / "nginx.conf").read_text(encoding="utf-8").replace("/var/cache/nginx", str(tmp_path))
    here = here.replace("listen 80;", f"listen {free_port()};").replace(":8500", f":{free_port()}")
    (tmp_path / "main.conf").write_text(main, encoding="utf-8")
    (tmp_path / "hall.conf").write_text(here, encoding="utf-8")
    command = [str(NGINX), "-t", "-c", str(tmp_path / "main.conf"), "-e", "stderr"]
    tested = subprocess.run(command, check=False, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr


@pytest.mark.parametrize("name", [*APPS, "nginx"])
def test_whether_it_works_is_asked(name: str) -> None:
    assert "/_stcore/health" in SERVICES[name]["healthcheck"]["test"][-1]
    assert SERVICES[name]["depends_on"] == ["net"]
