"""The inference page: default result, links, valid and invalid uploads, nets that are not here."""

import io
import json
import threading
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from resnet_edu.paths import PROJECT
from resnet_edu.ui.text.language import LANGUAGES
from resnet_edu.vision.catalogue import DEFAULT_NET, catalogue
from resnet_edu.vision.samples import SAMPLES

from .conftest import Open, control, corrected, give_picture

TEN_CLASSES = "cifar10-residual-20"


def bars(at: AppTest) -> dict[str, Any]:
    """Return the data of the answer's bars once they are there; views further down have bars of their own."""
    for _ in range(50):
        found = [
            element.proto for element in at.get("bidi_component") if element.proto.component_name == "resnet_edu.bars"
        ]
        if found:
            break
        at.run()
    (data,) = [json.loads(proto.json) for proto in found]
    return dict(data)


def picture(kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (50, 40), (90, 140, 220)).save(content, kind)
    return content.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_default_sample_is_classified_on_arrival(open_page: Open, language: str) -> None:
    at = open_page("inference", lang=language)
    rows = bars(at)["rows"]
    assert len(rows) == 5
    assert [row["share"] for row in rows] == sorted((row["share"] for row in rows), reverse=True)
    assert {"en": "German shepherd", "zh": "德国牧羊犬"}[language] == rows[0]["name"]
    assert not at.info
    assert any('<img src="data:image/png;base64,' in each.proto.body for each in at.get("html"))
    assert any("ms" in caption.value or "毫秒" in caption.value for caption in at.caption)


@pytest.mark.parametrize("sample", [sample.id for sample in SAMPLES])
def test_a_link_opens_its_sample_with_credits(open_page: Open, sample: str) -> None:
    at = open_page("inference", sample=sample)
    author = next(each.author for each in SAMPLES if each.id == sample)
    assert any(author in caption.value for caption in at.caption)
    assert len(bars(at)["rows"]) == 5


@pytest.mark.parametrize("parameters", [{"sample": "../../etc"}, {"net": "<b>x</b>"}, {"source": "nowhere"}])
def test_nonsense_in_the_url_falls_back_to_the_default(open_page: Open, parameters: dict[str, str]) -> None:
    at = open_page("inference", **parameters)
    assert bars(at)["rows"][0]["name"] == "German shepherd"
    assert corrected(at)
    assert not at.query_params
    assert not corrected(at.run()), "told once"


