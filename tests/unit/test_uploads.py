"""Where an upload is stored while it arrives."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser

from resnet_edu.ui.serving.server import keep_uploads_in_memory

BOUNDARY = "b"
HEADERS = Headers({"content-type": f"multipart/form-data; boundary={BOUNDARY}"})


def is_in_a_file(size: int) -> bool:
    """Return whether starlette, which Streamlit uses, put an upload of that size into a temporary file."""

    async def body() -> AsyncIterator[bytes]:
        yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'.encode()
        yield bytes(size)
        yield f"\r\n--{BOUNDARY}--\r\n".encode()

    async def parse() -> bool:
        form = await MultiPartParser(HEADERS, body()).parse()  # type: ignore[arg-type]
        upload = form["file"]
        assert isinstance(upload, UploadFile)
        is_rolled = bool(upload.file._rolled)  # type: ignore[attr-defined]
        await form.close()
        return is_rolled

    return asyncio.run(parse())


def test_no_upload_that_the_server_takes_is_written_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "spool_max_size", MultiPartParser.spool_max_size)
    assert is_in_a_file(2 * 2**20), "starlette's own way"
    keep_uploads_in_memory()
    assert not is_in_a_file(10 * 2**20)
    assert is_in_a_file(11 * 2**20)
