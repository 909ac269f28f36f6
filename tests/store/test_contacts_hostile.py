"""Five thousand contacts as nobody would write them: every good one goes in, on both databases."""

from __future__ import annotations

import csv
import io
from random import Random

from phonesync.contacts import csv_file, vcard
from phonesync.contacts.importing import decide
from phonesync.numbering import DialPlan
from phonesync.store.contact_records import ContactSourceState
from tests.store.desk import minute
from tests.thorough import daily

MANY = daily(1000, thorough=5000)
PLAN = DialPlan(country="RU", area_code="495", extension_length=3)
STRANGE = (
    "\x00NUL",
    "\x1b[31mred",
    "line\r\nend",
    "tab\there",
    "<>&\"'`;,|",
    "=cmd()",
    "\u202eevil\u202c",
    "مرحبا بالعالم",
    "👩\u200d👩\u200d👧 family",
    "é" * 300,
    "Ж" * 300,
    "\ud83d half",
    "\ufffe\uffff",
    "e\u0301" * 20,
    "'; DROP TABLE contacts; --",
    "\u2028line\u2029paragraph",
    "Z" + "̷" * 100,
)


def people():
    """Name and numbers; a third have no name, a few forty numbers, many share a name or all they have."""
    rng = Random(4)
    for number in range(MANY):
        name = f"{rng.choice(STRANGE)} {number // 3}" if number % 3 else ""
        yield name, [f"+7 495 {1000000 + number + extra}" for extra in range(40 if number % 100 == 1 else 1)]


def imported(store, harvest):
    """Imports twice; the second time nothing may change."""
    state = ContactSourceState(name="hostile", kind="csv")
    first = decide(harvest, state=state, kept=(), plans=[PLAN], shrink_percent=0, now=minute(0))
    store.take_contacts(first.change)
    again = decide(
        harvest,
        state=state,
        kept=store.contacts(source="hostile"),
        plans=[PLAN],
        shrink_percent=0,
        now=minute(1),
    )
    assert (again.new, again.changed, again.gone, again.change.put) == (0, 0, 0, ())
    return list(store.contacts())


def expected():
    return [numbers for name, numbers in people() if name]


def check(kept, remarks):
    assert [[number.number for number in one.contact.numbers] for one in kept] == expected()
    assert all(one.contact.name.strip() and "\n" not in one.contact.name for one in kept)
    assert not any(letter in one.contact.name for one in kept for letter in "\x00\x1b\u202e\u2028")
    assert all(form is not None and form.startswith("+7495") for one in kept for form in one.canonicals)
    assert sum(remark.reason == "has no name" for remark in remarks) == MANY - len(expected())


def test_a_csv_of_thousands_of_hostile_rows_loses_no_good_row(store):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Name", "Phone"])
    writer.writerows((name, ";".join(numbers)) for name, numbers in people())
    data = out.getvalue().encode("utf-8", "surrogatepass")
    harvest = csv_file.parse(data, file="hostile.csv", columns={}, encoding="utf-8")
    check(imported(store, harvest), harvest.remarks)


def test_thousands_of_hostile_cards_lose_no_good_card(store):
    def lines():
        for name, numbers in people():
            shown = name.replace("\\", "\\\\").replace("\r\n", "\\n").replace(";", "\\;")
            yield "\r\n".join(
                [
                    "BEGIN:VCARD",
                    "VERSION:4.0",
                    f"FN:{shown}",
                    *(f"TEL:{one}" for one in numbers),
                    "END:VCARD\r\n",
                ]
            )

    harvest = vcard.parse("".join(lines()).encode("utf-8", "surrogatepass"), file="hostile.vcf")
    check(imported(store, harvest), harvest.remarks)