def test_the_choice_of_net_goes_into_the_url(open_page: Open) -> None:
    at = open_page("inference")
    at.selectbox(key="net").set_value("resnet50-v2").run()
    assert at.query_params["net"] == "resnet50-v2"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_net_that_is_not_here_is_offered_with_its_size_and_not_fetched_by_itself(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr("urllib.request.urlopen", lambda *args, **options: pytest.fail("a download was begun"))
    at = open_page("inference", net="resnet50-v1", lang=language)
    assert "98 MB" in at.button(key="fetch").label
    assert not any("bars" in element.proto.component_name for element in at.get("bidi_component"))


def test_fetching_without_a_network_says_so_and_the_page_goes_on(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*args: object, **options: object) -> None:
        raise OSError("no route") from None

    monkeypatch.setattr("urllib.request.urlopen", lambda *a, **o: (_ for _ in ()).throw(ConnectionError("no network")))
    at = open_page("inference", net="resnet34-v1")
    at.button(key="fetch").click().run()
    for _ in range(50):
        if at.warning:
            break
        at.run()
    assert "No answer from the network" in at.warning[0].value
    at.selectbox(key="net").set_value(DEFAULT_NET).run()
    assert bars(at)["rows"][0]["name"] == "German shepherd"


def test_a_download_shows_its_progress_and_can_be_cancelled(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, own_torch_cache: Path
) -> None:
    hold = threading.Event()

    class Response(io.BytesIO):
        headers: ClassVar[dict[str, str]] = {"Content-Length": str(80 * 2**20)}

        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 20 * 2**20:
                hold.wait(20)
            self.seek(self.tell() + 2**20)
            return bytes(2**20)

    monkeypatch.setattr("urllib.request.urlopen", lambda *args, **options: Response())
    at = open_page("inference", net="resnet34-v1")
    at.button(key="fetch").click().run()
    for _ in range(100):
        if any("20 of 80 MB" in str(bar.proto) for bar in at.get("progress")):
            break
        at.run()
    else:
        pytest.fail("no progress was shown")
    at.button(key="cancel").click().run()
    assert at.button(key="fetch").label == "Fetch 83 MB"
    hold.set()
    for thread in threading.enumerate():
        if thread.name.startswith("download"):
            thread.join(20)
    assert list(own_torch_cache.iterdir()) == []


def shows_an_answer(at: AppTest) -> bool:
    return any(element.proto.component_name == "resnet_edu.bars" for element in at.get("bidi_component"))


@pytest.mark.parametrize("source", ["upload", "camera"])
def test_no_sample_stands_under_the_readers_own_picture(open_page: Open, source: str) -> None:
    at = open_page("inference", source=source)
    assert not shows_an_answer(at)
    assert "No picture yet" in at.info[-1].value


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_refusal_nothing_old_is_shown(open_page: Open, language: str) -> None:
    at = open_page("inference", source="upload", lang=language)
    give_picture(at, "good.png", picture("JPEG"))
    good = bars(at)["key"]
    assert any("JPEG" in info.value for info in at.info), "the name says PNG"
    give_picture(at, "bad.png", b"no picture at all")
    for _ in range(2):
        assert {"en": "not a picture", "zh": "不是可以读取的图片"}[language] in at.error[0].value
        assert not shows_an_answer(at)
        assert not any("JPEG" in info.value for info in at.info)
        control(at.selectbox, "net").set_value("cifar10-plain-20").run()
    give_picture(at, "", b"", {"name": "bad.png", "refused": "tooLarge"})
    assert {"en": "larger than 10 MB", "zh": "超过 10 MB"}[language] in at.error[0].value
    assert not shows_an_answer(at)
    give_picture(at, "good.png", picture("JPEG"))
    assert not at.error
    assert bars(at)["key"].rpartition("/")[2] == good.rpartition("/")[2]


def test_the_last_picture_given_stays(open_page: Open) -> None:
    at = open_page("inference", source="upload")
    give_picture(at, "first.png", picture())
    first = bars(at)["key"]
    give_picture(at, "", picture("BMP"))
    last = bars(at)["key"]
    assert last != first
    for language in ("zh", "en"):
        at.query_params["lang"] = language
        assert bars(at.run())["key"] == last


@pytest.mark.parametrize("given", ["text", 7, None, [], {}, {"content": 3}, {"content": "no base64!", "name": {}}])
def test_what_no_script_of_ours_would_send_ends_as_no_picture(open_page: Open, given: object) -> None:
    at = open_page("inference", source="upload")
    give_picture(at, "", b"", given)
    assert not at.exception
    assert not shows_an_answer(at)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://192.168.1.5:8501/inference", "only over https"),
        ("https://lectures.example.org/inference", ""),
        ("http://localhost:8501/inference", ""),
    ],
)
def test_where_no_camera_can_work_the_page_says_why_instead_of_asking_for_it(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    at = open_page("inference")
    monkeypatch.setattr(ContextProxy, "url", address)
    control(at.button_group, "source").set_value("camera").run()
    assert any(each.proto.component_name == "resnet_edu.photo" for each in at.get("bidi_component")) == (not said)
    assert any(said in info.value for info in at.info[:1])
    assert not shows_an_answer(at)


def test_a_mislabelled_upload_is_read_and_said(open_page: Open) -> None:
    at = open_page("inference", source="upload")
    give_picture(at, "photo.png", picture("JPEG"))
    assert "JPEG" in at.info[0].value


def test_an_own_picture_survives_a_look_at_the_gallery(open_page: Open) -> None:
    at = open_page("inference", source="upload")
    give_picture(at, "good.png", picture())
    own = bars(at)["key"]
    control(at.button_group, "source").set_value("gallery").run()
    assert bars(at)["key"] != own
    control(at.button_group, "source").set_value("upload").run()
    assert bars(at)["key"] == own


def test_the_code_to_copy_gives_the_figure(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page("inference", sample="rocket")
    monkeypatch.chdir(PROJECT)
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(next(code.value for code in at.code if "topk(5)" in code.value), "snippet", "exec"), {})
    lines = [line.split() for line in printed.getvalue().splitlines()]
    assert [[row["name"], f"{row['share']:.1%}"] for row in bars(at)["rows"]] == lines


def test_the_operators_nets_and_refusals_are_shown(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.pth").write_bytes(b"nothing")
    monkeypatch.setenv("RESNET_EDU_WEIGHTS", str(tmp_path))
    at = open_page("inference")
    assert any("broken.pth" in text.value for text in at.text)
    assert str(tmp_path) not in " ".join(text.value for text in at.text)


def test_a_fault_of_ours_is_a_sentence_and_a_log_line(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError

    at = open_page("inference")
    monkeypatch.setattr("resnet_edu.vision.predict.Predict.run", fail)
    at.query_params["net"] = DEFAULT_NET
    at.query_params["source"] = "upload"
    at.run()
    give_picture(at, "p.bmp", picture("BMP") + b"unseen")
    assert "our side" in at.error[0].value
    assert "ZeroDivisionError" in caplog.text


def test_every_net_has_its_honest_line(open_page: Open) -> None:
    for net in (TEN_CLASSES, "densenet121-v1"):
        at = open_page("inference", net=net)
        count = len(catalogue().nets[net].classes)
        assert any(("ten things" if count == 10 else f"{count} classes") in line.value for line in at.markdown)


def test_the_papers_figure_stands_beside_a_residual_net_and_not_beside_a_plain_one(open_page: Open) -> None:
    lines = " ".join(text.value for text in open_page("inference", net=TEN_CLASSES).markdown)
    assert "91.25% (table 6)" in lines
    lines = " ".join(text.value for text in open_page("inference", net="cifar10-plain-20").markdown)
    assert "ten things" in lines
    assert "table 6" not in lines
