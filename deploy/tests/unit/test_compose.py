"""``deploy/docker-compose.yml``: valid, and consistent with the image, the code and nginx's configuration."""

import re
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from deploy.nginx import FOLDER
from deploy.tests.unit.image import ARGUMENTS, USER
from resnet_edu.paths import PROJECT

TEXT = (FOLDER / "docker-compose.yml").read_text(encoding="utf-8")
APPS = ("app-1", "app-2")


def with_defaults(text: str) -> str:
    """Substitute defaults for unset variables as Compose does: ``${NAME:-default}`` becomes the default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(with_defaults(TEXT))["services"]


def check(text: str) -> None:
    """Validate the text against the Compose specification; raises ``ValueError`` for what it does not know."""
    PyCompose.from_yaml(yaml.safe_dump(yaml.safe_load(with_defaults(text)))).validate()


def test_it_is_what_the_compose_specification_knows() -> None:
    check(TEXT)


@pytest.mark.parametrize(
    ("right", "wrong"), [("read_only: true", "readonly: true"), ("interval: 30s", "interval: half a minute")]
)
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
    assert "memory" in service["deploy"]["resources"]["limits"]
    assert service["logging"]["options"]["max-size"], "logs that end"


@pytest.mark.parametrize("name", APPS)
def test_the_operator_says_under_which_names_the_app_answers_and_who_may_frame_it(name: str) -> None:
    assert 'STREAMLIT_SERVER_ALLOWED_HOSTS: "${RESNET_EDU_HOSTS:-*}"' in TEXT
    assert SERVICES[name]["environment"]["STREAMLIT_SERVER_ALLOWED_HOSTS"] == "*"
    assert "RESNET_EDU_FRAMES" in SERVICES[name]["environment"]


@pytest.mark.parametrize("name", APPS)
def test_the_app_is_the_image_of_this_repository(name: str) -> None:
    service, build = SERVICES[name], SERVICES["app-1"]["build"]
    assert service["user"] == USER
    assert service["image"] == SERVICES["app-1"]["image"]
    assert (FOLDER / build["context"]).resolve() == PROJECT
    assert set(build["args"]) <= ARGUMENTS
    (mount,) = service["volumes"]
    assert mount.split(":")[1] == service["environment"]["RESNET_EDU_WEIGHTS"]


def test_nginx_stands_before_the_processes_as_its_configuration_says() -> None:
    configuration = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    for name in APPS:
        words = SERVICES[name]["command"]
        address = ":".join(words[words.index(option) + 1] for option in ("--server.address", "--server.port"))
        assert f"server {address};" in configuration
        assert f"http://{address}/_stcore/health" in SERVICES[name]["healthcheck"]["test"][3]
    assert all(SERVICES[name]["network_mode"] == "service:net" for name in (*APPS, "nginx"))
    (published,) = SERVICES["net"]["ports"]
    assert f"listen {published.split(':')[1]};" in configuration


def test_nginx_reads_the_files_that_are_mounted() -> None:
    mounts = dict(each.removesuffix(":ro").split(":") for each in SERVICES["nginx"]["volumes"])
    assert all((FOLDER / path).is_file() for path in mounts)
    assert mounts["./nginx-main.conf"] in SERVICES["nginx"]["command"]
    included = mounts["./nginx.conf"].removesuffix("nginx.conf")
    assert f"include {included}*.conf;" in (FOLDER / "nginx-main.conf").read_text(encoding="utf-8")
