"""A session with the server, as held by Streamlit's own script in the browser (streamlit 1.67).

The browser fetches the page, its health and its host's configuration, then opens a websocket and exchanges protobuf
messages. Widgets are found by the keys at the end of their ids. Large elements that the browser has cached are sent
as references only.
"""

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from weakref import WeakValueDictionary

import requests
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import StringArray
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

SECONDS = 180.0
"""How long a viewer waits for anything before it counts as an error."""
XSRF_COOKIE = "_streamlit_xsrf"
ID = "$$ID-"
CACHE_AGE = 2
"""Number of runs for which the browser caches messages it does not see again (``global.maxCachedMessageAge``)."""
KEPT_AGE = 50
"""Number of runs for which they are kept here: a run requested before others ended may still refer to them."""


@dataclass(eq=False)
class _Large:
    """A large message, kept once for all sessions that have received it."""

    message: ForwardMsg


_large: WeakValueDictionary[str, _Large] = WeakValueDictionary()


class Broken(Exception):
    """Raised when the server rejects or loses the session, shows an error, or does not answer."""


class NotHere(ValueError):
    """Raised for an address that is not this machine's own."""


@dataclass(frozen=True)
class Widget:
    """A widget on the page: its element, and the fragment that contains it or an empty string."""

    id: str
    element: Any
    fragment: str


def loopback(address: str) -> str:
    """Return the address without a path if it is on the loopback interface; raises ``NotHere``."""
    parts = urlsplit(address)
    try:
        is_own = parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        is_own = False
    if not is_own:
        raise NotHere(f"{address}: only a loopback address, such as http://127.0.0.1:8501, may be put under load")
    return f"http://{parts.netloc}"


