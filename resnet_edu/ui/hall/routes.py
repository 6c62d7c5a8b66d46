"""The server's own routes next to Streamlit's: joining and leading a hall, answering alone, QR codes."""

import csv
import io
import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from streamlit import get_option

from resnet_edu import colours
from resnet_edu.halls.choice import halls, lecturer_key
from resnet_edu.halls.codes import is_code, typed, voter
from resnet_edu.halls.limits import ALONE_A_SECOND, ALONE_AT_ONCE, MESSAGE_BYTES, Allowance
from resnet_edu.halls.protocol import HallFull, HallsUnreachable, NoSuchHall
from resnet_edu.ui.components import script, stylesheet
from resnet_edu.ui.hall import questions, views, visitors
from resnet_edu.ui.hall.addresses import base, origin
from resnet_edu.ui.hall.live import join, live
from resnet_edu.ui.hall.words import words
from resnet_edu.ui.text.language import ENGLISH, LANGUAGES, PARAMETER, of_locale

HERE = Path(__file__).parent
LINK_LENGTH = 1_200
"""The longest link in a QR code; a longer one would be too fine for a camera at the back of the hall."""
NO_STORE = {"Cache-Control": "no-store"}
_alone = Allowance(ALONE_A_SECOND, ALONE_AT_ONCE)


def routes() -> list[BaseRoute]:
    """Return the routes for ``st.App``."""
    start = base()
    return [
        Route(f"{start}join", join_page),
        Route(f"{start}join/{{code}}", join_page),
        Route(f"{start}lecturer", lecturer_page),
        Route(f"{start}lecturer", take_key, methods=["POST"]),
        Route(f"{start}halls", open_hall, methods=["POST"]),
        WebSocketRoute(f"{start}halls/{{code}}/live", live),
        Route(f"{start}halls/{{code}}/answers.csv", answers),
        Route(f"{start}questions/{{question}}", answer_alone, methods=["POST"]),
        Route(f"{start}qr.svg", qr),
        Route(f"{start}hall-scripts/{{name}}.js", page_script),
    ]


async def join_page(request: Request) -> Response:
    """A page of a few kilobytes on which a phone can vote, with a link to the figures."""
    code = typed(request.path_params.get("code") or request.query_params.get("code", ""))
    refused = await join(code, None, visitors.address(request)) if code else None
    language = _language(request)
    data = {"code": code if is_code(code) else "", "refused": refused, "language": language, "labels": words(language)}
    response = _page("join", language, data)
    if code and not refused:
        visitors.name_phone(request, response)
    return response


async def lecturer_page(request: Request) -> Response:
    """A page that reads the key from the URL's fragment, which browsers never send, and submits it once."""
    language = _language(request)
    return _page("lecturer", language, {"language": language, "labels": words(language)})


async def take_key(request: Request) -> Response:
    """Exchange the key for a cookie."""
    if not visitors.is_from_our_page(request):
        return Response(status_code=403)
    address = visitors.address(request)
    if not visitors.guesses.use(f"key {address}"):  # whoever guesses codes doesn't keep the lecturer out
        return Response(status_code=429)
    if not lecturer_key().opens(str((await _body(request)).get("key", ""))):
        return Response(status_code=403)
    response = Response(status_code=204, headers=NO_STORE)
    visitors.admit_lecturer(request, response)
    return response


async def open_hall(request: Request) -> Response:
    """Open a new hall or, with ``code``, reopen one that the server lost in a restart."""
    if not visitors.is_from_our_page(request) or not visitors.is_lecturer(request):
        return Response(status_code=403)
    code = str((await _body(request)).get("code", ""))
    try:
        code = await halls().open(code if is_code(code) else None)
        hall = await halls().hall(code)
    except HallFull:
        return Response(status_code=409)
    except HallsUnreachable:
        return Response(status_code=503)
    said = {"code": code, "born": hall.born, "address": f"{origin(request)}{base()}join/{code}"}
    return JSONResponse(said, headers=NO_STORE)


