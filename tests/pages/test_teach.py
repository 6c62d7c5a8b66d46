"""Teaching a net: examples, own pictures from every source, what was learned, what can be taken home."""

import base64
import io
import json
import zipfile
from contextlib import redirect_stdout
from threading import Semaphore
from time import sleep
from typing import Any

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from resnet_edu.lecture.plan import load_plan
from resnet_edu.paths import PROJECT
from resnet_edu.teaching.archive import pack
from resnet_edu.teaching.collection import Collection, PictureClass, Shot
from resnet_edu.teaching.example import Example, example
from resnet_edu.ui.shared.taught import MOST, kept
from resnet_edu.ui.teach import collecting, fine_tuning
from resnet_edu.ui.text.language import LANGUAGES

from .conftest import Open, control, trigger


def data_of(at: AppTest, component: str, key: str = "") -> dict[str, Any]:
    protos = [element.proto for element in at.get("bidi_component")]
    return next(
        json.loads(each.json) for each in protos if each.component_name.endswith(f".{component}") and key in each.id
    )


def settled(at: AppTest) -> AppTest:
    """Rerun the page until the engine has answered everything it asks."""
    for _ in range(60):
        if any("take weights" in (each.proto.id or "") for each in at.get("download_button")):
            return at
        at.run()
        assert not at.exception
    pytest.fail("the page never came to its end")


def own(open_page: Open, collection: Collection, **parameters: str) -> AppTest:
    at = open_page("teach", pictures="own", **parameters)
    at.session_state[collecting.HELD] = collection
    return at.run()


def few(count: int = 4) -> Collection:
    return Collection(tuple(PictureClass(each.name, each.shots[:count]) for each in example(Example.THINGS).classes))


def give_files(at: AppTest, *unnamed: bytes, **files: bytes | str) -> AppTest:
    """As the upload's script does: each file's name and content, or why there is none."""
    told = [
        {"name": name.replace("_", "."), "refused": each}
        if isinstance(each, str)
        else {"name": name.replace("_", "."), "content": base64.b64encode(each).decode()}
        for name, each in [*(("", each) for each in unnamed), *files.items()]
    ]
    return trigger(at, "teach upload", "files", told)


def right_answer(stop_id: str) -> str | None:
    (asked,) = [each for each in load_plan().questions if each.id == stop_id]
    return asked.right


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_is_learned_unasked_and_each_picture_counts_once(open_page: Open, language: str) -> None:
    at = settled(open_page("teach", lang=language))
    counts = data_of(at, "confusion")["counts"]
    assert [sum(row) for row in counts] == [20, 20, 20]
    right = sum(counts[index][index] for index in range(3))
    assert any(f"{right / 60:.0%}" in each.proto.body for each in at.get("html"))
    assert right > 4 / 5 * 60
    assert right_answer("teach") == "most"
    (said,) = [each.value for each in at.caption if {"en": "The net took", "zh": "网络看这"}[language] in each.value]
    assert "60" in said
    assert not at.error


def test_the_ground_gives_the_class_away_and_other_grounds_show_it(open_page: Open) -> None:
    at = settled(open_page("teach", pictures="grounds"))
    counts = data_of(at, "confusion")["counts"]
    assert [counts[index][index] for index in range(3)] == [20, 20, 20]
    body = " ".join(each.proto.body for each in at.get("html"))
    right = int(body.split(" of 60 right")[0].rsplit(">", 1)[1])
    assert right < 60 / 3 / 2
    assert right_answer("grounds") == "few"


