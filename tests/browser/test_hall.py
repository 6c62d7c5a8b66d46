"""A lecturer and three phones in separate browsers, through a whole vote and what may go wrong in it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from deploy.redis_server import redis_server
from resnet_edu.bench.server import free_port, launch, wait_for_health
from resnet_edu.halls.limits import WRONG_AT_ONCE
from resnet_edu.lecture.plan import load_plan
from resnet_edu.paths import PROJECT
from tests.support.hall_server import KEY, hall_server
from tests.support.slow_line import slow_line

from .accessible import violations
from .conftest import DESKTOP, PHONE, Visit

STOP = next(stop for stop in load_plan().stops if stop.question and stop.question.id == "deeper")
ANSWERS = [answer.text for answer in STOP.question.answers] if STOP.question else []
LECTURE = f"/{STOP.page}?lecture=1&stop={STOP.id}&lang=en"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Run the app with a known lecturer's key and classes kept in memory."""
    port = free_port()
    process = launch(PROJECT / "app.py", port, {"RESNET_EDU_LECTURER_KEY": KEY})
    try:
        wait_for_health(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def everyone(chromium: Browser) -> Iterator["Everyone"]:
    made = Everyone(chromium)
    yield made
    for context in made.contexts:
        context.close()


class Everyone:
    """Browsers that share no cookies."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def page(self, locale: str = "en-GB", size: dict[str, int] = PHONE) -> Page:
        context = self.chromium.new_context(viewport=size, locale=locale)  # type: ignore[arg-type]
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.faults.append(f"{error}"))
        return page

    def lecturer(self, server: str) -> Page:
        page = self.page(size=DESKTOP)
        page.goto(f"{server}/lecturer#{KEY}")
        page.wait_for_url("**lecture=1**")
        expect(page.locator("footer.lesson")).to_be_visible()
        assert KEY not in page.url
        assert KEY not in page.content()
        return page

    def hall(self, server: str) -> tuple[Page, str]:
        """Open a class at a stop with a question; return the lecturer's page, with the panel open, and the code."""
        page = self.lecturer(server)
        page.goto(server + LECTURE)
        expect(page.locator(".st-key-hall .start")).to_be_visible()
        page.keyboard.press("q")
        shown = page.locator("dialog.qr")
        expect(shown).to_be_visible()
        expect(shown.locator("img")).to_have_js_property("complete", True)
        assert shown.locator("img").evaluate("image => image.naturalWidth") > 0
        address = shown.locator(".address").text_content() or ""
        page.keyboard.press("Escape")
        expect(shown).to_be_hidden()
        assert "lecture=1" in page.url  # Escape closed the code, not the lecture
        page.keyboard.press("?")
        for key in ("Q", "V"):
            expect(page.locator(".keys dt", has_text=re.compile(f"^{key}$"))).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("v")
        expect(page.locator(".panel")).to_be_visible()
        return page, address.rpartition("/")[2]

    def phone(self, server: str, code: str, locale: str = "en-GB") -> Page:
        page = self.page(locale)
        page.goto(f"{server}/join/{code}")
        expect(page.locator("h1")).to_contain_text(code)
        expect(page.get_by_role("button", name=re.compile("Leave|离开"))).to_be_visible()
        return page


def does(lecturer: Page, what: str) -> None:
    lecturer.locator(f"[data-does={what}]").click()


def bars(page: Page) -> list[str | None]:
    return [each.get_attribute("data-count") for each in page.locator(".bars .bar").all()]


def test_a_whole_vote_in_both_languages(everyone: Everyone, server: str) -> None:
    lecturer, code = everyone.hall(server)
    phones = [everyone.phone(server, code, locale) for locale in ("en-GB", "zh-CN", "en-GB")]
    count = lecturer.locator(".panel .count")
    expect(count).to_contain_text("3 joined")
    does(lecturer, "ask")
    expect(phones[0].locator(".question")).to_have_text(STOP.question.text if STOP.question else "")
    expect(phones[1].locator(".question")).to_contain_text("层")
    reveal = lecturer.locator("[data-does=reveal]").element_handle()
    for phone, answer in zip(phones, (1, 1, 0), strict=True):
        phone.locator(".answer").nth(answer).click()
        expect(phone.locator(".answer").nth(answer)).to_have_attribute("aria-pressed", "true")
        expect(phone.locator(".standing")).to_contain_text(re.compile("Your answer|你的答案"))
    expect(lecturer.locator(".ticks")).to_have_text("3 of 3 have answered")
    assert reveal.evaluate("button => button.isConnected"), "a click during a vote would be lost"
    expect(lecturer.locator(".panel .bars")).to_be_hidden()
    does(lecturer, "reveal")
    expect(lecturer.locator(".panel .bar")).to_have_count(3)
    assert bars(lecturer) == ["1", "2", "0"]
    expect(phones[0].locator(".standing")).to_contain_text("Waiting for the lecturer")
    expect(phones[0].locator(".answer").first).to_be_disabled()
    assert "right" not in (phones[0].locator(".card").inner_text()).lower()
    does(lecturer, "again")
    expect(phones[0].locator(".round")).to_have_text("Round 2")
    lecturer.keyboard.press("q")
    expect(lecturer.locator("dialog.qr")).to_be_visible()
    assert [violations(page) for page in (lecturer, phones[1])] == [[], []]
    lecturer.keyboard.press("Escape")
    expect(phones[0].locator(".answer[aria-pressed=true]")).to_have_count(0)
    for phone in phones[:2]:
        phone.locator(".answer").first.click()
        expect(phone.locator(".answer").first).to_have_attribute("aria-pressed", "true")
    lecturer.get_by_text("Show of hands").click()
    hands = lecturer.locator(".hands input")
    hands.nth(1).fill("3")
    hands.nth(1).press("Tab")
    lecturer.keyboard.type("4")
    lecturer.keyboard.press("Enter")
    hands.nth(1).fill("")
    hands.nth(1).press("Enter")
    expect(lecturer.locator(".ticks")).to_have_text("2 of 3 have answered")
    does(lecturer, "reveal")
    expect(lecturer.locator(".panel .bar.round-2")).to_have_count(3)
    assert bars(lecturer) == ["1", "2", "2", "0", "0", "4"]
    assert violations(lecturer) == []
    phones[0].get_by_role("button", name="Leave the hall").click()
    expect(count).to_contain_text("2 joined")
    assert everyone.faults == []


def test_a_reload_and_a_second_tab_show_and_change_the_same_answer(everyone: Everyone, server: str) -> None:
    lecturer, code = everyone.hall(server)
    phone = everyone.phone(server, code)
    does(lecturer, "ask")
    phone.locator(".answer").nth(1).click()
    expect(lecturer.locator(".ticks")).to_have_text("1 of 1 have answered")
    phone.reload()
    expect(phone.locator(".answer").nth(1)).to_have_attribute("aria-pressed", "true")
    tab = phone.context.new_page()
    tab.goto(phone.url)
    expect(tab.locator(".answer").nth(1)).to_have_attribute("aria-pressed", "true")
    tab.locator(".answer").nth(0).click()
    expect(tab.locator(".standing")).to_contain_text("Your answer")
    expect(phone.locator(".answer[aria-pressed=true]")).to_have_text(ANSWERS[0])
    expect(phone.locator(".standing")).to_contain_text(f"Your answer: {ANSWERS[0]}")
    does(lecturer, "reveal")
    expect(lecturer.locator(".panel .bar")).to_have_count(3)
    assert bars(lecturer) == ["1", "0", "0"]
    expect(lecturer.locator(".panel .count")).to_contain_text("1 joined")


def test_a_phone_that_lost_its_network_or_slept_misses_no_question_and_loses_no_answer(
    everyone: Everyone, server: str
) -> None:
    lecturer, code = everyone.hall(server)
    with slow_line(server) as line:
        phone = everyone.phone(line.address, code)
        sleep_while_the_lecturer_asks(phone, lecturer)
        line.seconds = 600  # nothing arrives any more, and nobody says so
        phone.locator(".answer").nth(1).click()
        expect(phone.locator(".standing")).to_have_text("Connecting …")
        line.seconds = 0
        expect(lecturer.locator(".ticks")).to_have_text("0 of 1 have answered")
        phone.evaluate("window.dispatchEvent(new Event('online'))")
        expect(phone.locator(".standing")).to_contain_text("Your answer")
        expect(lecturer.locator(".ticks")).to_have_text("1 of 1 have answered")
        line.seconds = 600
        phone.locator(".answer").nth(0).click()
        does(lecturer, "reveal")
        expect(lecturer.locator(".panel .bar")).to_have_count(3)
        line.seconds = 0
        phone.evaluate("window.dispatchEvent(new Event('online'))")
        expect(phone.locator(".standing")).to_contain_text(f"The one that counts: {ANSWERS[1]}")
        expect(phone.locator(".answer[aria-pressed=true]")).to_have_text(ANSWERS[1])
        assert bars(lecturer) == ["0", "1", "0"]


def sleep_while_the_lecturer_asks(phone: Page, lecturer: Page) -> None:
    device = phone.context.new_cdp_session(phone)
    device.send("Page.setWebLifecycleState", {"state": "frozen"})
    does(lecturer, "ask")
    expect(lecturer.locator("[data-does=reveal]")).to_be_visible()
    device.send("Page.setWebLifecycleState", {"state": "active"})
    expect(phone.locator(".answer").first).to_be_enabled()


def test_a_phone_follows_wanders_off_and_comes_back(everyone: Everyone, server: str) -> None:
    lecturer, code = everyone.hall(server)
    phone = everyone.phone(server, code)
    phone.locator(".figures").click()
    phone.wait_for_url(f"**/{STOP.page}?**")
    expect(phone.locator(".dock .name")).to_contain_text(code)
    expect(lecturer.locator(".panel .count")).to_contain_text("1 follow")
    does(lecturer, "ask")
    expect(phone.locator(".sheet .answer").first).to_be_enabled()
    does(lecturer, "reveal")
    expect(phone.locator(".sheet .bar").first).to_be_visible()
    lecturer.goto(f"{server}/gradients?lecture=1&preset=paper&depth=56&lang=en")
    phone.wait_for_url("**/gradients?**depth=56**")
    expect(phone.locator(".dock .where")).to_contain_text("Gradients")
    expect(phone.locator(".sheet")).to_be_hidden()  # the results of a question that was left behind
    expect(phone.locator(".st-key-gradients .curves[data-position='56']")).to_be_visible()
    phone.get_by_role("radio", name="Textbook", exact=True).click()
    phone.wait_for_url("**preset=textbook**")
    back = phone.get_by_role("button", name="Back to the lecturer")
    expect(back).to_be_visible()
    back.click()
    phone.wait_for_url("**preset=paper**")
    expect(phone.get_by_role("button", name="Following")).to_be_visible()
    assert violations(phone) == []
    assert everyone.faults == []


def test_wrong_keys_guessed_codes_and_a_full_hall_are_told(everyone: Everyone) -> None:
    with hall_server(most_phones=1) as small:
        page = everyone.page()
        page.goto(f"{small}/lecturer#not-the-key")
        expect(page.get_by_text("That is not the key.")).to_be_visible()
        assert page.request.post(f"{small}/halls", headers={"Origin": small}).status == 403
        page.goto(f"{small}/join/AAAAAA")
        expect(page.get_by_text("There is no hall with this code now.")).to_be_visible()
        assert violations(page) == []
        lecturer = everyone.page()
        origin = {"Origin": small}
        assert lecturer.request.post(f"{small}/lecturer", headers=origin, data={"key": KEY}).ok
        code = lecturer.request.post(f"{small}/halls", headers=origin, data={}).json()["code"]
        everyone.phone(small, code)
        page.goto(f"{small}/join")
        page.locator("#code").fill(f"{code[:3]} {code[3:]}".lower())
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_text("This hall is full.")).to_be_visible()
        for _ in range(2 * WRONG_AT_ONCE):  # some come back meanwhile
            page.request.get(f"{small}/join/AAAAAA")
        page.goto(f"{small}/join/AAAAAA")
        expect(page.get_by_text("Too many tries.")).to_be_visible()
        for _ in range(2 * WRONG_AT_ONCE):
            page.request.post(f"{small}/lecturer", headers=origin, data={"key": "guess"})
        page.goto(f"{small}/lecturer#{KEY}")
        expect(page.get_by_text("Too many tries.")).to_be_visible()


