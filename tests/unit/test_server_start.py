"""What the server sets right when it starts."""

import socket

from resnet_edu.ui.serving.server import answer_without_delay


def test_a_socket_that_names_no_protocol_answers_without_delay() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening, socket.socket(type=socket.SOCK_DGRAM):
        assert listening.proto == 0  # asyncio asks only where it is TCP's number
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        answer_without_delay()
        with socket.create_connection(listening.getsockname()):
            accepted = listening.accept()[0]
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
