"""What the server sets up when it starts."""

import socket
from collections.abc import Iterator

import pytest
from streamlit import config as streamlit_config
from streamlit import get_option

from resnet_edu import config
from resnet_edu.halls.keys import LecturerKey
from resnet_edu.ui.serving import server
from resnet_edu.ui.serving.frames import ancestors
from resnet_edu.ui.serving.headers import HEADERS, POLICY_HEADER, headers
from resnet_edu.ui.serving.server import address, announce, answer_without_delay


def test_a_socket_that_names_no_protocol_answers_without_delay() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening, socket.socket(type=socket.SOCK_DGRAM):
        assert listening.proto == 0  # asyncio sets TCP_NODELAY only if this is TCP's number
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        answer_without_delay()
        with socket.create_connection(listening.getsockname()):
            accepted = listening.accept()[0]
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.fixture
def options() -> Iterator[None]:
    """Restore Streamlit's options afterwards."""
    names = ("server.sslCertFile", "server.address", "server.port", "server.baseUrlPath")
    before = {name: get_option(name) for name in names}
    yield
    for name, value in before.items():
        streamlit_config.set_option(name, value)


@pytest.mark.usefixtures("options")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "http://localhost:8501"),
        ({"address": "0.0.0.0"}, "http://localhost:8501"),
        ({"address": "192.168.1.5", "port": 80}, "http://192.168.1.5:80"),
        ({"address": "::1"}, "http://[::1]:8501"),
        ({"baseUrlPath": "/lectures/resnet/"}, "http://localhost:8501/lectures/resnet"),
        ({"sslCertFile": "cert.pem"}, "https://localhost:8501"),
    ],
    ids=str,
)
def test_the_printed_address_is_the_one_that_works(said: dict[str, object], expected: str) -> None:
    for name, value in said.items():
        streamlit_config.set_option(f"server.{name}", value)
    assert address() == expected


@pytest.mark.parametrize("given", ["", "an-operators-own"])
def test_two_addresses_are_printed_and_no_key_but_one_of_ours(
    given: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = LecturerKey(given)
    monkeypatch.setattr(server, "lecturer_key", lambda: key)
    announce()
    said = capsys.readouterr().out
    assert "resnet-edu is at http://localhost:8501\n" in said
    shown = said.partition("for the lecturer: http://localhost:8501/lecturer#")[2].strip()
    assert shown
    if given:
        assert given not in said
    else:
        assert key.opens(shown)


def test_the_operator_says_who_may_show_the_app_in_a_frame(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert headers() == HEADERS
    assert "frame-ancestors" not in HEADERS[POLICY_HEADER]
    monkeypatch.setenv(config.FRAMES.name, "https://moodle.example.org, https://*.example.edu:8443 nonsense;script-src")
    assert ancestors() == "'self' https://moodle.example.org https://*.example.edu:8443"
    assert headers()[POLICY_HEADER].endswith(
        "; frame-ancestors 'self' https://moodle.example.org https://*.example.edu:8443"
    )
    assert headers()[POLICY_HEADER].count("script-src") == 1
    assert "nonsense" in caplog.text


def test_a_phone_that_sleeps_for_ten_minutes_finds_its_session() -> None:
    assert get_option("server.disconnectedSessionTTL") > 600
