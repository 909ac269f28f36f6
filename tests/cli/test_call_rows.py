"""Calls as they are written, and which of them a number or a name finds."""

import csv
import io
import json
from pathlib import Path

import pytest

from phonesync import config
from phonesync.calls.values import CallDirection, Disposition, LegOutcome, Party
from phonesync.cli import call_rows
from phonesync.cli.call_search import number_search, of_name
from phonesync.cli.output import Format
from phonesync.config.contacts import OWN
from phonesync.journal.named_calls import FIELDS, LEG_FIELDS, PARTY_FIELDS, REASON_FIELDS, Named, Parties
from phonesync.journal.shown_names import Names, Plans
from phonesync.model import Contact, ContactNumber
from phonesync.phonebook.winner import KeptContact
from phonesync.store.contact_records import ContactImport
from tests.calls.made import call, later, leg

WORDS = """
id direction disposition started_at answered_at ended_at ring_s talk_s calling called answered_by legs
uncertain reasons coverage
"""
CONTRACT = WORDS.split()
COLLEAGUE = leg("desk-102", LegOutcome.ANSWERED_ELSEWHERE)


@pytest.fixture
def office(folder):
    return config.load(Path(folder) / "config.toml")


@pytest.fixture
def parties(office, store):
    return Parties(Names(office, store))


@pytest.fixture
def written(office, parties, capsys):
    def written(*calls, output=Format.JSONL):
        capsys.readouterr()
        call_rows.write((parties.named(one) for one in calls), Plans(office), output=output)
        return capsys.readouterr().out

    return written


def keep_contacts(store, **numbers):
    kept = tuple(
        KeptContact(
            contact=Contact(source=OWN, uid=name, name=name, numbers=(ContactNumber(number=number),)),
            canonicals=(number,),
            digest=name,
            changed_at=later(),
        )
        for name, number in numbers.items()
    )
    taken = ContactImport(source=OWN, kind="own", put=kept, gone=(), digest="1", before="", at=later())
    store.take_contacts(taken)


def test_jsonl_has_the_named_fields_first_and_in_their_order(written):
    (line,) = written(call(legs=(leg(), COLLEAGUE))).splitlines()
    shown = json.loads(line)
    assert list(shown) == list(FIELDS)
    assert list(shown)[: len(CONTRACT)] == CONTRACT
    assert list(shown["calling"]) == list(shown["called"]) == list(PARTY_FIELDS)
    assert list(shown["legs"][0]) == list(LEG_FIELDS)
    assert list(shown["reasons"][0]) == list(REASON_FIELDS)


def test_what_was_not_observed_is_null(written):
    shown = json.loads(written(call(called=Party(), answered_by=None, disposition=Disposition.UNKNOWN)))
    assert [shown[name] for name in ("answered_at", "ended_at", "ring_s", "talk_s", "coverage")] == [None] * 5
    assert shown["called"] == dict.fromkeys(PARTY_FIELDS)
    assert shown["started_at"] == "2026-02-02T09:00:00Z"


def test_csv_has_a_column_for_each_field_of_a_party(written):
    text = written(call(legs=(leg(), COLLEAGUE), talk_s=65), output=Format.CSV)
    (row,) = csv.DictReader(io.StringIO(text))
    assert tuple(row) == call_rows.CSV_FIELDS
    assert row["calling_e164"] == "+74955550101"
    assert row["legs"] == "desk-101 answered;desk-102 answered_elsewhere"
    assert (row["talk_s"], row["answered_at"], row["uncertain"]) == ("65", "", "false")


def test_a_table_shows_one_call_as_one_line(written):
    (_, line) = written(
        call(legs=(leg(), COLLEAGUE), talk_s=65, ring_s=4, coverage=0.5, uncertain=True), output=Format.TABLE
    ).splitlines()
    assert line.startswith("2026-02-02 12:00:00")
    for word in ("Petrova (84955550101)", "Иванов И. И. (101)", "answered", "4 s", "1:05", "rang on 1 more"):
        assert word in line
    assert line.rstrip().endswith("rang on 1 more, uncertain, 50% proven")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (call(called=Party(), owner="Sales"), "Sales"),
        (call(called=Party(), legs=(leg(), COLLEAGUE)), "101, 102"),
        (call(called=Party(), direction=CallDirection.OUTBOUND), "unknown"),
        (call(calling=Party()), "withheld"),
        (call(calling=Party(name="Petrova")), "Petrova"),
        (call(started_within_s=60), "2026-02-02 12:00 "),
        (
            call(contested=True, voicemail=True, disposition=Disposition.UNKNOWN),
            "voicemail, perhaps answered",
        ),
        (call(contested=True, voicemail=True), "voicemail\n"),
        (call(called=Party(number_shown="600", extension="600"), group="Sales"), "Sales (600)"),
        (call(talk_s=3661), "1:01:01"),
    ],
)
def test_a_table_says_what_is_known(written, made, words):
    line = written(made, output=Format.TABLE).splitlines()[1]
    assert words in f"{line.rstrip()}\n"


def test_owners_and_contacts_go_before_what_a_phone_showed(office, store):
    keep_contacts(store, Anna="+74955550101", Boris="ext:150")
    parties = Parties(Names(office, store))
    shown = Party(extension="150", name="Shown")
    assert parties.named(call(called=Party(extension="101", name="Shown"))).called == "Иванов И. И."
    assert parties.named(call()).calling == "Anna"
    assert parties.named(call(called=shown)).called == "Boris"
    assert parties.named(call(called=shown, legs=(leg("desk-old"),))).called == "Shown"


def test_the_owner_at_that_time_goes_before_the_present_one(parties):
    named = parties.named(call(legs=(leg(owner="Орлова"),)))
    assert named.called == "Орлова"


@pytest.mark.parametrize(
    "number", ["84955550101", "8 (495) 555-01-01", "+7 495 555 0101", "5550101", "495 5550101"]
)
def test_a_number_is_found_however_it_is_written(office, number):
    search = number_search(office, number)
    assert search.matches(call())
    assert search.matches(call(calling=Party(extension="102"), called=Party(e164="+74955550101")))
    assert not search.matches(call(calling=Party(number_shown="84955550199", e164="+74955550199")))


def test_digits_that_no_dial_plan_knows_are_part_of_a_number(office):
    assert number_search(office, "550101").matches(call())
    assert not number_search(office, "550102").matches(call())
    assert number_search(office, "*43").matches(call(called=Party(number_shown="*43")))
    assert number_search(office, "anna").matches(call(called=Party(number_shown="anna.k")))
    assert not number_search(office, "anna").matches(call())


def test_an_extension_is_found_as_a_party(office):
    assert number_search(office, "101").matches(call())
    assert not number_search(office, "102").matches(call())


def test_a_part_of_a_name_is_found_whatever_its_case_and_accents():
    made = [
        Named(call=call(), calling="Пётр Орлов", called=None),
        Named(call=call(), calling="Zoé", called=None),
    ]
    assert list(of_name(made, "петр")) == made[:1]
    assert list(of_name(made, "ZOE")) == made[1:]
    assert list(of_name(made, "petrova")) == made, "as a phone showed it"
