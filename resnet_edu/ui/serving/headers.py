"""Security headers that the server adds to every response."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resnet_edu.ui.serving.frames import ancestors

POLICY = {
    "default-src": "'self'",
    # Streamlit's page has an inline script, loads components as blobs and highlights code with WebAssembly
    "script-src": "'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
"""Blocks all traffic with other origins, even if foreign markup got onto a page."""

POLICY_HEADER = "Content-Security-Policy"
HEADERS = {
    POLICY_HEADER: "; ".join(f"{what} {where}" for what, where in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), clipboard-read=(self), geolocation=(), microphone=(), payment=(), usb=()",
}


def headers() -> dict[str, str]:
    """Return ``HEADERS`` with the sites that may embed the app, if the operator has configured any."""
    sites = ancestors()
    return {**HEADERS, POLICY_HEADER: f"{HEADERS[POLICY_HEADER]}; frame-ancestors {sites}"} if sites else HEADERS


class Headers:
    """Middleware that adds ``headers()`` to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)
