"""``deploy/operations.md``: what it tells to type exists, and so does what it names."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from streamlit.runtime import stats, websocket_session_manager

from resnet_edu.cli import app
from resnet_edu.paths import PROJECT

PAGE = PROJECT / "deploy" / "operations.md"
TEXT = PAGE.read_text(encoding="utf-8")
FOLDER = PAGE.parent
SERVICES = yaml.safe_load((FOLDER / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
KINDS = {"deployment": "Deployment", "job": "Job", "rayservice": "RayService", "secret": "Secret", "node": "Node"}
MANIFESTS = [
    each
    for path in (FOLDER / "kubernetes").rglob("*.yaml")
    for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    if "metadata" in each
]


def commands() -> list[str]:
    """Every line of an indented block, and every command between backquotes."""
    blocks = [line.strip() for line in TEXT.splitlines() if re.match(r" {4,}\S", line)]
    programs = "python -m|make|docker|kubectl|curl"
    return [*blocks, *re.findall(rf"`((?:{programs}) [^`]+)`", TEXT)]


COMMANDS = commands()


def of(program: str) -> list[str]:
    return [each for each in COMMANDS if each.startswith(f"{program} ")]


def test_the_page_is_read_as_it_is_meant() -> None:
    programs = {each.split()[0] for each in COMMANDS}
    assert programs == {"python", "make", "docker", "kubectl", "curl"}
    assert len(of("kubectl")) > 15


@pytest.mark.parametrize("command", sorted({each.split(" [")[0] for each in of("python -m resnet_edu")}))
def test_our_commands_exist_with_their_options(command: str) -> None:
    found: Any = typer.main.get_command(app)
    words = shlex.split(command)[3:]
    while hasattr(found, "commands"):
        assert words, f"{command}: which of {', '.join(found.commands)}"
        found = found.commands[words.pop(0)]
    known = {option for parameter in found.params for option in parameter.opts} | {"--help"}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("command", sorted(set(of("make"))))
def test_the_makefile_has_its_targets(command: str) -> None:
    assert re.search(rf"^{command.split()[1]}:", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", sorted(set(of("docker compose"))))
def test_compose_is_told_of_our_file_and_its_services(command: str) -> None:
    words = shlex.split(command)
    if "-f" in words:
        assert (PROJECT / words[words.index("-f") + 1]).is_file()
    named = {word for word in words if re.fullmatch(r"app-\d|nginx|net", word)}
    assert named <= set(SERVICES)
    assert named or set(words) & {"up", "ps", "build"}


@pytest.mark.parametrize("command", sorted(set(of("docker build"))))
def test_the_image_knows_its_arguments(command: str) -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    given = re.findall(r"--build-arg (\w+)=", command)
    assert given
    assert all(f"ARG {name}=" in dockerfile for name in given)


@pytest.mark.parametrize("command", sorted(set(of("kubectl"))))
def test_kubernetes_is_told_of_what_the_manifests_make(command: str) -> None:
    words = shlex.split(command)
    for flag in ("-k", "-f"):
        if flag in words and "logs" not in words:
            assert (PROJECT / words[words.index(flag) + 1]).exists(), command
    there = {(each["kind"], each["metadata"]["name"]) for each in MANIFESTS}
    for kind, name in re.findall(r"\b(deployment|job|rayservice)[/ ](resnet-edu[\w-]*)", command):
        assert (KINDS[kind], name) in there
    if "-n" in words:
        assert ("Namespace", words[words.index("-n") + 1]) in there
    containers = {
        name
        for path in (FOLDER / "kubernetes").rglob("*.yaml")
        for name in re.findall(r"- name: (\S+)", path.read_text())
    }
    if "-c" in words and "exec" not in words:
        assert words[words.index("-c") + 1] in containers


def test_the_secrets_are_those_that_the_manifests_ask_for() -> None:
    created = re.search(r"create secret generic (\S+) --from-literal=(\w+)=", TEXT)
    assert created
    asked = re.findall(r"secretKeyRef:\s+name: (\S+)\s+key: (\S+)", "".join(_manifests()))
    assert set(asked) == {(created[1], created[2])}
    assert re.findall(r"secretName: (\S+)", "".join(_manifests())) == re.findall(r"secret `(resnet-edu-tls)`", TEXT)


def test_variables_and_links_lead_somewhere() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "resnet_edu").rglob("*.py"))
    compose = (FOLDER / "docker-compose.yml").read_text(encoding="utf-8")
    for name in set(re.findall(r"RESNET_EDU_\w+", TEXT)):
        assert f'"{name}"' in code or f"${{{name}:-" in compose, name
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (FOLDER / link).exists(), link
    for path in re.findall(r"`((?:assets|deploy)/[\w./-]+)`", TEXT):
        assert (PROJECT / path).exists() or path in ("assets/hall.json", "deploy/weights"), path


def test_the_metrics_are_streamlits() -> None:
    families = {value for name, value in vars(stats).items() if name.endswith("_FAMILY")}
    named = set(re.findall(r"`(active_\w+|session_\w+|cache_\w+)`", TEXT))
    assert len(named) == 3
    assert {name.removesuffix("_total") for name in named} <= families
    assert websocket_session_manager._EVENT_TYPE_RECONNECT == "reconnect"


def test_the_metrics_of_ray_are_rays() -> None:
    """Declared by Serve, or asked for by Ray's own dashboards, where Serve puts the name together."""
    ray = Path(pytest.importorskip("ray", reason="needs requirements-cluster.txt").__file__).parent
    paths = [*(ray / "serve").rglob("*.py"), *(ray / "dashboard").rglob("*_panels.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    named = set(re.findall(r"`ray_(serve_\w+)`", TEXT))
    assert len(named) == 3
    assert all(f'"{name}"' in source or f"ray_{name}{{" in source for name in named)


def test_sentences_that_readers_see_are_ours() -> None:
    """Streamlit's own is «Connecting»; the rest begins as one in the code does."""
    sources = [*(PROJECT / "resnet_edu").rglob("*.py"), *(PROJECT / "pages").glob("*.py")]
    code = re.sub(r'"\s+"', "", "".join(path.read_text(encoding="utf-8") for path in sources))
    quoted = set(re.findall(r"^\| «([^»]+)»", TEXT, re.MULTILINE)) - {"Connecting"}
    assert len(quoted) >= 5
    for sentence in quoted:
        assert f'"{sentence.removesuffix(" …")}' in code, sentence


def _manifests() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in (FOLDER / "kubernetes").rglob("*.yaml")]
