"""Debian's redis-server on a free port of the loopback interface, with a password, keeping nothing on disk."""

import contextlib
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

from resnet_edu.bench.server import free_port

SERVER = shutil.which("redis-server") or shutil.which("redis-check-rdb")
"""Debian's ``redis-tools`` contains the server under another name, without a service that would start and take its
port."""
SECONDS = 20.0


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """Run the server and yield its URL with the password; raises ``FileNotFoundError`` if none is installed."""
    if SERVER is None:
        raise FileNotFoundError("no redis-server, which `make browser` installs")
    port, password = free_port(), secrets.token_urlsafe()
    process = subprocess.Popen(
        ["redis-server", "-"],  # noqa: S607  # only its argv[0]; SERVER is what runs
        executable=SERVER,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        assert process.stdin
        settings = f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\n'
        process.stdin.write(settings.encode())  # not an argument, which every user of the machine could read
        process.stdin.close()
        _wait_for(port)
        yield f"redis://:{password}@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(SECONDS)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
