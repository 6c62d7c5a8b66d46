"""What a class's routes return to whom, and what they refuse."""

import asyncio
import io
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from resnet_edu.halls.limits import MESSAGE_BYTES, MOST_CONNECTIONS, VOTES_AT_ONCE, WRONG_AT_ONCE, Allowance
from resnet_edu.halls.memory import MemoryHalls
from resnet_edu.halls.protocol import Hall, HallsUnreachable
from resnet_edu.ui.hall import live as live_route
from resnet_edu.ui.hall import routes, views
from resnet_edu.ui.hall.questions import questions, stops
from resnet_edu.ui.text.language import translated
from tests.support.hall_server import KEY, hall_server

QUESTION = questions()["deeper"]
RIGHT = QUESTION.right
SECONDS = 10


@pytest.fixture
def server() -> Iterator[str]:
    with hall_server(most_phones=3, most_halls=2) as address:
        yield address


class Visitor:
    """A browser with its cookies and the origin of its page."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.http = requests.Session()
        self.http.trust_env = False

    def get(self, path: str) -> requests.Response:
        return self.http.get(self.server + path, timeout=SECONDS)

    def post(self, path: str, origin: str | None = None, **said: object) -> requests.Response:
        headers = {"Origin": origin or self.server}
        return self.http.post(self.server + path, data=json.dumps(said), headers=headers, timeout=SECONDS)

    def live(self, code: str, origin: str | None = None, **how: str) -> "Live":
        cookie = "; ".join(f"{each.name}={each.value}" for each in self.http.cookies)
        query = "&".join(f"{name}={value}" for name, value in how.items())
        socket = connect(
            f"{self.server.replace('http', 'ws', 1)}/halls/{code}/live?{query}",
            origin=Origin(origin or self.server),
            additional_headers={"Cookie": cookie},
            proxy=None,
            legacy=True,
        )
        return Live(socket)


class Live:
    """A websocket and the latest state it has received."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def say(self, **message: object) -> None:
        self.socket.send(json.dumps(message))

    def message(self, name: str) -> dict[str, Any]:
        """Return the next message with that name in it."""
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv(SECONDS))
            if name in message:
                return message

    def hear(self, name: str) -> Any:
        """Return what the next message of that name says."""
        return self.message(name)[name]

    def state(self, is_wanted: Callable[[dict[str, Any]], object] | None = None, **wanted: object) -> dict[str, Any]:
        """Return the first state that matches."""
        while True:
            state: dict[str, Any] = self.hear("state")
            if all(state[name] == value for name, value in wanted.items()) and (not is_wanted or is_wanted(state)):
                return state