def test_what_the_lecturer_does_while_the_line_is_down_is_told_or_said_to_be_lost(
    everyone: Everyone, server: str
) -> None:
    lecturer, code = everyone.hall(server)
    phone = everyone.phone(server, code)
    lines: list[WebSocketRoute] = []
    is_down = False

    def connect(line: WebSocketRoute) -> None:
        if is_down:
            line.close()
            return
        line.connect_to_server()
        lines.append(line)

    lecturer.route_web_socket("**/live?**", connect)
    lecturer.reload()
    lecturer.locator(".st-key-hall .start").click()
    expect(lecturer.locator("[data-does=ask]")).to_be_visible()
    is_down = True
    lines[-1].close()
    expect(lecturer.locator(".note:visible")).to_contain_text("Trying again")
    lecturer.evaluate("history.replaceState(history.state, '', `${location.href}&moved=yes`)")
    does(lecturer, "ask")
    lecturer.wait_for_timeout(1000)  # four looks at the address
    is_down = False
    expect(phone.locator(".figures")).to_have_attribute("href", re.compile("moved=yes"))
    expect(lecturer.locator(".note:visible")).to_contain_text("nothing was sent")
    expect(phone.locator(".question")).to_be_hidden()
    does(lecturer, "ask")
    expect(phone.locator(".question")).to_be_visible()
    expect(lecturer.locator(".note:visible")).to_have_count(0)


