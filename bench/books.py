"""Phonebooks served: changed ones, which are made anew for each phone, and unchanged ones.

Beside it stands a bare ASGI application that does the same I/O: it takes the same rows out of the same store,
once after a change and once for each phone, and sends files of the same bytes, which it did not make.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.children import Child
from bench.office import CONTACTS, FILE, etags, prepare
from bench.web import Served, ask, request

SERVERS = ("floor", "product")
ROUNDS = ("changed", "again", "unchanged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What serving phonebooks cost.

    Attributes:
        phones: How many fetched one.
        contacts: In each.
        bytes: Of one book, as it was sent.
        served: Server and round to what it cost.
    """

    phones: int
    contacts: int
    bytes: int
    served: Mapping[tuple[str, str], Served]

    def ratio(self, name: str) -> float:
        """What the product reaches of the floor in a round, by CPU a request."""
        return self.served["floor", name].cpu_ms / self.served["product", name].cpu_ms


def measure(*, phones: int, requests: int) -> Books:
    """Has both servers answer the same requests.

    Args:
        phones: How many fetch; each has a book of its own.
        requests: In the rounds in which nothing has changed.

    Raises:
        SystemExit: A request was not answered as it should be, so that the figures would mean nothing.
    """
    served: dict[tuple[str, str], Served] = {}
    size = 0
    for server in SERVERS:
        with tempfile.TemporaryDirectory() as folder:
            paths = prepare(Path(folder), phones=phones)
            with Child("book_server", server, folder) as child:
                port = child.told()["port"]
                first = ask(child, port, [request(path) for path in paths])
                size = first.received // phones
                old = etags(child)
                child.ask("change")
                ask(child, port, [request(paths[0])])
                rounds = {
                    "changed": [request(path, f"If-None-Match: {old[path]}") for path in paths],
                    "again": [request(paths[at % phones]) for at in range(requests)],
                }
                for name, wanted in rounds.items():
                    served[server, name] = _answered(ask(child, port, wanted), 200)
                new = etags(child)
                same = [
                    request(paths[at % phones], f"If-None-Match: {new[paths[at % phones]]}")
                    for at in range(requests)
                ]
                served[server, "unchanged"] = _answered(ask(child, port, same), 304)
    return Books(phones=phones, contacts=CONTACTS, bytes=size, served=served)


def _answered(served: Served, status: int) -> Served:
    if set(served.statuses) != {status}:
        raise SystemExit(f"Requests for {FILE} were answered {dict(served.statuses)}, not {status}.")
    return served
