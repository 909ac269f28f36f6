"""Must show 5: a toy phone recorded, its driver's test green, nothing planted left; and what is refused."""

from __future__ import annotations

import asyncio
import base64
import html
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pytest

from phonesync.driver.contract import PhoneContext
from phonesync.driver.crypto import sha256_hex
from phonesync.driver.session import Credentials, Request, Response, SignedIn
from phonesync.errors import PhoneError, PlanRefused, UnexpectedResponse
from phonesync.testing.capture import making
from phonesync.testing.capture.invented import Invented
from phonesync.testing.capture.searching import Sought, kinds_in
from phonesync.testing.capture.times import Shift
from phonesync.testing.conformance import failures, subject_of
from phonesync.testing.fixtures import read_cases
from phonesync.transport.tape import Recording, Tape
from tests.toyvendor import DRIVER
from tests.toyvendor.driver import ToyDriver
from tests.toyvendor.login import BasicLogin

NOW = datetime(2026, 3, 6, 11, 10, 7, tzinfo=UTC)
PASSWORD = "Zimt+Stern/71"
PLANTED = (
    "Ольга Прокофьева",
    "O'Neil & Söhne",
    "84957778899",
    "secret-pbx.example.net",
    "192.0.2.77",
    PASSWORD,
)
CALLS = """<?xml version="1.0" encoding="UTF-8"?>
<calls time="2026-03-06 14:10:07">
  <list code="out"><call id="7" time="2026-03-06 14:05:31" name="Ольга Прокофьева" number="sip:84957778899@secret-pbx.example.net" seconds="7334" line="7334"/></list>
  <list code="in"><call id="6" time="2026-01-02 09:00:00" name="O&apos;Neil &amp; S&#246;hne" number="200" seconds="12" line="7334"/></list>
  <list code="lost"/>
  <list code="away"><call id="3" time="2025-12-31 23:59:59" name="Mark" number="sip:7335@192.0.2.77" seconds="" line="7334"/></list>
</calls>
"""


class Phone:
    """A toy phone of firmware 2 as a session; what it says beside its lists is a field."""

    def __init__(self, calls=CALLS, account='<account name="admin" serial="SN3A9K204177"/>') -> None:
        self.tape = Tape()
        self.pages = {
            "/about.xml": '<phone maker="Toy" model="Toy20" firmware="2.0.7.1" mac="00005E0053B7"/>',
            "/account.xml": account,
            "/calls.xml": calls,
        }

    def now(self):
        return NOW

    async def send(self, request):
        page = self.pages.get(request.path)
        headers = (
            ("Content-Type", "text/xml"),
            ("Set-Cookie", "SID=8f31c2aa90d7e1b4; path=/"),
            ("Date", "Fri, 06 Mar 2026 11:10:07 GMT"),
        )
        content = b"" if page is None else page.encode()
        response = Response(
            status=404 if page is None else 200, headers=headers, content=content, path=request.path, at=NOW
        )
        self.tape.add(request, response)
        return response


def recorded(phone, driver=DRIVER):
    """One conversation as the agent has it."""

    async def talk():
        identity = await driver.identify(phone)
        phone.tape.in_session = True
        variant = driver.capabilities(identity)
        context = PhoneContext(identity=identity, variant=variant, origin="http://192.0.2.88")
        credentials = Credentials(username="admin", password=PASSWORD)
        flow = driver.login_flow(phone=context)
        steps = flow.sign_in(credentials, now=NOW)
        try:
            request = next(steps)
            while True:
                request = steps.send(await phone.send(request))
        except StopIteration as end:
            opened = end.value

        class Open:
            def now(self):
                return NOW

            async def send(self, request):
                return await phone.send(flow.authorize(request, opened))

        met = ""
        for read in (driver.read_call_log, driver.read_status):
            try:
                await read(Open(), phone=context)
            except PhoneError as error:
                met = type(error).__name__
        return Recording(
            turns=tuple(phone.tape.turns),
            driver=driver,
            phone=context,
            credentials=credentials,
            signed_in=opened,
            error=met,
            at=NOW,
            names=("Ольга Прокофьева", "Secret Tower"),
            hosts=("192.0.2.88",),
        )

    return asyncio.run(talk())


def made(tmp_path, recording, seed=3):
    return making.make(recording, tmp_path / "out", rng=Random(seed))


def rows_of(case):
    return [row for snapshot in case.expected.snapshots for row in snapshot.entries]