async def answers(request: Request) -> Response:
    """A hall's answers as CSV: counts, no names."""
    if not visitors.is_lecturer(request):
        return Response(status_code=403)
    code = typed(request.path_params["code"])
    try:
        rows = views.rows(await halls().hall(code))
    except NoSuchHall:
        return Response(status_code=404)
    except HallsUnreachable:
        return Response(status_code=503)
    table = io.StringIO()
    csv.writer(table).writerows([("question", "round", "answer", "phones", "hands"), *rows])
    headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="hall-{code}.csv"'}
    return Response(table.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def answer_alone(request: Request) -> Response:
    """Take a solo reader's answer; return the right one, what is seen, and how others have answered, where known."""
    said = await _body(request)
    question, answer = request.path_params["question"], str(said.get("answer"))
    if not visitors.is_from_our_page(request):
        return Response(status_code=403)
    if not questions.is_answer(question, answer):
        return Response(status_code=404)
    if not _alone.use(visitors.address(request)):
        return Response(status_code=429)
    response = Response(media_type="application/json", headers=NO_STORE)
    name = visitors.name_phone(request, response)
    try:
        counts: Mapping[str, int] | None = await halls().answer_alone(voter(name, "alone"), question, answer)
    except (HallFull, HallsUnreachable):
        counts = None
    language = str(said.get("language"))
    solution = questions.solution(question, language if language in LANGUAGES else ENGLISH.code)
    response.body = json.dumps({**solution, "counts": counts}).encode()
    response.headers["content-length"] = str(len(response.body))
    return response


async def qr(request: Request) -> Response:
    """Return the QR code of a link to one of the app's pages."""
    path = request.query_params.get("to", "")
    if not path.startswith("/") or path.startswith("//") or len(path) > LINK_LENGTH:
        return Response(status_code=404)
    svg = _qr(origin(request) + quote(path, safe="/?&=%+,:;~-_.#"))
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


async def page_script(request: Request) -> Response:
    """Return the script of one of these pages."""
    if request.path_params["name"] not in ("join", "lecturer"):
        return Response(status_code=404)
    return Response(
        _script(request.path_params["name"]), media_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


async def _body(request: Request) -> dict[str, Any]:
    """Return the request's JSON object, or an empty one if it is anything else or too large."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MESSAGE_BYTES:
            return {}
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _language(request: Request) -> str:
    linked = request.query_params.get(PARAMETER, "")
    return linked if linked in LANGUAGES else of_locale(request.headers.get("accept-language", "").partition(",")[0])


def _page(name: str, language: str, data: dict[str, Any]) -> Response:
    """Render a page with its data embedded as JSON, escaped so that no text can break out of it."""
    said = json.dumps({**data, "base": base()}, ensure_ascii=False).replace("<", "\\u003c")
    page = _template("page").substitute(
        language=LANGUAGES[language].html,
        body=_template(f"{name}_page").substitute(base=base()),
        style=_style(),
        data=said,
        script=f"{base()}hall-scripts/{name}.js",
    )
    return Response(page, media_type="text/html; charset=utf-8", headers=NO_STORE)


@cache
def _template(name: str) -> Template:
    return Template((HERE / f"{name}.html").read_text(encoding="utf-8"))


@cache
def _script(name: str) -> str:
    return script(HERE / f"{name}_page.js")


@cache
def _style() -> str:
    """Return the theme's colours under Streamlit's own names, so that shared components look the same."""
    names = {"primary-color": "primaryColor", "background-color": "backgroundColor", "text-color": "textColor"}
    names |= {"secondary-background-color": "secondaryBackgroundColor", "border-color": "borderColor"}
    light, dark = (
        "".join(f"--st-{css}: {get_option(f'theme.{theme}.{name}')};" for css, name in names.items())
        for theme in ("light", "dark")
    )
    style = stylesheet(HERE / "page.css")
    return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}{colours.variables()}{style}"


@lru_cache(256)
def _qr(text: str) -> bytes:
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", scale=8, border=4, light="white", svgclass=None)
    return drawn.getvalue()