def test_an_opened_cell_shows_its_pictures_with_the_most_doubtful_first(open_page: Open) -> None:
    at = settled(open_page("teach", cell="0-0", cam="True"))
    for _ in range(20):
        tiles = data_of(at, "tiles", "doubtful")["tiles"]
        if tiles[0]["map"]:
            break
        at.run()
    shares = [int(tile["note"].split()[-1].rstrip("%")) for tile in tiles]
    assert shares == sorted(shares)
    assert not any(tile["wrong"] for tile in tiles)
    assert max(base64.b64decode(tiles[0]["map"])) == 255


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_classes_say_what_is_missing_and_are_learned_on_request(open_page: Open, language: str) -> None:
    at = open_page("teach", pictures="own", lang=language)
    assert at.button(key="learn").disabled
    assert len(at.info) == 1
    assert {"en": "class A, class B", "zh": "类别 A、类别 B"}[language] in at.info[0].value
    at.session_state[collecting.HELD] = few()
    at.run()
    at.button(key="learn").click().run()
    at = settled(at)
    assert sum(map(sum, data_of(at, "confusion")["counts"])) == 12
    assert at.button(key="learn").disabled


def test_a_zip_of_folders_becomes_the_classes(open_page: Open) -> None:
    at = open_page("teach", pictures="own")
    give_files(at, pack(few(2)))
    assert at.session_state[collecting.HELD].names == ("fish", "flower", "house")
    assert not at.error


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bad_file_gets_a_sentence_and_the_good_ones_stay(open_page: Open, language: str) -> None:
    at = open_page("teach", pictures="own", lang=language)
    good = few(1).shots[0].content
    give_files(at, good, a_txt=b"nothing", b_zip=b"PK\x03\x04", c_jpg=b"none", d_png="tooLarge")
    (told,) = [each.value.split("  \n") for each in at.error]
    begins = {
        "en": ("a.txt, c.jpg: This is not a picture", "b.zip: A ZIP", "d.png: This file is larger"),
        "zh": ("a.txt、c.jpg：", "b.zip：ZIP", "d.png："),
    }
    assert all(line.startswith(begin) for line, begin in zip(told, begins[language], strict=True))
    assert [len(each.shots) for each in at.session_state[collecting.HELD].classes] == [1, 0]


def test_a_file_called_zip_that_is_none_is_no_picture_either(open_page: Open) -> None:
    at = open_page("teach", pictures="own")
    give_files(at, pictures_ZIP=b"Rar!")
    assert [each.value.split(" it")[0] for each in at.error] == ["pictures.ZIP: This ZIP can't be read:"]


def test_a_hundred_bad_files_are_told_of_in_a_few_lines(open_page: Open) -> None:
    at = open_page("teach", pictures="own")
    give_files(at, **{f"{number}_txt": b"nothing" for number in range(100)})
    (told,) = [each.value for each in at.error]
    assert told.startswith("0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 95 more: This is not")


def test_a_zip_beside_a_picture_is_left_out_with_a_sentence(open_page: Open) -> None:
    at = open_page("teach", pictures="own")
    give_files(at, few(1).shots[0].content, more_zip=pack(few(1)))
    assert [each.value for each in at.error] == ["more.zip: A ZIP replaces all classes. Give it alone."]
    assert [len(each.shots) for each in at.session_state[collecting.HELD].classes] == [1, 0]


