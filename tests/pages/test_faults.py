"""Damaged files, a full disk, no memory, a killed worker: one sentence each, in both languages; the page goes on."""

import io
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from streamlit.testing.v1 import AppTest

from resnet_edu.paths import WEIGHTS
from resnet_edu.ui.block.block import TRAINED_NET
from resnet_edu.ui.text.language import LANGUAGES, _translations
from resnet_edu.vision.catalogue import DEFAULT_NET, catalogue
from resnet_edu.vision.predict import Predict

from .conftest import Open

OTHER_NET = "cifar10-residual-56"


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of our weights that a test may damage."""
    folder = tmp_path / "ours"
    shutil.copytree(WEIGHTS, folder)
    monkeypatch.setattr("resnet_edu.vision.catalogue.WEIGHTS", folder)
    return folder


def has_answer(at: AppTest) -> bool:
    return any(element.proto.component_name == "resnet_edu.bars" for element in at.get("bidi_component"))


def run_until(at: AppTest, condition: Callable[[], bool]) -> None:
    """Rerun the page until the condition holds, because the engine may be slower than the page waits."""
    for _ in range(100):
        if condition():
            return
        at.run()
    pytest.fail("it never came")


def says(at: AppTest, kind: str, language: str, english: str) -> bool:
    """Return whether a box of that kind contains the sentence with this beginning, translated."""
    found = [element.value for element in at.get(kind)]
    if language == "en":
        return any(english in text for text in found)
    known = _translations(language)._catalog  # type: ignore[attr-defined]  # how gettext keeps them
    (translated,) = {value for key, value in known.items() if isinstance(key, str) and english in key}
    start = translated.partition("{")[0] or translated.rpartition("}")[2]
    return bool(re.search("[\u4e00-\u9fff]", start)) and any(start in text for text in found)


def the_rest_works(at: AppTest) -> None:
    assert not at.exception
    at.selectbox(key="net").set_value(OTHER_NET).run()
    run_until(at, lambda: has_answer(at))
    assert not at.error


@pytest.mark.parametrize("language", LANGUAGES)
def test_damaged_weights(open_page: Open, weights: Path, language: str) -> None:
    path = weights / f"{DEFAULT_NET}.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    at = open_page("inference", lang=language)
    run_until(at, lambda: says(at, "error", language, "its checksum is not the one on its card"))
    the_rest_works(at)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_damaged_model_card(open_page: Open, weights: Path, language: str) -> None:
    (weights / f"{DEFAULT_NET}.json").write_text("{")
    at = open_page("inference", lang=language)
    run_until(at, lambda: has_answer(at))
    assert at.selectbox(key="net").value != DEFAULT_NET
    assert any(f"{DEFAULT_NET}.safetensors" in text.value for text in at.text)
    (weights / f"{TRAINED_NET}.json").write_text("{")
    at.switch_page("pages/block.py").run()
    assert says(at, "error", language, "are missing or damaged. Copy them again.")
    assert not at.exception


@pytest.mark.parametrize("language", LANGUAGES)
def test_half_a_download_in_the_cache_can_be_fetched_again(
    open_page: Open, own_torch_cache: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    net = catalogue().nets["resnet34-v1"]
    own_torch_cache.mkdir(parents=True)
    net.path.write_bytes(b"half a download")
    at = open_page("inference", net=net.id, lang=language)
    assert says(at, "error", language, "the checksum is wrong. Fetch them again.")
    asked: list[str] = []

    def whole(url: str, **options: object) -> io.BytesIO:
        asked.append(url)
        raise ConnectionError

    monkeypatch.setattr("urllib.request.urlopen", whole)
    at.button(key="fetch").click().run()
    run_until(at, lambda: says(at, "warning", language, "No answer from the network"))
    assert asked == [net.url]
    the_rest_works(at)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cache_that_cannot_be_written(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, own_torch_cache: Path, language: str
) -> None:
    own_torch_cache.parent.mkdir(parents=True)
    own_torch_cache.write_text("a file where the folder should be")

    class Response(io.BytesIO):
        headers: ClassVar[dict[str, str]] = {}

    monkeypatch.setattr("urllib.request.urlopen", lambda *args, **options: Response(b"content"))
    at = open_page("inference", net="resnet50-v2" if language == "zh" else "resnet50-v1", lang=language)
    at.button(key="fetch").click().run()
    run_until(at, lambda: says(at, "warning", language, "The weights could not be stored"))
    the_rest_works(at)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [(lambda: torch.empty(2**55), "There is not enough memory for"), (lambda: exit(1), "The computation was cut off.")],
    ids=["no memory", "killed worker"],
)
def test_a_request_that_takes_the_worker_down(
    open_page: Open,
    weights: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    fault: Callable[[], object],
    sentence: str,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Predict, "run", lambda *args: fault())
        at = open_page("inference", lang=language)
        run_until(at, lambda: says(at, "error", language, sentence))
    at.run()
    run_until(at, lambda: has_answer(at))
    the_rest_works(at)


class Evil:
    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.proof,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pickle_with_code_is_named_and_does_not_run(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    proof, folder = tmp_path / "ran", tmp_path / "weights"
    folder.mkdir()
    content = pickle.dumps(Evil(proof), protocol=2)
    (folder / "evil.pth").write_bytes(content)
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(folder))
    at = open_page("inference", lang=language)
    assert {"en": "could run code", "zh": "代码"}[language] in " ".join(text.value for text in at.text)
    run_until(at, lambda: has_answer(at))
    assert not proof.exists()
    pickle.loads(content)
    assert proof.exists(), "the trap is a real one"


def test_a_folder_of_weights_that_is_not_there(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", "/" + "x" * 300)
    monkeypatch.setenv("TORCH_HOME", "/" + "y" * 300)
    at = open_page("inference", lang="zh")
    assert any("RESNET_EDU_WEIGHTS" in text.value for text in at.text)
    run_until(at, lambda: has_answer(at))
