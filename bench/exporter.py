"""Exports once, in a process of its own: ``python -m bench.exporter FOLDER FORMAT PASSWORD FILE``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bench import exports, joining
from bench.children import say
from bench.figures import measured
from phonesync import config as configuration
from phonesync.journal.exports import ExportFormat
from phonesync.web.export_orders import calls_of, written


def main() -> None:
    """Exports, and tells what it took."""
    folder, form, password, file = sys.argv[1:]
    place = Path(folder)
    config = configuration.load(place / "config.toml", env={})
    order = exports.order(ExportFormat(form), None if password == exports.NONE else password)

    async def work() -> int:
        with joining.opened(place) as store:
            path, tally = written(order, calls_of(config, store, order), place)
        path.replace(file)
        return tally.rows

    say(asyncio.run(measured(work, reads=1)).as_json() | {"peak_mib": peak_mib()})


def peak_mib() -> float:
    """The most memory that this process held since its program began.

    What ``getrusage`` tells holds that of the parent too, of which this process was a copy for a moment.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