def test_a_lost_server_loses_no_vote_with_redis_and_everyone_returns(everyone: Everyone) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with redis_server() as url:
        environment = {"RESNET_EDU_LECTURER_KEY": KEY, "RESNET_EDU_HALLS": url}
        process = launch(PROJECT / "app.py", port, environment)
        try:
            wait_for_health(address)
            lecturer, code = everyone.hall(address)
            phones = [everyone.phone(address, code) for _ in range(2)]
            does(lecturer, "ask")
            phones[0].locator(".answer").nth(1).click()
            expect(lecturer.locator(".ticks")).to_have_text("1 of 2 have answered")
            process.kill()
            process.wait(20)
            expect(phones[1].get_by_text("can't be reached")).to_be_visible()
            phones[1].locator(".answer").nth(0).click()
            process = launch(PROJECT / "app.py", port, environment)
            wait_for_health(address)
            expect(phones[1].locator(".standing")).to_contain_text("Your answer")
            expect(lecturer.locator(".ticks")).to_have_text("2 of 2 have answered")
            expect(lecturer.get_by_text("the count began anew")).to_be_hidden()
            does(lecturer, "reveal")
            expect(lecturer.locator(".panel .bar")).to_have_count(3)
            assert bars(lecturer) == ["1", "1", "0"]
        finally:
            process.kill()
            process.wait(20)


