"""The files that code hosts and their visitors read."""

import re
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


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_the_files_that_a_document_names_exist(document: str) -> None:
    """Except names that have a part in capitals to be filled in."""
    text = (PROJECT / document).read_text(encoding="utf-8")
    folders = "resnet_edu|tests|assets|pages|deploy"
    named = set(re.findall(rf"\b((?:{folders})/[\w./-]*\w)", text))
    assert len(named) >= 5
    missing = {each for each in named if not re.search(r"[A-Z]{2}", each) and not (PROJECT / each).exists()}
    assert missing == set()