def has(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda state: state[name]


def lecturer_of(server: str) -> Visitor:
    visitor = Visitor(server)
    assert visitor.post("/lecturer", key=KEY).status_code == 204
    return visitor


def phone_of(server: str, code: str) -> Visitor:
    visitor = Visitor(server)
    assert visitor.get(f"/join/{code}").status_code == 200
    return visitor


def ask(live: Live, number: int = 1, *, is_open: bool = True, revealed: bool = False) -> None:
    live.say(ask={"question": "deeper", "round": number, "open": is_open, "revealed": revealed})


def test_the_key_is_given_for_a_cookie_that_is_not_the_key_and_no_script_can_read(server: str) -> None:
    visitor = Visitor(server)
    assert visitor.post("/lecturer", key="another").status_code == 403
    assert visitor.post("/halls").status_code == 403
    answer = visitor.post("/lecturer", key=KEY)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert KEY not in cookie
    assert KEY not in visitor.get("/lecturer").text
    assert visitor.post("/halls").status_code == 200
    assert visitor.post("/lecturer", key=KEY, more="x" * MESSAGE_BYTES).status_code == 403


def test_no_access_log_holds_the_key_or_a_pass() -> None:
    log = io.StringIO()
    with hall_server(log_level="info", log=log) as server:
        lecturer = lecturer_of(server)
        code = lecturer.post("/halls").json()["code"]
        lecturer.live(code, lead="1").state(present=0)
        lecturer.get(f"/halls/{code}/answers.csv")
        assert Visitor(server).post("/lecturer", key="x" + KEY).status_code == 403
    assert "POST /lecturer" in log.getvalue()
    assert f"/halls/{code}/live?lead=1" in log.getvalue()
    for secret in (KEY, str(lecturer.http.cookies["resnet_edu_lecturer"])):
        assert secret not in log.getvalue()


def test_another_sites_page_can_neither_enter_nor_open_nor_listen_nor_answer(server: str) -> None:
    visitor = lecturer_of(server)
    code = visitor.post("/halls").json()["code"]
    foreign = "http://elsewhere.example"
    assert visitor.post("/lecturer", foreign, key=KEY).status_code == 403
    assert visitor.post("/halls", foreign).status_code == 403
    assert visitor.post("/questions/deeper", foreign, answer=RIGHT).status_code == 403
    with pytest.raises(InvalidStatus):
        visitor.live(code, foreign, lead="1")


def test_a_forged_or_old_cookie_is_no_lecturers(server: str) -> None:
    code = lecturer_of(server).post("/halls").json()["code"]
    visitor = Visitor(server)
    visitor.http.cookies.set("resnet_edu_lecturer", "99999999999." + "0" * 64)
    assert visitor.post("/halls").status_code == 403
    assert visitor.get(f"/halls/{code}/answers.csv").status_code == 403
    live = visitor.live(code, lead="1")
    assert live.hear("no") == "key"


def test_keys_and_codes_can_not_be_tried_without_end(server: str) -> None:
    code = lecturer_of(server).post("/halls").json()["code"]
    visitor = Visitor(server)
    answers = [visitor.post("/lecturer", key=f"guess {number}").status_code for number in range(WRONG_AT_ONCE)]
    assert answers[0] == 403
    assert answers[-1] == 429
    assert visitor.post("/lecturer", key=KEY).status_code == 429
    phone = phone_of(server, code)  # codes are counted apart, so that who guesses them doesn't keep a lecturer out
    phone.live(code).state()
    for _ in range(WRONG_AT_ONCE):
        visitor.get("/join/AAAAAA")
    assert '"refused": "slow"' in visitor.get(f"/join/{code}").text
    phone.live(code).state()  # whoever is in the hall comes back


def test_a_wrong_code_is_told_and_gives_no_cookie(server: str) -> None:
    visitor = Visitor(server)
    for code in ("AAAAAA", "no", "%3Cscript%3E", "K4TX7"):
        page = visitor.get(f"/join/{code}").text
        assert '"refused": "gone"' in page
        assert "<script>" not in page.split("</style>")[1]
    assert not visitor.http.cookies


def test_a_whole_vote_and_what_each_side_is_told(server: str) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    lead = lecturer.live(code, lead="1", lang="en")
    phones = [phone_of(server, code) for _ in range(2)]
    lives = [phone.live(code, lang="zh") for phone in phones]
    lead.state(present=2)
    lead.say(lead={"page": "depth", "query": "nets=plain", "stop": "deeper", "seen": False})
    place = lives[0].state(has("place"))["place"]
    assert (place["page"], place["query"], place["covered"]) == ("depth", "nets=plain", False)
    ask(lead)
    for live in lives:
        shown = live.state(has("asked"))["asked"]
        assert [each["id"] for each in shown["answers"]] == [each.id for each in QUESTION.answers]
        assert "right" not in json.dumps(shown)
    for live, answer in zip(lives, ("56", RIGHT), strict=True):
        live.say(vote={"question": "deeper", "round": 1, "answer": answer})
        assert live.hear("voted")["answer"] == answer
    state = lead.state(answered=2)
    assert state["asked"]["bars"] is None  # hidden until it is revealed
    ask(lead, is_open=False, revealed=True)
    bars = lives[0].state(lambda state: state["asked"]["bars"])["asked"]["bars"]
    assert bars == [{"56": 1, RIGHT: 1}]
    ask(lead, 2)
    lives[0].say(vote={"question": "deeper", "round": 2, "answer": RIGHT})
    lives[0].hear("voted")
    lives[1].say(vote={"question": "deeper", "round": 1, "answer": "56"})
    assert lives[1].hear("no") == "shut"
    lead.say(hands={"question": "deeper", "round": 2, "counts": {"same": 5}})
    ask(lead, 2, is_open=False, revealed=True)
    bars = lives[0].state(lambda state: len(state["asked"]["bars"] or ()) == 2)["asked"]["bars"]
    assert bars == [{"56": 1, RIGHT: 1}, {RIGHT: 1, "same": 5}]
    table = lecturer.get(f"/halls/{code}/answers.csv").text.splitlines()
    assert table[0] == "question,round,answer,phones,hands"
    assert set(table[1:]) >= {f"deeper,1,{RIGHT},1,0", "deeper,1,56,1,0", f"deeper,2,{RIGHT},1,0", "deeper,2,same,0,5"}
    assert not any(phone.http.cookies["resnet_edu_phone"] in "\n".join(table) for phone in phones)


def test_results_are_passed_once_the_lecturer_has_gone_on_from_their_stop(server: str) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    lead, live = lecturer.live(code, lead="1"), phone_of(server, code).live(code)
    ask(lead, is_open=False, revealed=True)
    assert not live.state(has("asked"))["asked"]["passed"]  # nobody knows yet where the lecturer is
    for page, stop, is_passed in (("depth", "deeper", False), ("gradients", "", True), ("depth", "deeper", False)):
        lead.say(lead={"page": page, "query": "", "stop": stop, "seen": True})
        state = live.state(lambda state, page=page: state["place"] and state["place"]["page"] == page)
        assert state["asked"]["passed"] is is_passed


def test_a_vote_after_the_reveal_is_refused_with_the_one_that_counts(server: str) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    lead, live = lecturer.live(code, lead="1"), phone_of(server, code).live(code)
    counted, late = ({"question": "deeper", "round": 1, "answer": answer} for answer in ("56", RIGHT))
    ask(lead)
    live.state(has("asked"))
    live.say(vote=counted)
    assert live.hear("voted") == counted
    ask(lead, is_open=False, revealed=True)
    live.state(lambda state: state["asked"]["revealed"])
    live.say(vote=late)
    refusal = live.message("no")
    assert (refusal["no"], refusal["late"], refusal["own"]["rounds"]) == ("shut", late, {"1": "56"})
    live.say(vote=counted)  # as a phone does that lost the reply
    assert live.hear("voted") == counted


def test_a_hall_in_which_nothing_happens_is_looked_at_and_not_written_out_again(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    lead, _phone = lecturer.live(code, lead="1"), phone_of(server, code).live(code)
    lead.state(present=1)
    written, halls, looks = Mock(wraps=views.for_lecturer), live_route.halls(), threading.Semaphore(0)
    look = halls.hall

    async def counted(code: str) -> Hall:
        looks.release()
        return await look(code)

    monkeypatch.setattr(halls, "hall", counted)
    monkeypatch.setattr(views, "for_lecturer", written)

    def let_look(times: int) -> None:
        assert all(looks.acquire(timeout=SECONDS) for _ in range(times))

    let_look(2)  # the first may have begun before
    written.reset_mock()
    let_look(3)
    written.assert_not_called()
    ask(lead)
    lead.state(has("asked"))
    written.assert_called()


def test_live_bars_are_the_lecturers_choice_and_phones_never_see_them_grow(server: str) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    lead, live = lecturer.live(code, lead="1"), phone_of(server, code).live(code)
    ask(lead)
    live.state(has("asked"))
    live.say(vote={"question": "deeper", "round": 1, "answer": RIGHT})
    live.hear("voted")
    lead.say(live=True)
    assert lead.state(live=True, answered=1)["asked"]["bars"] == [{RIGHT: 1}]
    lead.say(lead={"page": "home", "query": "", "stop": "", "seen": False})
    assert live.state(has("place"))["asked"]["bars"] is None


def test_a_reload_and_a_second_tab_are_the_same_voter(server: str) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    lead, phone = lecturer.live(code, lead="1"), phone_of(server, code)
    ask(lead)
    lead.state(answered=0)
    for answer in ("56", RIGHT):
        live = phone.live(code)
        live.state()
        live.say(vote={"question": "deeper", "round": 1, "answer": answer})
        live.hear("voted")
    phone.get(f"/join/{code}")
    own = phone.live(code).hear("own")
    assert (own["question"], own["rounds"]) == ("deeper", {"1": RIGHT})
    state = lead.state(answered=1)
    assert state["joined"] == 1
    assert own["count"] == state["asked"]["count"]


def test_leaving_in_one_tab_ends_the_others(server: str) -> None:
    code = lecturer_of(server).post("/halls").json()["code"]
    phone = phone_of(server, code)
    tabs = [phone.live(code) for _ in range(2)]
    tabs[1].state()
    tabs[0].say(leave=1)
    assert [tab.hear("no") for tab in tabs] == ["left", "left"]


def test_a_phone_that_comes_after_the_lecturer_has_closed_the_hall_is_told_so(server: str) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    lead = lecturer.live(code, lead="1")
    lead.say(end=1)
    assert lead.hear("no") == "closed"
    assert '"refused": "closed"' in Visitor(server).get(f"/join/{code}").text


@pytest.mark.parametrize(
    "message",
    ['{"vote": {"question": "deeper", "round": Infinity, "answer": "56"}}', 2000 * "[", '{"ping": 1, "own": 1}', "[]"],
)
def test_a_hostile_message_is_refused_and_the_connection_stays(server: str, message: str) -> None:
    code = lecturer_of(server).post("/halls").json()["code"]
    live = phone_of(server, code).live(code)
    live.socket.send(message)
    assert live.hear("no") == "message"
    live.say(ping=3)
    assert live.hear("pong") == 3


def test_a_lone_surrogate_is_no_key(server: str) -> None:
    assert Visitor(server).post("/lecturer", key="\ud800").status_code == 403


def test_what_can_not_be_counted_is_not_shown_as_a_count(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unreachable(*_: object) -> None:
        raise HallsUnreachable

    visitor = lecturer_of(server)
    code = visitor.post("/halls").json()["code"]
    monkeypatch.setattr(live_route.halls(), "answer_alone", unreachable)
    monkeypatch.setattr(live_route.halls(), "hall", unreachable)
    said = visitor.post("/questions/deeper", answer=RIGHT).json()
    assert (said["right"], said["counts"]) == (RIGHT, None)
    assert visitor.get(f"/halls/{code}/answers.csv").status_code == 503


def test_solo_answers_can_not_be_given_without_end(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_alone", Allowance(0, 1))
    answers = [Visitor(server).post("/questions/deeper", answer=RIGHT).status_code for _ in range(2)]
    assert answers == [200, 429]


@pytest.mark.anyio
async def test_whoever_enters_while_the_last_one_goes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    halls = MemoryHalls()
    code = await halls.open()
    monkeypatch.setattr(live_route, "halls", lambda: halls)
    hub = live_route.Hub()
    first, late = (live_route.Connection(Mock(), code, phone, "en", is_following=False) for phone in ("a", "b"))
    count = halls.count

    async def enters_meanwhile(code: str, process: str, present: int, following: int) -> None:
        if not present and late._newest == "":
            hub.enter(late)
        await count(code, process, present, following)

    async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(SECONDS):
            while not await is_so():
                await asyncio.sleep(0.01)

    async def counts_one() -> bool:
        return (await halls.hall(code)).present == 1

    async def is_told() -> bool:
        return bool(late._newest) and await counts_one()

    hub.enter(first)
    await until(counts_one)
    monkeypatch.setattr(halls, "count", enters_meanwhile)
    hub.leave(first)
    hub.look(code)
    await until(is_told)
    hub.leave(late)


def test_forgotten_answers_are_gone_for_the_lecturer_and_the_phone(server: str) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    lead, phone = lecturer.live(code, lead="1"), phone_of(server, code)
    live = phone.live(code)
    ask(lead)
    live.state(has("asked"))
    live.say(vote={"question": "deeper", "round": 1, "answer": RIGHT})
    before = lead.state(answered=1)["asked"]["count"]
    lead.say(reset="deeper")
    assert lead.state(answered=0)["asked"]["count"] != before
    assert live.state(lambda state: state["asked"] and state["asked"]["count"] != before)
    assert phone.live(code).hear("own")["rounds"] == {}
    live.say(vote={"question": "deeper", "round": 1, "answer": "56"})  # while it is still open
    assert live.hear("voted")
    live.say(own=1)
    assert live.hear("own")["rounds"] == {"1": "56"}
    lead.state(answered=1)


def test_a_full_hall_says_so_and_lets_those_come_back_who_are_in_it(server: str) -> None:
    code = lecturer_of(server).post("/halls").json()["code"]
    phones = [phone_of(server, code) for _ in range(4)]
    lives = [phone.live(code) for phone in phones]
    assert lives[3].hear("no") == "full"
    assert phones[0].live(code).state()["hall"] == code


def test_a_phone_can_not_lead(server: str) -> None:
    code = lecturer_of(server).post("/halls").json()["code"]
    live = phone_of(server, code).live(code)
    for command in ("ask", "lead", "live", "hands", "reset", "end"):
        live.say(**{command: {}})
        assert live.hear("no") == "message"


@pytest.mark.parametrize(
    "said",
    [
        "no JSON",
        "[]",
        "{}",
        '{"vote": 1}',
        '{"vote": {"question": "deeper", "round": 1, "answer": "none of these"}}',
        '{"vote": {"question": "deeper", "round": 3, "answer": "56"}}',
        '{"vote": {"question": "no such", "round": 1, "answer": "56"}}',
        '{"unknown": 1}',
        '{"ask": {"question": "no such", "round": 1, "open": true, "revealed": false}}',
        '{"lead": {"page": "../elsewhere", "query": "", "stop": "", "seen": false}}',
        '{"lead": {"page": "depth", "query": "%s", "stop": "", "seen": false}}' % ("x" * 1501),
        '{"hands": {"question": "deeper", "round": 1, "counts": {"no such": 3}}}',
        '{"reset": ["deeper"]}',
    ],
)
def test_what_nobody_should_send_is_refused_and_the_connection_stays(server: str, said: str) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    live = (
        lecturer.live(code, lead="1") if re.search("ask|lead|hands|reset", said) else phone_of(server, code).live(code)
    )
    live.socket.send(said)
    assert live.hear("no") == "message"
    live.say(ping=7)
    assert live.hear("pong") == 7


def test_a_message_without_end_ends_the_connection(server: str) -> None:
    code = lecturer_of(server).post("/halls").json()["code"]
    live = phone_of(server, code).live(code)
    live.socket.send("x" * (MESSAGE_BYTES + 1))
    with pytest.raises(ConnectionClosed):
        live.hear("pong")


def test_who_votes_without_pause_is_slowed_down(server: str) -> None:
    lecturer = lecturer_of(server)
    code = lecturer.post("/halls").json()["code"]
    lead, live = lecturer.live(code, lead="1"), phone_of(server, code).live(code)
    ask(lead)
    live.state(has("asked"))
    for _ in range(VOTES_AT_ONCE + 20):
        live.say(vote={"question": "deeper", "round": 1, "answer": RIGHT})
    assert live.hear("no") == "later"


def test_too_many_tabs_of_one_phone_close_the_oldest(server: str) -> None:
    code = lecturer_of(server).post("/halls").json()["code"]
    phone = phone_of(server, code)
    lives = []
    for _ in range(MOST_CONNECTIONS + 1):
        lives.append(phone.live(code))
        lives[-1].state()
    assert lives[0].hear("no") == "tabs"


def test_a_hall_that_is_closed_sends_everyone_home_and_no_more_halls_than_there_is_room_for(server: str) -> None:
    lecturer = lecturer_of(server)
    codes = [lecturer.post("/halls").json()["code"] for _ in range(2)]
    assert lecturer.post("/halls").status_code == 409
    lead, live = lecturer.live(codes[0], lead="1"), phone_of(server, codes[0]).live(codes[0])
    lead.say(end=1)
    assert live.hear("no") == "closed"
    assert lecturer.post("/halls").status_code == 200


def test_a_hall_that_a_restart_forgot_is_opened_anew_under_its_code(server: str) -> None:
    lecturer = lecturer_of(server)
    assert lecturer.post("/halls", code="K4TX7M").json()["code"] == "K4TX7M"
    assert lecturer.post("/halls", code="not a code").json()["code"] != "not a code"


def test_a_reader_alone_answers_and_then_sees_what_is_right_and_what_others_said(server: str) -> None:
    one, other = Visitor(server), Visitor(server)
    said = one.post("/questions/deeper", answer="56", language="nonsense").json()
    seen = stops()["deeper"].seen
    assert said == {"right": RIGHT, "seen": seen, "counts": {"56": 1}}
    in_chinese = one.post("/questions/deeper", answer="56", language="zh").json()["seen"]
    assert in_chinese == translated(seen, "zh") != seen
    assert other.post("/questions/deeper", answer=RIGHT).json()["counts"] == {"56": 1, RIGHT: 1}
    assert one.post("/questions/deeper", answer=RIGHT).json()["counts"] == {RIGHT: 2}
    assert one.post("/questions/deeper", answer="none of these").status_code == 404
    assert one.post("/questions/none", answer="56").status_code == 404
    assert one.post("/questions/deeper", answer=["56"]).status_code == 404
    assert one.post("/questions/deeper", answer=RIGHT, more="x" * MESSAGE_BYTES).status_code == 404


def test_a_code_to_scan_leads_to_this_server_alone(server: str) -> None:
    visitor = Visitor(server)
    answer = visitor.get("/qr.svg?to=/join/K4TX7M")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "<svg" in answer.text
    for elsewhere in ("//elsewhere.example/", "http://elsewhere.example/", "", "/" + "x" * 2000):
        assert visitor.http.get(f"{server}/qr.svg", params={"to": elsewhere}, timeout=SECONDS).status_code == 404
