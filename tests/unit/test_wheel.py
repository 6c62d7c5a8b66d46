"""``pip install .`` installs the whole app."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from resnet_edu.paths import PROJECT

OPEN = """
import sys
from streamlit.testing.v1 import AppTest
from resnet_edu.paths import PROJECT
from resnet_edu.ui.hall import hall

hall.is_lecturer = lambda: False  # the harness answers with a cookie that is no text
at = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=120).run()
assert not at.exception, at.exception
for page in sys.argv[1:]:
    at.switch_page(f"pages/{page}.py").run()
    assert not at.exception, at.exception
    assert not at.error, at.error
print(PROJECT)
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the contents of the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_it_opens_home_and_a_page_with_records_far_from_any_checkout(installed: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN, "gradients"]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(installed / "resnet_edu" / "installed")


@pytest.mark.parametrize("folder", ["assets", "pages"])
def test_it_brings_every_page_and_asset(installed: Path, folder: str) -> None:
    assert files(installed / "resnet_edu" / "installed" / folder) == files(PROJECT / folder)


def test_it_brings_the_package_and_nothing_else(installed: Path) -> None:
    installed_names = {path.name.partition("-")[0] for path in installed.iterdir()}
    assert installed_names == {"resnet_edu"}
    beside = {path.relative_to("installed") for path in files(installed / "resnet_edu") if path.parts[0] == "installed"}
    package = {path for path in files(installed / "resnet_edu") if path.parts[0] != "installed"}
    assert package == files(PROJECT / "resnet_edu")
    assert {Path("app.py"), Path(".streamlit/config.toml")} <= beside


def test_it_has_the_command(installed: Path) -> None:
    (points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "resnet-edu = resnet_edu.launch:main" in points.read_text(encoding="utf-8")