def text_of(folder):
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("seed", range(5))
def test_a_captured_toy_passes_the_suite_and_holds_nothing_planted(tmp_path, seed):
    done = made(tmp_path, recorded(Phone()), seed)
    assert done.folder == tmp_path / "out" / "Toy20_2.0.7.1" / "captured"
    (case,) = read_cases(tmp_path / "out")
    assert failures(subject_of(DRIVER, (case,), complete=False)) == ()
    assert (case.provenance, case.rows, case.error, case.signed_in) == ("captured", 3, "", None)
    text = text_of(tmp_path / "out")
    for planted in (*PLANTED, "SN3A9K204177", "8f31c2aa90d7e1b4", "00005E0053B7", '"7334"', '"Mark"', "2026"):
        for form in (planted, planted.lower(), quote(planted), html.escape(planted)):
            assert form not in text
    assert base64.b64encode(f"admin:{PASSWORD}".encode()).decode() not in text
    assert "2.0.7.1" in text  # firmware, though it looks like an address


def test_times_move_by_whole_weeks_and_all_by_the_same(tmp_path):
    made(tmp_path, recorded(Phone()))
    (case,) = read_cases(tmp_path / "out")
    days = (NOW - case.now).total_seconds() / 86400
    assert days % 7 == 0
    assert days > 0
    rows: dict[Any, Any] = {row.row_id: row for row in rows_of(case)}
    shift = Shift(int(days // 7), at=NOW)
    for number, shown in (("7", (2026, 3, 6)), ("6", (2026, 1, 2)), ("3", (2025, 12, 31))):
        wall = rows[number].wall
        moved = shift.wall(replace(wall, year=shown[0], month=shown[1], day=shown[2]))
        assert (moved.year, moved.month, moved.day) == (wall.year, wall.month, wall.day)


def test_the_same_original_has_the_same_replacement_everywhere(tmp_path):
    made(tmp_path, recorded(Phone()))
    (case,) = read_cases(tmp_path / "out")
    rows: list[Any] = rows_of(case)
    assert len({row.account for row in rows}) == 1
    # 7334 seconds look like the extension: replaced alike, which does no harm.
    assert str(rows[0].duration_s) == rows[0].account
    assert rows[0].remote_host == "host-1.example"
    assert rows[2].remote_host.startswith("192.0.2.")
    assert len(rows[0].remote_number) == len("84957778899")


def test_a_body_that_is_not_understood_is_recorded_with_its_error(tmp_path):
    phone = Phone(
        calls='<calls new="yes"><who display="Ольга Прокофьева" phone_number="84957778899"/></calls>'
    )
    done = made(tmp_path, recorded(phone))
    assert done.case.error == "UnexpectedResponse"
    (case,) = read_cases(tmp_path / "out")
    assert failures(subject_of(DRIVER, (case,), complete=False)) == ()
    assert "84957778899" not in text_of(tmp_path)
    assert "Прокофьева" not in text_of(tmp_path)


def test_a_phone_that_nobody_knows_gives_the_answers_to_identification(tmp_path):
    tape = Tape()
    page = b'<html><title>Desk 9</title><i id="serial" value="SN3A9K204177"/>call 84957778899</html>'
    tape.add(Request(path="/"), Response(status=200, content=page, path="/", at=NOW))
    recording = Recording(
        turns=tuple(tape.turns),
        driver=None,
        phone=None,
        credentials=Credentials(username="admin", password=PASSWORD),
        at=NOW,
    )
    made(tmp_path, recording)
    (case,) = read_cases(tmp_path / "out")
    assert (case.variant, case.error, case.identifies) == (making.NO_VARIANT, "NotIdentified", False)
    assert "SN3A9K204177" not in text_of(tmp_path)
    assert "84957778899" not in text_of(tmp_path)


class ProvingLogin(BasicLogin):
    """Believes the phone only if it proves that it knows the password too."""

    def sign_in(self, credentials, *, now):
        signed_in = yield from super().sign_in(credentials, now=now)
        proof = yield self.authorize(Request(path="/proof"), signed_in)
        if proof.content.decode() != sha256_hex(credentials.password):
            raise UnexpectedResponse("The phone does not know the password.")
        return SignedIn(values=MappingProxyType({**signed_in.values, "proof": proof.content.decode()}))


class ProvingDriver(ToyDriver):
    def login_flow(self, *, phone):
        return ProvingLogin()


def test_a_sign_in_that_rests_on_a_secret_is_left_out_rather_than_leaked(tmp_path):
    phone = Phone()
    phone.pages["/proof"] = sha256_hex(PASSWORD)
    done = made(tmp_path, recorded(phone, ProvingDriver()))
    (case,) = read_cases(tmp_path / "out")
    assert done.case.signed_in is not None
    assert case.signed_in is not None
    assert case.rows == 3
    assert {turn.request.path for turn in case.turns} == {"/about.xml", "/calls.xml"}
    for secret in (PASSWORD, sha256_hex(PASSWORD), base64.b64encode(f"admin:{PASSWORD}".encode()).decode()):
        assert secret not in text_of(tmp_path)
    assert failures(subject_of(ProvingDriver(), (case,), complete=False)) == ()


def test_a_fixture_with_anything_left_is_thrown_away(tmp_path, monkeypatch):
    monkeypatch.setattr(Invented, "name", lambda self, text: self.names.setdefault(text, text))
    with pytest.raises(PlanRefused, match="thrown away: a name") as caught:
        made(tmp_path, recorded(Phone()))
    assert caught.value.exit_code == 5
    assert list((tmp_path / "out").iterdir()) == []


SOUGHT = Sought(
    texts=frozenset({"Ольга Прокофьева", "O'Neil & Söhne", PASSWORD}),
    numbers=frozenset({"4957778899", "7334"}),
    macs=frozenset({"00005e0053b7"}),
)


@pytest.mark.parametrize(
    "text",
    [
        "ОЛЬГА ПРОКОФЬЕВА",
        quote("Ольга Прокофьева"),
        quote(quote("Ольга Прокофьева")),
        "".join(f"&#{ord(letter)};" for letter in "Ольга Прокофьева"),
        "".join(f"\\u{ord(letter):04x}" for letter in "Ольга Прокофьева"),
        "".join(f"\\\\u{ord(letter):04X}" for letter in "Ольга Прокофьева"),
        "O&#x27;Neil &amp; S&ouml;hne",
        base64.b64encode(f"admin:{PASSWORD}".encode()).decode(),
        base64.b64encode(f"x{PASSWORD}".encode()).decode().replace("+", "-"),
        PASSWORD.encode().hex(),
        PASSWORD.encode().hex().upper(),
        quote(base64.b64encode(PASSWORD.encode()).decode(), safe=""),
        "+7 (495) 777-88-99",
        "8-495-777-88-99",
        "8.495.777.88.99",
        '"7334"',
        "sip:7334@x",
        "00:00:5e:00:53:b7",
        "00-00-5E-00-53-B7",
        "0000.5e00.53b7",
        "00005E0053B7",
        "00%3A00%3A5E%3A00%3A53%3AB7",
    ],
)
def test_the_search_finds_an_original_however_it_is_written(text):
    assert kinds_in(f"<p>{text}</p>".encode(), SOUGHT)


@pytest.mark.parametrize("text", ["", "width=7334px", "Ольга", "2026-03-06 14:10:07", "00:00:5e:00:53:b8"])
def test_the_search_finds_nothing_where_nothing_is(text):
    assert kinds_in(f"<p>{text}</p>".encode(), SOUGHT) == ()


def test_a_department_in_a_longer_word_is_no_leak():
    sought = Sought(texts=frozenset({"Support"}), numbers=frozenset(), macs=frozenset())
    assert kinds_in(b"<p>unsupported</p>", sought) == ()
    assert kinds_in(b"<p>support_desk</p>", sought)


def test_no_invented_mac_is_one_of_the_recording(tmp_path):
    phone = Phone()
    phone.pages["/account.xml"] = '<account name="admin" peer="00:00:5E:00:53:01" next="00005e005302"/>'
    made(tmp_path, recorded(phone))
    text = text_of(tmp_path).lower()
    assert not [
        mac for mac in ("00:00:5e:00:53:01", "00005e005301", "00005e005302", "00005e0053b7") if mac in text
    ]
    assert "00005e005303" in text.replace(":", "")


def test_a_name_of_marks_is_replaced_however_a_page_mixes_their_spellings(tmp_path):
    calls = CALLS.replace("O&apos;Neil &amp; S&#246;hne", 'C:\\"Otto&quot; &#38; S&#xF6;hne')
    with_entities = calls.replace('\\"', "\\&quot;")
    made(tmp_path, recorded(Phone(calls=with_entities)))
    assert "tto" not in text_of(tmp_path)
