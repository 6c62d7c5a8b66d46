"""Controls and the URL: which changes which, even when the browser's message is out of date."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from .conftest import Open, control


def page() -> None:
    """A page with two controls of one parameter, controls of others, and a button that changes two."""
    import streamlit as st

    from resnet_edu.ui.url import links, query, widgets
    from resnet_edu.ui.url.query import Between, OneOf, Several, read

    colour, size = OneOf("colour", ("red", "blue", "green"), "red"), Between("size", 1, 9, 5)
    parts = Several("parts", ("a", "b", "c"), ("a",), 2)
    now, large, some = read(colour), read(size), read(parts)
    german = st.checkbox("German", key="german", on_change=links.heard)
    titles = (
        {"red": "rot", "blue": "blau", "green": "grün"} if german else {"red": "Red", "blue": "Blue", "green": "Green"}
    )
    widgets.segmented(colour, now, "Colour", titles)
    widgets.select(colour, now, "The same colour", titles, key="again")
    widgets.number(size, large, "Size", step=1)
    widgets.several_pills(
        parts, some, "Parts", {each: each for each in "abc"}, revise=lambda before, after: after[-2:] or before
    )
    st.button("Both", on_click=links.choose_all, args=({"colour": "blue", "size": None},))
    st.markdown(f"{now} {large} {' '.join(some)}")
    query.tell()


@pytest.fixture
def at() -> AppTest:
    return AppTest.from_function(page).run()


def shown(at: AppTest) -> str:
    return at.markdown[0].value


def test_a_click_is_in_the_url_and_on_the_page_in_one_run(at: AppTest) -> None:
    assert shown(at) == "red 5 a"
    assert dict(at.query_params) == {}
    at.button_group(key="colour").set_value("blue").run()
    assert shown(at) == "blue 5 a"
    assert at.query_params["colour"] == "blue"
    assert at.button_group(key="colour").value == control(at.selectbox, "again").value == "blue"


def test_what_a_control_says_is_never_said_back_to_it(at: AppTest) -> None:
    at.button_group(key="colour").set_value("blue").run()
    at.number_input(key="size").set_value(7).run()
    for element in (at.button_group(key="colour"), at.number_input(key="size"), control(at.selectbox, "again")):
        assert not element.proto.set_value


def test_a_link_moves_the_controls_and_a_bad_one_is_named(at: AppTest) -> None:
    at.button_group(key="colour").set_value("blue").run()
    at.query_params["colour"] = "red"
    at.query_params["size"] = "99"
    at.run()
    assert shown(at) == "red 9 a"
    assert at.query_params["size"] == "9"
    assert [each.value.rpartition(": ")[2] for each in at.toast] == ["Size"]
    assert control(at.button_group, "colour").value == control(at.selectbox, "again").value == "red"
    assert control(at.number_input, "size").value == 9
    control(at.button_group, "colour").set_value("blue").run()
    assert shown(at).startswith("blue 9")


def test_a_callback_moves_the_controls(at: AppTest) -> None:
    at.number_input(key="size").set_value(7).run()
    at.button[0].click().run()
    assert shown(at) == "blue 5 a"
    assert "size" not in at.query_params
    assert control(at.number_input, "size").value == 5


def test_a_click_with_an_older_address_takes_no_other_click_back(at: AppTest) -> None:
    at.button_group(key="colour").set_value("blue").run()
    del at.query_params["colour"]  # not yet in the browser when it sends the next click
    at.number_input(key="size").set_value(7).run()
    assert shown(at) == "blue 7 a"
    assert at.query_params["colour"] == "blue"


def test_a_replaced_control_is_not_listened_to_unless_it_was_clicked(at: AppTest) -> None:
    at.button_group(key="colour").set_value("blue").run()
    before = at._tree.get_widget_states()
    at.query_params["colour"] = "red"
    at.run()
    at._run(before)  # what a browser sends before it has seen the link's page
    assert shown(at).startswith("red")
    at.query_params["colour"] = "blue"
    at.run()
    states = at._tree.get_widget_states()
    at.query_params["colour"] = "red"
    at.run()
    click(states, "colour", "Green")
    click(states, "size", 3)
    at._run(states)
    assert shown(at).startswith("green 3")


def click(states: Any, key: str, value: Any) -> None:
    (state,) = [each for each in states.widgets if each.id.rpartition("-")[2].split(" ")[0] == key]
    if isinstance(value, str):
        state.string_array_value.data[:] = [value]
    else:
        state.double_value = value


def test_the_language_changes_the_words_and_nothing_else(at: AppTest) -> None:
    at.button_group(key="colour").set_value("blue").run()
    at.checkbox(key="german").check().run()
    assert shown(at).startswith("blue")
    assert at.button_group(key="colour").options == ["rot", "blau", "grün"]
    assert at.button_group(key="colour").value == "blue"
    at.button_group(key="colour").set_value("red").run()
    assert shown(at).startswith("red")


def test_a_control_that_revises_its_click_stays_where_it_is(at: AppTest) -> None:
    parts = at.button_group(key="parts")
    parts.set_value(["a", "b", "c"]).run()
    assert shown(at) == "red 5 b c"
    assert at.button_group(key="parts").value == ["b", "c"]
    at.button_group(key="parts").set_value([]).run()
    assert shown(at) == "red 5 b c"
    assert at.query_params["parts"] == "b,c"


def test_a_control_of_the_same_name_on_another_page_is_another_control(open_page: Open) -> None:
    at = open_page("block", net="ResNet-34")
    assert at.selectbox(key="net").value == "ResNet-34"
    del at.query_params["net"]
    at.switch_page("pages/parameters.py").run()
    assert at.selectbox(key="net").value == "resnet-50-v1-5"
