"""The running server: what it sends with every response, whom it answers, what it accepts."""

import http.client
import re
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

from resnet_edu.ui.serving.headers import HEADERS
from resnet_edu.vision.samples import FOLDER

from .conftest import Visit
from .test_everywhere import PATHS

FOREIGN = "http://elsewhere.invalid"
HOSTILE = "../../<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
ELSEWHERE = f"document.body.append(Object.assign(new Image(), {{ src: '{FOREIGN}/pixel.png' }}))"


def ask(
    address: str, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    """Return the response to one request with the path exactly as given; the body of an upgrade is not awaited."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request(method, path, headers=headers or {})
    response = connection.getresponse()
    content = b"" if response.status == 101 else response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, content


@pytest.mark.parametrize("path", ["/", "/inference", "/_stcore/health", "/_stcore/host-config", "/nowhere/at/all.js"])
def test_every_answer_carries_the_headers(address: str, path: str) -> None:
    found = ask(address, path)[1]
    assert {name: found.get(name.lower()) for name in HEADERS} == HEADERS


def test_a_visit_notices_what_goes_wrong(visit: Visit) -> None:
    page = visit("/")
    page.wait_for_load_state("networkidle")
    assert visit.faults == []
    page.evaluate("() => { setTimeout(() => { throw new Error('thrown') }) }")
    page.evaluate("() => console.error('said')")
    page.evaluate("() => fetch('/_stcore/upload_file/a/b', { method: 'PUT' }).then((answer) => answer.text())")
    page.evaluate(ELSEWHERE)
    page.wait_for_load_state("networkidle")
    page.close()
    faults = "\n".join(visit.faults)
    visit.faults.clear()
    for fault in ("uncaught: thrown", "console: said", "console: .*status of 4", "console: policy violation: img-src"):
        assert re.search(fault, faults), faults


def test_a_visit_notices_a_request_to_another_origin(visit: Visit) -> None:
    page = visit("/", bypass_csp=True)
    page.evaluate(ELSEWHERE)
    page.wait_for_load_state("networkidle")
    page.close()
    assert f"request to {FOREIGN}/pixel.png" in visit.faults
    visit.faults.clear()


@pytest.mark.parametrize("path", PATHS)
def test_a_script_in_the_address_does_not_run(visit: Visit, path: str) -> None:
    names = ("lang", "net", "sample", "source", "view", "depth", "preset", "layer", "class", "kind", "place", HOSTILE)
    page = visit(f"{path}?" + "&".join(f"{quote(name)}={quote(HOSTILE)}" for name in names))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.hacked") is None
    expect(page.locator("img[onerror]")).to_have_count(0)


def test_the_name_of_an_upload_does_not_run(visit: Visit) -> None:
    page = visit("/inference?source=upload")
    content = (FOLDER / "coffee.jpg").read_bytes()
    page.locator("input[type=file]").set_input_files(
        {"name": f"{HOSTILE}.png", "mimeType": "image/png", "buffer": content}
    )
    expect(page.locator(".st-key-bars ol[data-key]")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    expect(page.locator("img[onerror]")).to_have_count(0)


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/static/../../../../../../etc/passwd",
        "/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/_stcore/bidi-components/../../../../etc/passwd",
        "/app/static/..%2f..%2f.streamlit/config.toml",
        "/.streamlit/config.toml",
        "//elsewhere.invalid/share",
    ],
)
def test_no_path_leads_out_of_what_is_served(address: str, path: str) -> None:
    status, _, content = ask(address, path)
    assert b"root:" not in content
    assert b"maxUploadSize" not in content
    assert status < 500


def test_another_origin_is_not_answered(address: str) -> None:
    for path, method in (("/_stcore/health", "GET"), ("/_stcore/upload_file/session/file", "OPTIONS")):
        found = ask(address, path, {"Origin": FOREIGN}, method)[1]
        assert found.get("access-control-allow-origin") not in ("*", FOREIGN)


def test_a_session_is_opened_from_the_own_origin_alone(address: str) -> None:
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert ask(address, "/_stcore/stream", {**handshake, "Origin": address})[0] == 101
    assert ask(address, "/_stcore/stream", {**handshake, "Origin": FOREIGN})[0] == 403


def test_what_no_page_of_ours_uploads_needs_a_token_and_a_session(visit: Visit) -> None:
    page = visit("/")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    token = {"X-Xsrftoken": cookies["_streamlit_xsrf"]}

    def put(headers: dict[str, str]) -> int:
        file = {"name": "p.png", "mimeType": "image/png", "buffer": bytes(100)}
        where = f"{page.url}_stcore/upload_file/no-such-session/file"
        return page.request.put(where, headers=headers, multipart={"file": file}).status

    assert put({}) == 403
    assert put({"X-Xsrftoken": "made up"}) == 403
    assert put(token) == 400


def test_errors_keep_their_details_to_themselves(address: str) -> None:
    assert b"Traceback" not in ask(address, "/_stcore/upload_file/a/b", method="PUT")[2]
