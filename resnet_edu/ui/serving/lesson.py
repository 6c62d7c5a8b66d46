"""``/lesson.html``: the lecture on paper, with a plan for the lecturer, a worksheet for the class and the answers."""

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import segno
from starlette.requests import Request
from starlette.responses import HTMLResponse

from resnet_edu.lecture.plan import NAMES, LecturePlan, Stop, VoteQuestion, load_plan
from resnet_edu.ui.text.language import ENGLISH, LANGUAGES, PARAMETER, translated

PATH = "lesson.html"
PARTS = ("all", "plan", "worksheet", "answers")
STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
HOME = "home"
LETTERS = "ABCD"
LINES = 3
"""Lines of room for an answer in the reader's own words."""


async def page(request: Request) -> HTMLResponse:
    """Return the plan, part and language that the URL asks for; invalid values fall back to the defaults."""
    asked = request.query_params
    here = str(request.url.replace(query="")).removesuffix(PATH)
    plan = asked.get("plan", "")
    part = asked.get("part", "")
    language = asked.get(PARAMETER) or request.headers.get("accept-language", "")[:2].lower()
    return HTMLResponse(
        _written(
            here,
            plan if plan in NAMES else NAMES[0],
            part if part in PARTS else PARTS[0],
            language if language in LANGUAGES else ENGLISH.code,
        )
    )


@lru_cache(maxsize=32)
def _written(address: str, plan: str, part: str, language: str) -> str:
    sheet = _Sheet(address, load_plan(plan), language)
    parts = {"plan": sheet.plan_page, "worksheet": sheet.worksheet, "answers": sheet.answers}
    body = "".join(made() for name, made in parts.items() if part in (name, "all"))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
    html = LANGUAGES[language].html
    return (
        f'<!doctype html><html lang="{html}"><head>{head}<title>{sheet.title}</title></head><body>{body}</body></html>'
    )


@dataclass(frozen=True)
class _Sheet:
    """The printed lecture in one language; its links point to the app's address."""

    address: str
    plan: LecturePlan
    language: str

    def _(self, message: str, **values: object) -> str:
        """Translate the message into the sheet's language and escape it for HTML."""
        return escape(translated(message, self.language).format(**values))

    @property
    def title(self) -> str:
        return self._("Residual networks: a lecture of {minutes} minutes", minutes=self.plan.minutes)

    def plan_page(self) -> str:
        """Return the lecturer's plan: the times, and what to do, ask and say at each stop."""
        start = self._link(self.plan.stops[0], lecture="1")
        intro = self._(
            "Open the link in a browser. A presenter's remote or the keyboard leads through the"
            " stops: Page Down goes on, Page Up goes back, O lists all stops, S opens these notes in a"
            " second window."
        )
        rows = "".join(self._row(place, stop) for place, stop in enumerate(self.plan.stops))
        return self._section(
            "plan", self._("Plan for the lecturer"), f"{self._code(start)}<p>{intro}</p>{self._address(start)}{rows}"
        )

    def worksheet(self) -> str:
        """Return the worksheet for the class: links to the stops, their questions and room for answers."""
        intro = self._(
            "Choose your answer first. Then open the link or scan its code, answer there too, try it out, and write"
            " down what you see. The numbers are those of the lecture's stops; stops without a question are left out."
        )
        asked = "".join(self._task(place, stop) for place, stop in enumerate(self.plan.stops) if stop.question)
        return self._section("worksheet", self._("Worksheet"), f"<p>{intro}</p>{asked}")

    def answers(self) -> str:
        """Return the right answers, on a page of their own."""
        rows = "".join(
            f"<li value='{place + 1}'><b>{self._(stop.title)}</b><br>"
            f"{self._right(stop.question)}{self._(stop.seen)}</li>"
            for place, stop in enumerate(self.plan.stops)
            if stop.question
        )
        return self._section("answers", self._("Answers"), f"<ol>{rows}</ol>")

    def _section(self, name: str, title: str, content: str) -> str:
        return f"<section class='{name}'><p class='kicker'>{self.title}</p><h1>{title}</h1>{content}</section>"

    def _row(self, place: int, stop: Stop) -> str:
        before = self.plan.minutes_before(place)
        begins = place == 0 or self.plan.stops[place - 1].chapter != stop.chapter
        chapter = f"<h2>{self._(stop.chapter.title)}</h2>" if begins else ""
        ask = self._("Ask")
        asked = f"<dt>{ask}</dt><dd>{self._asked(stop.question)}</dd>" if stop.question else ""
        told = "".join(
            f"<dt>{name}</dt><dd>{self._(text)}</dd>"
            for name, text in ((self._("Do"), stop.do), (self._("What is seen"), stop.seen), (self._("Say"), stop.note))
        )
        minutes = self._("minute {begin} to {end}", begin=before, end=before + stop.minutes)
        return (
            f"{chapter}<article><h3><span>{place + 1}</span> {self._(stop.title)}</h3><p class='time'>{minutes}</p>"
            f"<dl>{asked}{told}</dl></article>"
        )

    def _asked(self, question: VoteQuestion) -> str:
        answers = " · ".join(
            f"<b>{letter} {self._(answer.text)} ✓</b>"
            if answer.id == question.right
            else f"{letter} {self._(answer.text)}"
            for letter, answer in zip(LETTERS, question.answers, strict=False)
        )
        return f"{self._(question.text)}<br>{answers}"

    def _task(self, place: int, stop: Stop) -> str:
        assert stop.question
        link = self._link(stop, worksheet="True")
        answers = "".join(
            f"<li><i>☐</i> {letter} {self._(answer.text)}</li>"
            for letter, answer in zip(LETTERS, stop.question.answers, strict=False)
        )
        head = f"{self._code(link)}<h3><span>{place + 1}</span> {self._(stop.title)}</h3>{self._address(link)}"
        seen = self._("What I have seen:")
        room = f"<p class='seen'>{seen}</p>{'<hr>' * LINES}"
        return f"<article>{head}<p>{self._(stop.question.text)}</p><ul>{answers}</ul>{room}</article>"

    def _right(self, question: VoteQuestion | None) -> str:
        assert question
        for letter, answer in zip(LETTERS, question.answers, strict=False):
            if answer.id == question.right:
                marks = LANGUAGES[self.language].marks
                return f"{letter}{marks.colon}{self._(answer.text)}{marks.stop}"
        return self._("A question of opinion.") + LANGUAGES[self.language].marks.sentence

    def _link(self, stop: Stop, **also: str) -> str:
        """Return the URL of a stop at its setting, in the form of the app's own links."""
        query = {**stop.setting, "show": stop.section, "stop": stop.id, PARAMETER: self.language, **also}
        if self.plan.name != NAMES[0]:
            query["plan"] = self.plan.name
        return f"{self.address}{'' if stop.page == HOME else stop.page}?{urlencode(query)}"

    def _address(self, link: str) -> str:
        return f"<p class='link'><a href='{escape(link)}'>{escape(link)}</a></p>"

    def _code(self, link: str) -> str:
        name = self._("QR code of the link")
        return segno.make(link, error="l", micro=False).svg_inline(
            scale=2, border=2, omitsize=True, svgclass="code", title=name, lineclass=None
        )