class Session:
    """The browser's side of a session.

    ``query`` is the query of the address bar, ``arrived`` the elements since the last action, ``notices`` the
    messages shown to the reader; ``received`` counts the bytes of all responses and messages, and ``broken`` says
    what has gone wrong, if anything.
    """

    def __init__(self, address: str, locale: str = "en-GB") -> None:
        self.address = loopback(address)
        self.locale = locale
        self.id = ""
        self.query = ""
        self.cookies: dict[str, str] = {}
        self.arrived: list[Element] = []
        self.notices: list[str] = []
        self.received = 0
        self.widgets: dict[str, Widget] = {}
        self._drawn: set[str] = set()
        self._page = ""
        self._pages: dict[str, str] = {}
        self._states: dict[str, WidgetState] = {}
        self._known: dict[str, tuple[_Large, int]] = {}
        self._runs = 0
        self._finished = 0
        self.broken = ""
        self._news = asyncio.Event()
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def open(self, path: str) -> None:
        """Follow a link to the app, such as ``/gradients?depth=56``, in a new tab."""
        parts = urlsplit(path)
        self.query = parts.query
        await asyncio.to_thread(self._fetch, path)
        tokens = ["streamlit", self.cookies.get(XSRF_COOKIE, "PLACEHOLDER_AUTH_TOKEN")]
        try:
            self._socket = await connect(
                self.address.replace("http", "ws", 1) + "/_stcore/stream",
                origin=self.address,  # type: ignore[arg-type]
                subprotocols=tokens,  # type: ignore[arg-type]
                additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())},
                proxy=None,
                open_timeout=SECONDS,
                ping_interval=None,
                max_size=None,
            )
        except (OSError, InvalidHandshake, TimeoutError) as error:
            raise Broken(f"refused: {error!r}") from error
        self._reader = asyncio.create_task(self._read(self._socket))
        await self._rerun(name=parts.path.strip("/"))

    async def follow(self, page: str, setting: Mapping[str, str]) -> None:
        """Click a link to a page of the app at a setting."""
        self._act()
        self.query = urlencode(setting)
        self._states.clear()
        self._stop_polls()
        await self._rerun(page=self._pages[page])

    async def set_state(self, key: str, **values: Any) -> None:
        """Let a component send its new state to Python."""
        await self._change(key, json_value=json.dumps(values))

    async def press(self, key: str, option: int) -> None:
        """Press one of the buttons in a row."""
        await self._change(key, string_array_value={"data": [self._widget(key).element.options[option].content]})

    async def click(self, key: str) -> None:
        """Click on a button."""
        widget = self._widget(key)
        self._act()
        await self._rerun(fragment=widget.fragment, once=WidgetState(id=widget.id, trigger_value=True))

    async def trigger(self, key: str, event: str, value: Any) -> None:
        """Let a component send a one-time event to Python."""
        widget = self._widget(key)
        name = _make_trigger_id(widget.id, "events")
        told = WidgetState(id=name, json_trigger_value=json.dumps([{"event": event, "value": value}]))
        self._act()
        await self._rerun(fragment=widget.fragment, once=told)

    async def until(self, content: Callable[[], bool], seconds: float = SECONDS, *, whole: bool = True) -> None:
        """Wait until ``content`` is on the page and, if ``whole``, the run has finished; raises ``Broken``."""
        try:
            async with asyncio.timeout(seconds):
                while not ((self._finished or not whole) and content()):
                    if self.broken:
                        raise Broken(self.broken)
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Broken(f"not there after {seconds:.0f} s, {self._finished} runs finished; at {self.query}") from None
        if self.broken:
            raise Broken(self.broken)

    def data(self, key: str) -> dict[str, Any]:
        """Return the data of a component that has just arrived, or an empty dict."""
        for element in reversed(self.arrived):
            component = element.bidi_component
            if element.WhichOneof("type") == "bidi_component" and key_of(component.id) == key:
                found: dict[str, Any] = json.loads(component.json)
                return found
        return {}

    def says(self, markup: str) -> bool:
        """Return whether HTML that has just arrived contains the markup."""
        return any(markup in element.html.body for element in self.arrived if element.HasField("html"))

    async def leave(self) -> None:
        """Close the tab."""
        self._stop_polls()
        if self._reader:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._socket:
            await self._socket.close()
        self._socket = self._reader = None

    def _fetch(self, path: str) -> None:
        """Fetch the page and what its script requests before it connects; the bundles are in the browser's cache."""
        with self._http() as http:
            for each in (path, "/_stcore/health", "/_stcore/host-config"):
                self._request(http, "GET", each)
            self.cookies = {name: value or "" for name, value in http.cookies.items()}

    def _http(self) -> requests.Session:
        http = requests.Session()
        http.trust_env = False
        http.cookies.update(self.cookies)
        return http

    def _request(self, http: requests.Session, method: str, path: str, **what: Any) -> None:
        try:
            answer = http.request(method, f"{self.address}/{path.lstrip('/')}", timeout=SECONDS, **what)
        except requests.RequestException as error:
            raise Broken(f"{method} {path}: {error!r}") from error
        self.received += len(answer.content)
        if not answer.ok:
            raise Broken(f"{method} {path}: {answer.status_code} {answer.text[:200]}")

    def _act(self) -> None:
        """Begin a new action, to which everything that now arrives belongs."""
        self.arrived = []
        self.notices = []
        self._finished = 0

    def _widget(self, key: str) -> Widget:
        if key not in self.widgets:
            raise Broken(f"no widget {key} on the page, but {', '.join(self.widgets)}")
        return self.widgets[key]

    async def _change(self, key: str, **value: Any) -> None:
        widget = self._widget(key)
        self._act()
        self._states[widget.id] = WidgetState(id=widget.id, **value)
        await self._rerun(fragment=widget.fragment)

    async def _rerun(
        self,
        *,
        name: str = "",
        page: str = "",
        fragment: str = "",
        automatic: bool = False,
        once: WidgetState | None = None,
    ) -> None:
        state = ClientState(
            query_string=self.query,
            page_script_hash=page or self._page,
            page_name=name,
            fragment_id=fragment,
            is_auto_rerun=automatic,
            cached_message_hashes=[name for name, (_, run) in self._known.items() if self._runs - run <= CACHE_AGE],
        )
        state.widget_states.widgets.extend([*self._states.values(), *([once] if once else [])])
        context = state.context_info
        context.timezone, context.timezone_offset, context.locale = "Europe/London", 0, self.locale
        context.url, context.is_embedded, context.color_scheme = f"{self.address}/?{self.query}", False, "light"
        await self._send(BackMsg(rerun_script=state))

    async def _send(self, message: BackMsg) -> None:
        if self.broken or self._socket is None:
            raise Broken(self.broken or "not connected")
        try:
            await self._socket.send(message.SerializeToString())
        except ConnectionClosed as error:
            raise Broken(f"lost: {error}") from error

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for payload in socket:
                assert isinstance(payload, bytes)
                self.received += len(payload)
                self._take(ForwardMsg.FromString(payload))
            self._break("the server has closed the session")
        except ConnectionClosed as error:
            self._break(f"lost: {error}")
        except Exception as error:
            self._break(f"not understood: {error!r}")
            raise

    def _break(self, what: str) -> None:
        self.broken = self.broken or what
        self._news.set()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash" or message.metadata.cacheable:
            message = self._remember(message)
            kind = message.WhichOneof("type")
        match kind:
            case "new_session":
                self._begin(message)
            case "navigation":
                self._page = message.navigation.page_script_hash
                self._pages = {each.url_pathname: each.page_script_hash for each in message.navigation.app_pages}
            case "page_not_found":
                self._break(f"page not found: {message.page_not_found.page_name}")
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "delta":
                self._draw(message)
            case "auto_rerun":
                self._poll(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._stop_poll(fragment)
            case "script_finished":
                self._finish(message.script_finished)

    def _remember(self, message: ForwardMsg) -> ForwardMsg:
        """Return a large message: this one, which is kept, or the one that it refers to."""
        if message.ref_hash:
            name, large = message.ref_hash, self._known[message.ref_hash][0]
        else:
            name, large = message.hash, _large.setdefault(message.hash, _Large(message))
        self._known[name] = large, self._runs
        return large.message

    def _begin(self, message: ForwardMsg) -> None:
        self.id = message.new_session.initialize.session_id or self.id
        if not message.metadata.run.fragment_ids:
            self._page = message.new_session.page_script_hash
            self._drawn = set()
            self._stop_polls()

    def _finish(self, status: int) -> None:
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self._break("the script does not compile")
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        if status == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.widgets = {key: widget for key, widget in self.widgets.items() if key in self._drawn}
        self._runs += 1
        self._known = {name: kept for name, kept in self._known.items() if self._runs - kept[1] <= KEPT_AGE}
        self._finished += 1
        self._news.set()

    def _draw(self, message: ForwardMsg) -> None:
        delta = message.delta
        self._news.set()
        if delta.HasField("new_element"):
            self._element(delta.new_element, delta.fragment_id)
        for element in delta.new_transient.elements:
            self._element(element, delta.fragment_id)

    def _element(self, element: Element, fragment: str) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            self._break(f"exception: {element.exception.type} {element.exception.message[:200]}")
        elif kind == "alert":
            if element.alert.format == Alert.ERROR:
                self._break(f"error shown: {element.alert.body[:200]}")
            self.notices.append(element.alert.body)
        elif kind == "toast":
            self.notices.append(element.toast.body)
        elif kind == "progress":
            self.notices.append(element.progress.text)
        self.arrived.append(element)
        inner = getattr(element, kind) if kind else None
        name = getattr(inner, "id", "")
        if isinstance(name, str) and name.startswith(ID):
            self._drawn.add(key_of(name))
            self.widgets[key_of(name)] = Widget(name, inner, fragment)
            if kind == "button_group" and element.button_group.set_value and name in self._states:
                values = StringArray(data=element.button_group.raw_values)
                self._states[name] = WidgetState(id=name, string_array_value=values)

    def _poll(self, fragment: str, interval: float) -> None:
        async def again() -> None:
            while True:
                await asyncio.sleep(interval)
                try:
                    await self._rerun(fragment=fragment, automatic=True)
                except Broken as error:
                    return self._break(str(error))

        self._stop_poll(fragment)
        self._polls[fragment] = asyncio.create_task(again())

    def _stop_poll(self, fragment: str) -> None:
        if task := self._polls.pop(fragment, None):
            task.cancel()

    def _stop_polls(self) -> None:
        for fragment in list(self._polls):
            self._stop_poll(fragment)


def key_of(name: str) -> str:
    """Return the key at the end of a widget's id, ``$$ID-HASH-KEY``."""
    return name.split("-", 2)[2] if name.startswith(ID) else ""
