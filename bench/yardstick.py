"""Datasette on a file, as something to hold our figures against."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

PATIENCE_S = 60.0
_SETTINGS = ("sql_time_limit_ms", "60000")
"""Its own limit is a second: a query that takes longer would fail instead of being timed."""


@contextmanager
def datasette(file: Path) -> Iterator[tuple[str, Callable[[Mapping[str, str]], object]]]:
    """Its version, and what asks it for a page of 50 calls as JSON.

    Args:
        file: A store.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [
        sys.executable,
        "-m",
        "datasette",
        "serve",
        str(file),
        "--port",
        str(port),
        "--setting",
        *_SETTINGS,
    ]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  ours
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S * 2) as client:
            _wait(client)
            version = client.get("/-/versions.json").json()["datasette"]["version"]

            def get(asked: Mapping[str, str]) -> object:
                wanted = {"_size": "50", "_nofacet": "1", "_nocount": "1", **asked}
                answer = client.get(f"/{file.stem}/calls.json", params=wanted)
                answer.raise_for_status()
                return answer.content

            yield f"Datasette {version}", get
    finally:
        process.terminate()
        process.wait()


def _wait(client: httpx.Client) -> None:
    patience = time.monotonic() + PATIENCE_S
    while True:
        try:
            client.get("/-/versions.json")
        except httpx.TransportError:
            if time.monotonic() > patience:
                sys.exit("bench: Datasette does not start.")
            time.sleep(0.2)
        else:
            return
