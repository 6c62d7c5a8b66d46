"""``deploy/README.md`` and ``deploy/operations.md``: the commands and names in them exist."""

import re
import shlex
from importlib import import_module
from typing import Any

import pytest
import typer
import yaml
from streamlit.runtime import stats

from deploy.nginx import FOLDER
from deploy.tests.unit.image import ARGUMENTS
from deploy.tests.unit.manifests import ALL, CONTAINERS
from resnet_edu.paths import PROJECT

OPERATIONS = (FOLDER / "operations.md").read_text(encoding="utf-8")
TEXT = (FOLDER / "README.md").read_text(encoding="utf-8") + OPERATIONS
SERVICES = yaml.safe_load((FOLDER / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def commands(program: str) -> list[str]:
    """Return every line of an indented block, and every text in backquotes, that starts with the program."""
    lines = [*re.findall(r"^ {4,}(\S.*)$", TEXT, re.MULTILINE), *re.findall(r"`([^`]+)`", TEXT.replace("\n", " "))]
    found = sorted({line.split("  #")[0].strip() for line in lines if line.startswith(f"{program} ")})
    assert found, program
    return found


def options(found: Any, words: list[str]) -> set[str]:
    """Return the options of the subcommand that the words name."""
    while hasattr(found, "commands"):
        found = found.commands[words.pop(0)]
    return {option for parameter in found.params for option in parameter.opts} | {"--help"}


@pytest.mark.parametrize("command", commands("python -m"))
def test_our_commands_exist_with_their_options(command: str) -> None:
    module, *words = shlex.split(command)[2:]
    found = typer.main.get_command(
        import_module("resnet_edu.cli" if module == "resnet_edu" else f"{module}.__main__").app
    )
    given = {word.split("=")[0] for word in words if word.startswith("--")}
    assert given <= options(found, words)


@pytest.mark.parametrize("command", commands("make"))
def test_the_makefile_has_its_targets(command: str) -> None:
    assert re.search(rf"^{command.split()[1]}:", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_image_knows_its_arguments() -> None:
    given = {each for command in commands("docker build") for each in re.findall(r"--build-arg (\w+)=", command)}
    assert given
    assert given <= ARGUMENTS


def test_compose_is_told_of_services_that_are_there() -> None:
    named = {word for command in commands("docker compose") for word in re.findall(r"\bapp-\d\b", command)}
    assert named
    assert named <= set(SERVICES)


@pytest.mark.parametrize("command", commands("kubectl"))
def test_kubernetes_is_told_of_what_the_manifests_make(command: str) -> None:
    there = {(kind.lower(), name) for kind, name in ALL}
    assert set(re.findall(r"\b(deployment|job|rayservice)[/ ](resnet-edu[\w-]*)", command)) <= there
    for path in re.findall(r"-[kf] (deploy/\S+)", command):
        assert (PROJECT / path).exists()
    for container in re.findall(r"logs .* -c (\S+)", command):
        assert container in {each["name"] for each in CONTAINERS.values()}


def test_the_secrets_are_those_that_the_manifests_ask_for() -> None:
    made = re.findall(r"create secret generic (\S+) (.*)", OPERATIONS)
    created = {(name, key) for name, literals in made for key in re.findall(r"--from-literal=(\w+)=", literals)}
    asked = [
        each["valueFrom"]["secretKeyRef"]
        for container in CONTAINERS.values()
        for each in container.get("env", ())
        if "valueFrom" in each
    ]
    assert {(each["name"], each["key"]) for each in asked} == created


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (FOLDER / link).exists(), link


def test_the_metrics_are_streamlits() -> None:
    families = {value for name, value in vars(stats).items() if name.endswith("_FAMILY")}
    named = set(re.findall(r"`(active_\w+|session_\w+|cache_\w+)`", OPERATIONS))
    assert len(named) == 3
    assert {name.removesuffix("_total") for name in named} <= families


def test_sentences_that_readers_see_are_ours() -> None:
    """Streamlit's own is «Connecting»; each of the others is the start of a sentence in the code."""
    sources = [*(PROJECT / "resnet_edu").rglob("*.py"), *(PROJECT / "pages").glob("*.py")]
    code = re.sub(r'"\s+"', "", "".join(path.read_text(encoding="utf-8") for path in sources))
    quoted = set(re.findall(r"^\| «([^»]+)»", OPERATIONS, re.MULTILINE)) - {"Connecting"}
    assert len(quoted) >= 5
    assert [each for each in sorted(quoted) if f'"{each.removesuffix(" …")}' not in code] == []
