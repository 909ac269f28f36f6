"""``python -m bench``: what docs/reference/performance.md describes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from bench import (
    books,
    events,
    exchange,
    exports,
    joining,
    journal,
    lateness,
    reads,
    report,
    report_exports,
    report_joining,
    report_journal,
    report_web,
)
from bench.joining_history import A_DAY as DAY

PHONES, MANY = 1000, 10_000
EXCHANGES, SHORT_EXCHANGES = 2000, 500
BOOKS, FETCHES = 200, 5000
REPORTS = 15_000
CALLS, FEW_CALLS, SHORT_CALLS = 10_000_000, 10_000, 200_000
EXPORTED, SHORT_EXPORTED = 1_000_000, 20_000
FULL_S, SHORT_S = 360, 60
MAIN = ("json", "http")
BESIDES = (("json", "https"), ("servlet", "http"))
"""Measured beside it, with a fifth of the phones."""


def main() -> None:
    """Measures what is asked for and prints it."""
    wanted = arguments()
    if sys.platform != "linux":
        sys.exit("bench: needs Linux, where every address of 127.0.0.0/8 is the machine itself.")
    tell(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    if wanted.what in {None, "reads"}:
        _reads(wanted)
    if wanted.what in {None, "http"}:
        times = SHORT_EXCHANGES if wanted.short else EXCHANGES
        phones = (wanted.phones or PHONES) // 5 or 1
        tell(f"\n{times} exchanges with one phone, one after the other; {phones} phones read\n")
        tell(report.of_exchanges(exchange.measure(times=times, phones=phones)))
    if wanted.what in {None, "books"}:
        phones = wanted.phones or (BOOKS // 5 if wanted.short else BOOKS)
        times = FETCHES // 5 if wanted.short else FETCHES
        tell(f"\n{phones} phones fetch phonebooks; {times} requests where nothing has changed\n")
        tell(report_web.of_books(books.measure(phones=phones, requests=times)))
    if wanted.what in {None, "events"}:
        number = REPORTS // (5 if wanted.short else 1)
        tell(f"\n{number} reports of {events.PHONES} phones over {events.CONNECTIONS} connections\n")
        tell(report.of_events(events.measure(number)))
    if wanted.what in {None, "joining"}:
        _joining(wanted)
    if wanted.what in {None, "journal"}:
        _journal(wanted)
    if wanted.what in {None, "exports"}:
        _exports(wanted)
    if wanted.what in {None, "lateness"}:
        _lateness(wanted)


def _lateness(wanted: argparse.Namespace) -> None:
    phones = wanted.phones or MANY
    seconds = wanted.seconds or (SHORT_S if wanted.short else FULL_S)
    tell(f"\n{phones} phones, each due every 5 minutes, one agent for {seconds} s\n")
    tell(report.of_lateness(lateness.measure(phones=phones, seconds=seconds)))


def _journal(wanted: argparse.Namespace) -> None:
    calls = wanted.calls or (SHORT_CALLS if wanted.short else CALLS)
    for measured in journal.measure(calls, kept=wanted.keep):
        tell(f"\n{report_journal.of_journal(measured)}")


def _reads(wanted: argparse.Namespace) -> None:
    phones = wanted.phones or PHONES // (5 if wanted.short else 1)
    tell(f"\n{phones} phones, 4 lists of {reads.FULL} rows, {reads.PLACES} at once\n")
    cases = [reads.measure(*MAIN, phones)]
    if not wanted.short:
        cases += [reads.measure(kind, scheme, max(phones // 5, 1)) for kind, scheme in BESIDES]
    tell(report.of_reads(cases))
    tell(f"\nCPU of phonesync by part\n\n{report.of_shares(cases)}\n\n{report.of_aims(cases[0])}")


def _exports(wanted: argparse.Namespace) -> None:
    rows = wanted.rows or (SHORT_EXPORTED if wanted.short else EXPORTED)
    tell(f"\n{rows:,} calls exported, each time in a process of its own, and opened again\n")
    tell(report_exports.of_exports(exports.measure(rows)))


def _joining(wanted: argparse.Namespace) -> None:
    calls = wanted.calls or (SHORT_CALLS if wanted.short else CALLS)
    tell(f"\nA day of {DAY:,} calls, joined in stores of {FEW_CALLS:,} and {calls:,} calls\n")
    tell(report_joining.of_joining(joining.measure((FEW_CALLS, calls))))


def tell(text: str) -> None:
    """Shows a part of the report as soon as it is there."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures phonesync.")
    parser.add_argument(
        "what",
        nargs="?",
        choices=("reads", "http", "books", "events", "joining", "journal", "exports", "lateness"),
        help="only this part",
    )
    parser.add_argument("--short", action="store_true", help="a quick look: fewer phones, less time")
    parser.add_argument("--phones", type=int, help="so many phones")
    parser.add_argument(
        "--calls", type=int, help="so many calls in the larger store, for joining and the journal"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="leave the journal's stores there, for further runs"
    )
    parser.add_argument("--rows", type=int, help="so many calls, for exports")
    parser.add_argument("--seconds", type=int, help="so long, for lateness")
    return parser.parse_args()


if __name__ == "__main__":
    main()
