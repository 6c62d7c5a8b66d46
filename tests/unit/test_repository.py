"""The files that forges and their visitors read."""

import subprocess
import sys
import tomllib

import pytest
import yaml

from resnet_edu import __version__
from resnet_edu.paths import PROJECT

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_and_citation_are_valid() -> None:
    assert WORKFLOWS
    run("check_jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS))
    run("check_jsonschema", "--builtin-schema", "vendor.citation-file-format", "CITATION.cff")


def test_the_hooks_are_valid() -> None:
    run("pre_commit", "validate-config")


def test_one_version_is_told_everywhere() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    assert project["version"] == citation["version"] == __version__


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_begin_with_the_oldest_python_that_installs(workflow) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (job,) = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values()
    assert project["requires-python"] == f">={job['strategy']['matrix']['python'][0]}"
