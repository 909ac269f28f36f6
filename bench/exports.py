"""What exporting costs, and whether what was written is what the query gives."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path
from zoneinfo import ZoneInfo

import msoffcrypto
import openpyxl
import pyzipper

from bench import joining
from bench import joining_history as history
from bench.children import Child
from phonesync.agent.roster import introduce
from phonesync.config import Config
from phonesync.journal.access import BUILT_IN, Reader
from phonesync.journal.export_table import number
from phonesync.journal.exports import ExportFormat
from phonesync.journal.filters import JournalFilter, Period
from phonesync.store.repository import Store
from phonesync.web.export_orders import Order, calls_of

ZONE = ZoneInfo("Europe/Moscow")
PASSWORD = "umbrella lantern 7"  # noqa: S105  of a file that is thrown away
NONE = "-"
CASES = (
    (ExportFormat.XLSX, None),
    (ExportFormat.CSV, None),
    (ExportFormat.JSONL, None),
    (ExportFormat.XLSX, PASSWORD),
    (ExportFormat.CSV, PASSWORD),
)
WANTED_MIB = 300
"""What an export of a million calls may hold at most."""

Row = tuple[str, datetime, str | None, str | None, int | None]
"""Id, start in the reader's zone, both numbers, talk time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one export took.

    Attributes:
        form: How it was written.
        sealed: It has a password.
        rows: Calls.
        wall_s: Seconds.
        cpu_s: Seconds of CPU.
        peak_mib: The most memory its process held.
        size_mib: Of the file.
        opened_by: Who opened it again and found the calls of the query in it.
    """

    form: ExportFormat
    sealed: bool
    rows: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    size_mib: float
    opened_by: str


def order(form: ExportFormat, password: str | None) -> Order:
    """Every call there is, for somebody who may see everything."""
    reader = Reader(
        user_id=1,
        name="bench",
        shown_name="Bench",
        role="administrator",
        permissions=BUILT_IN["administrator"],
    )
    return Order(
        reader=reader,
        peer="127.0.0.1",
        wanted=JournalFilter(period=Period.EVER, spam=True),
        form=form,
        language="ru",
        zone=ZONE,
        at=history.END,
        password=password,
    )


def measure(rows: int, *, folder: Path | None = None) -> list[Written]:
    """Exports of a store of so many calls, each in a process of its own; each is opened again.

    Raises:
        SystemExit: A file does not hold the calls of the query.
    """
    with tempfile.TemporaryDirectory(dir=folder) as made:
        place = Path(made)
        config = joining.office(place)
        with joining.opened(place) as store:
            introduce(store, config)
            joining.read(store, iter(()), history.END)
        history.fill(place / "phonesync.db", rows - rows % history.PHONES)
        return [_measured(place, config, form, password) for form, password in CASES]


def _measured(place: Path, config: Config, form: ExportFormat, password: str | None) -> Written:
    file = place / f"export.{form}"
    with Child("exporter", place, form.value, password or NONE, file) as child:
        told = child.told()
    with joining.opened(place) as store:
        opened_by = _compare(file, form, password, _queried(config, store, order(form, password)))
    size = file.stat().st_size / 2**20
    file.unlink()
    return Written(
        form=form,
        sealed=password is not None,
        rows=told["rows"],
        wall_s=told["wall_s"],
        cpu_s=told["cpu_s"],
        peak_mib=told["peak_mib"],
        size_mib=size,
        opened_by=opened_by,
    )


def _queried(config: Config, store: Store, wanted: Order) -> Iterator[Row]:
    for one in calls_of(config, store, wanted):
        call = one.named.call
        started = call.started_at.astimezone(ZONE).replace(tzinfo=None)
        yield call.id, started, number(call.calling), number(call.called), call.talk_s


def _compare(file: Path, form: ExportFormat, password: str | None, wanted: Iterator[Row]) -> str:
    """Who opened the file; ends the run where it holds something else than what is wanted."""
    if form is ExportFormat.XLSX:
        plain = file if password is None else _unsealed(file, password)
        _same(_of_workbook(plain), wanted, "openpyxl")
        found = "openpyxl" if password is None else "msoffcrypto, openpyxl"
        office = shutil.which("soffice")
        return (
            found if office is None or password else f"{found}, LibreOffice ({_lines(office, plain)} lines)"
        )
    if password is not None:
        with pyzipper.AESZipFile(file) as zipped:
            zipped.setpassword(password.encode())
            with zipped.open(f"calls.{form}") as inner:
                _same(_of_csv(TextIOWrapper(inner, "utf-8-sig", newline="")), wanted, "pyzipper")
        return "pyzipper, csv"
    with file.open(encoding="utf-8-sig", newline="") as lines:
        _same(_of_csv(lines) if form is ExportFormat.CSV else _of_jsonl(lines), wanted, form.value)
    return "csv" if form is ExportFormat.CSV else "json"


def _same(found: Iterator[Row], wanted: Iterator[Row], opened_by: str) -> None:
    for at, (one, other) in enumerate(zip(found, wanted, strict=True)):
        if one != other:
            raise SystemExit(
                f"bench.exports: row {at}, as {opened_by} reads it: {one}, in the query: {other}"
            )


def _unsealed(file: Path, password: str) -> Path:
    plain = file.with_suffix(".plain.xlsx")
    with file.open("rb") as source:
        office = msoffcrypto.OfficeFile(source)
        office.load_key(password=password, verify_password=True)
        content = BytesIO()
        office.decrypt(content)
    plain.write_bytes(content.getvalue())
    return plain


def _of_workbook(file: Path) -> Iterator[Row]:
    book = openpyxl.load_workbook(file, read_only=True)
    for sheet in book.worksheets[:-2]:
        for row in sheet.iter_rows(min_row=2, values_only=True):
            talk = row[12]
            seconds = None if talk is None else round(talk.total_seconds())  # type: ignore[union-attr]
            yield row[17], row[0], row[3], row[5], seconds  # type: ignore[misc]
    book.close()


def _of_csv(lines: Iterable[str]) -> Iterator[Row]:
    rows = csv.reader(lines, delimiter=";")
    next(rows)
    for row in rows:
        started = datetime.fromisoformat(row[0])
        yield row[17], started, row[3] or None, row[5] or None, int(row[12]) if row[12] else None


def _of_jsonl(lines: Iterable[str]) -> Iterator[Row]:
    for line in lines:
        call = json.loads(line)
        started = datetime.fromisoformat(call["started_at"]).astimezone(ZONE).replace(tzinfo=None)
        ends = (
            call[end]["e164"] or call[end]["extension"] or call[end]["number_shown"]
            for end in ("calling", "called")
        )
        calling, called = ends
        yield call["id"], started, calling, called, call["talk_s"]


def _lines(office: str, file: Path) -> int:
    """How many lines LibreOffice finds in the first sheet, its headings included."""
    command = [
        office,
        "--headless",
        "--convert-to",
        "csv",
        "--outdir",
        str(file.parent / "converted"),
        str(file),
    ]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  the one that was found
    with (file.parent / "converted" / f"{file.stem}.csv").open(encoding="utf-8") as converted:
        return sum(1 for _ in converted)


def is_met(written: Sequence[Written]) -> bool:
    """Whether none of them held more than is wanted."""
    return all(one.peak_mib < WANTED_MIB for one in written)