def test_reading_is_counted_and_can_be_stopped(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page("teach", pictures="own")
    allowed, whole = Semaphore(2), Shot.read

    def slow(content: bytes) -> Shot:
        assert allowed.acquire(timeout=60)
        return whole(content)

    monkeypatch.setattr(Shot, "read", slow)
    monkeypatch.setattr(collecting, "PATIENCE_SECONDS", 0)
    three = [shot.content for shot in few(3).classes[0].shots]
    give_files(at, *three)
    at = reading(at, "2 of 3")
    assert at.button(key="remove class").disabled
    give_files(at, few().classes[1].shots[0].content)
    assert "still being read" in at.error[0].value
    at.button(key="stop reading").click().run()
    assert not at.get("progress")
    assert not at.session_state[collecting.HELD].shots
    allowed.release()  # the picture that was being read; no other is begun
    give_files(at, *three)
    reading(at, "0 of 3")
    allowed.release(3)
    for _ in range(200):
        if len(at.run().session_state[collecting.HELD].shots) == 3:
            break
        sleep(0.05)
    assert [len(each.shots) for each in at.session_state[collecting.HELD].classes] == [3, 0]
    assert not at.error
    assert not at.get("progress")


def reading(at: AppTest, told: str) -> AppTest:
    """Rerun the page until it says so."""
    for _ in range(200):
        if any(told in each.proto.text for each in at.get("progress")):
            return at
        sleep(0.05)
        at.run()
    pytest.fail(f"no bar said {told}")


def test_a_name_is_never_markup(open_page: Open) -> None:
    at = open_page("teach", pictures="own")
    at.text_input[0].set_value("<b>../x</b>").run()
    name = at.session_state[collecting.HELD].names[0]
    assert not set("<>/") & set(name)
    assert control(at.button_group, "class").options


def test_the_taught_net_is_on_the_inference_page_of_this_session_alone(open_page: Open) -> None:
    at = settled(open_page("teach"))
    (net_id,) = at.session_state["taught nets"]
    at.query_params["net"] = net_id
    at.switch_page("pages/inference.py").run()
    assert not at.exception
    assert control(at.selectbox, "net").value == net_id
    other = open_page("inference", net=net_id)
    assert control(other.selectbox, "net").value != net_id


def test_names_of_ours_follow_the_language_and_names_of_the_readers_stay(open_page: Open) -> None:
    at = settled(open_page("teach"))
    (example_net,) = at.session_state["taught nets"]
    at.query_params["pictures"] = "own"
    at.session_state[collecting.HELD] = few().renamed(1, "bird")
    settled(at.run().button(key="learn").click().run())
    (own_net,) = set(at.session_state["taught nets"]) - {example_net}
    at.switch_page("pages/inference.py").run()
    for net, names in ((own_net, ["fish", "bird", "flower"]), (example_net, ["鱼", "房子", "花"])):
        at.query_params["net"], at.query_params["lang"] = net, "zh"
        at.run()
        assert {row["name"] for row in data_of(at, "bars")["rows"]} == set(names)
        chosen = control(at.selectbox, "net")
        assert chosen.options[chosen.index].endswith("、".join(names))


def test_a_net_that_was_to_be_kept_outlives_those_that_come_by_themselves() -> None:
    names = ["kept"]
    for number in range(5):
        names = kept([f"head {number}", *names], {"kept"})
    assert (names[0], len(names), "kept" in names) == ("head 4", MOST, True)
    assert kept([*"new", "old"], {"n", "e", "w", "old"}) == ["n", "e", "w"]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session in which callbacks run without a page, as those of clicks that come in faster than it runs."""
    held: dict[str, Any] = {collecting.HELD: few()}
    monkeypatch.setattr(streamlit, "session_state", held)
    for name in ("heard", "choose_all"):
        monkeypatch.setattr(collecting, name, lambda *changes: None)
    return held


def test_a_double_click_removes_one_class(session: dict[str, Any]) -> None:
    for _ in range(2):  # both clicks are on the button of the page with three classes
        collecting._remove_class(0, 3)
    assert session[collecting.HELD].names == ("house", "flower")


def test_whoever_takes_a_picture_twice_is_told(session: dict[str, Any]) -> None:
    collecting._add(0, few(5).classes[0].shots)
    assert collecting.TOLD not in session
    collecting._add(1, few(5).classes[0].shots)
    assert collecting.TOLD in session


def test_what_comes_for_a_class_that_is_gone_is_dropped(session: dict[str, Any]) -> None:
    before = session[collecting.HELD]
    shot = base64.b64encode(few(5).classes[0].shots[4].content).decode()
    session["name"] = "other"
    collecting.take_camera(3, json.dumps([shot]))
    collecting._add(3, few(5).classes[0].shots)
    collecting._rename(3, "name")
    assert session[collecting.HELD] == before
    collecting.take_camera(2, json.dumps([shot]))
    assert len(session[collecting.HELD].shots) == len(before.shots) + 1


def test_the_code_to_copy_learns_the_same(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    at = settled(open_page("teach"))
    monkeypatch.chdir(PROJECT)
    head, curve, features = [run(at.code[index].value) for index in (-1, -2, -3)]
    assert [line.split(":")[0] for line in head] == ["fish", "house", "flower"]
    assert all(float(line.split(": ")[1]) > 0.9 for line in head)
    right = sum(data_of(at, "confusion")["counts"][index][index] for index in range(3))
    assert f"{right / 60:.1%}" in features[-1]
    assert len(curve) == 6


def run(code: str) -> list[str]:
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "snippet", "exec"), {})
    return printed.getvalue().splitlines()


def test_pictures_go_home_as_a_zip_of_folders() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(few(2)))) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"fish", "house", "flower"}


SMALL = "cifar10-residual-20"


def tuned_with(open_page: Open, until: str, **parameters: str) -> AppTest:
    """The page with the fine-tuning's button pressed, run until that widget or message is there."""
    at = settled(open_page("teach", net=SMALL, few="True", **parameters))
    at.button(key="tune").click().run()
    return watched(at, until)


def watched(at: AppTest, until: str) -> AppTest:
    for _ in range(400):
        assert not at.exception
        if until in {each.key for each in at.button} or until in {each.value for each in at.info}:
            return at
        sleep(0.2)
        at.run()
    pytest.fail(f"{until} never came")


def curves(at: AppTest) -> list[int]:
    """How many points each line of the live figure has."""
    (spec,) = [each.proto.spec for each in at.get("plotly_chart") if "teach-tuning" in each.proto.id]
    return [len(trace["x"]) for trace in json.loads(spec)["data"]]


def test_fine_tuning_draws_both_runs_and_can_be_kept_and_undone(open_page: Open) -> None:
    at = tuned_with(open_page, "undo tuning", epochs="2", augment="False")
    assert curves(at) == 2 * 4 * [2]
    tuning = at.session_state[fine_tuning.HELD]
    assert (tuning.spec.augmented, tuning.spec.epochs, len(tuning.train)) == (False, 2, 10)
    at.button(key="keep tuned").click().run()
    tuned = tuning.tuned[tuning.spec.part].net.id
    assert tuned in at.session_state["taught nets"]
    at.switch_page("pages/inference.py").run()
    for language, words in (
        ("zh", "鱼、房子、花 · 微调了最后一个阶段"),
        ("en", "fish, house, flower · last stage fine-tuned"),
    ):
        at.query_params["net"], at.query_params["lang"] = tuned, language
        at.run()
        chosen = control(at.selectbox, "net")
        assert chosen.options[chosen.index].endswith(words)
    at.query_params["net"] = SMALL
    at = watched(at.switch_page("pages/teach.py").run(), "undo tuning")
    at.button(key="undo tuning").click().run()
    assert tuned not in at.session_state["taught nets"]
    assert not [each for each in at.get("plotly_chart") if "teach-tuning" in each.proto.id]
    assert not at.button(key="tune").disabled


def test_fine_tuning_can_be_stopped_and_is_not_shown_for_other_pictures(open_page: Open) -> None:
    at = tuned_with(open_page, "stop tuning", epochs="20", part="all")
    assert at.button(key="tune").disabled
    at.query_params["lang"] = "zh"
    at = watched(at.run(), "stop tuning")
    assert at.button(key="stop tuning").label == "停止"
    at.query_params["lang"] = "en"
    at = watched(at.run(), "stop tuning")
    at.button(key="stop tuning").click().run()
    at = watched(at, "Stopped.")
    assert not at.button(key="tune").disabled
    assert at.button(key="undo tuning")
    assert at.session_state[fine_tuning.HELD].spec.augmented
    at.query_params["lang"] = "zh"
    at.run()
    assert at.button(key="undo tuning").label == "撤销"
    at.query_params["pictures"] = "grounds"
    at.run()
    assert "Stopped." not in {each.value for each in at.info}
