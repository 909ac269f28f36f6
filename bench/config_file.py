"""A configuration file of many cheap phones."""

from __future__ import annotations

from pathlib import Path

from bench.addresses import PASSWORD, USER, ZONE, address_of


def write(
    folder: Path, *, phones: int, scheme: str, port: int, poll: str = "5m", concurrency: int = 50
) -> Path:
    """Writes config.toml, its store beside it.

    Args:
        folder: Where to.
        phones: How many.
        scheme: ``http`` or ``https``.
        port: Of all of them.
        poll: The longest time between two reads.
        concurrency: Phones read at once.
    """
    head = f"""\
[store]
url = "sqlite:///bench.db"

[site]
name = "Bench"
timezone = "{ZONE.key}"
country = "RU"

[agent]
poll = "{poll}"
concurrency = {concurrency}
"""
    tables = [
        f"""
[[phone]]
name = "{name_of(index)}"
url = "{scheme}://{address_of(index)}:{port}"
driver = "yealink"
username = "{USER}"
password = "{PASSWORD}"
extension = "{1000 + index}"
"""
        for index in range(phones)
    ]
    path = folder / "config.toml"
    path.write_text(head + "".join(tables), encoding="utf-8")
    return path


def name_of(index: int) -> str:
    """A phone's name."""
    return f"desk-{index:05}"
