"""The figures of the web server as text."""

from __future__ import annotations

from bench.books import ROUNDS, Books
from bench.report import table
from bench.web import Served

_HEAD = ("round", "server", "", "requests/s", "CPU ms/request", "peak MiB", "of the floor")


def of_books(books: Books) -> str:
    """Floor and product side by side."""
    rows = []
    for name in ROUNDS:
        rows.append(_row(name, "floor", books.served["floor", name], "1"))
        rows.append(_row(name, "phonesync", books.served["product", name], f"{books.ratio(name):.2f}"))
    return f"{books.contacts} contacts a book, {books.bytes} bytes\n\n{table(_HEAD, rows)}"


def _row(name: str, server: str, served: Served, ratio: str) -> tuple[str, ...]:
    return (
        name,
        server,
        "",
        f"{served.a_second:.0f}",
        f"{served.cpu_ms:.2f}",
        f"{served.peak_mib:.0f}",
        ratio,
    )