def test_a_restart_without_redis_says_that_the_count_began_anew(everyone: Everyone) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {"RESNET_EDU_LECTURER_KEY": KEY}
    process = launch(PROJECT / "app.py", port, environment)
    try:
        wait_for_health(address)
        lecturer, code = everyone.hall(address)
        phone = everyone.phone(address, code)
        does(lecturer, "ask")
        phone.locator(".answer").first.click()
        expect(lecturer.locator(".ticks")).to_have_text("1 of 1 have answered")
        process.kill()
        process.wait(20)
        process = launch(PROJECT / "app.py", port, environment)
        wait_for_health(address)
        anew = lecturer.get_by_text("the count began anew")
        expect(lecturer.locator(".panel").get_by_text("the count began anew")).to_be_visible()
        expect(anew).to_have_count(1)
        lecturer.keyboard.press("v")
        expect(lecturer.locator(".panel")).to_be_hidden()
        expect(anew).to_be_visible()
        lecturer.keyboard.press("v")
        expect(lecturer.locator(".panel .count")).to_contain_text("1 joined")
        does(lecturer, "ask")
        expect(anew).to_have_count(0)
        expect(phone.locator(".answer").first).to_be_enabled()
        expect(phone.locator(".answer[aria-pressed=true]")).to_have_count(0)  # it counts no longer
        phone.locator(".answer").first.click()
        expect(lecturer.locator(".ticks")).to_have_text("1 of 1 have answered")
    finally:
        process.kill()
        process.wait(20)


def test_a_reader_alone_answers_and_sees_what_was_measured(visit: Visit) -> None:
    page = visit("/depth")
    page.get_by_role("button", name=re.compile("Questions on this page")).click()
    card = page.locator(".cards .card").first
    answers = card.locator(".answer")
    answers.nth(1).click()
    expect(card.locator(".standing")).to_contain_text("The right answer")
    expect(card.locator(".bar")).to_have_count(answers.count())
    expect(card.locator(".bar").nth(1)).to_have_attribute("data-count", "1")
    assert violations(page) == []
