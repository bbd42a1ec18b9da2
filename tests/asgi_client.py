"""A client of a service of docs/examples that runs in this process."""

import asyncio
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response


class Client:
    """A client of a service that runs here."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str) -> Response:
        """Ask for a page."""
        return self.post(path, method="GET")

    def post(self, path: str, *, json: Any = None, method: str = "POST") -> Response:
        """Send a request."""

        async def send() -> Response:
            async with AsyncClient(transport=ASGITransport(self._app), base_url="http://office") as client:
                return await client.request(method, path, json=json)

        return asyncio.run(send())
