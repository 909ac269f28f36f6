"""Contacts written to every habit of every emulated phone that takes them, and read back; nothing ever cleared."""

from dataclasses import replace

import pytest

from drivers import grandstream, yealink
from phonesync.driver.contract import PhoneContext
from phonesync.driver.emulation import EmulatedRequest
from phonesync.driver.phonebooks import HeldContact, PhonebookSink
from phonesync.driver.session import Response
from phonesync.errors import PhoneTimeout, PushRejected, UnexpectedResponse, Unsupported
from phonesync.model import BookEntry, ContactNumber, NumberKind, PhoneIdentity
from phonesync.phonebook.contents import digest
from tests.drivers.grandstream import emulated as grandstream_sheet
from tests.drivers.yealink import emulated as yealink_sheet
from tests.drivers.yealink.talks import EmulatedSession

pytestmark = pytest.mark.anyio

DRIVERS = {"grandstream": grandstream.DRIVER, "yealink": yealink.DRIVER}
SINKS = {
    "gxv-gmi": ("grandstream", "gxv-gmi"),
    "gxp16-form": ("grandstream", "gxp16-form"),
    "yealink-servlet": ("yealink", "v84-servlet"),
    "yealink-servlet-rsa": ("yealink", "v86-servlet"),
    "yealink-json": ("yealink", "v86-json"),
}
HABITS = range(24)
WORK, HOME, MOBILE, FAX, OTHER = NumberKind


class Talk(EmulatedSession):
    """A conversation that sends what a real one sends: hidden parts, and lengths of bodies."""

    def exchange(self, request):
        self.asked.append(request)
        lengths = (("Content-Length", str(len(request.content))),) if request.method == "POST" else ()
        sent = EmulatedRequest(
            method=request.method,
            target=request.target,
            headers=(("Host", "192.0.2.11"), *lengths, *request.headers),
            content=request.content,
        )
        answer = self.emulator.answer(sent)
        return Response(
            status=answer.status,
            headers=answer.headers,
            content=answer.content,
            path=request.path,
            at=self.now(),
        )


class Bench:
    """One emulated phone with its driver, signed in."""

    def __init__(self, kind, number=1, *, experimental=True, **changes) -> None:
        vendor, variant = SINKS[kind]
        sheet = grandstream_sheet if vendor == "grandstream" else yealink_sheet
        self.emulator, self.memory = sheet.emulated(kind, number, **changes)
        self.driver = DRIVERS[vendor]
        assert isinstance(self.driver, PhonebookSink)
        identity = PhoneIdentity(vendor=vendor, variant=variant)
        self.phone = PhoneContext(
            identity=identity,
            variant=self.driver.capabilities(identity, quirks={}),
            experimental=experimental,
            origin="http://192.0.2.11",
        )
        self.session = Talk(
            self.emulator,
            flow=self.driver.login_flow(phone=self.phone),
            credentials=self.memory.credentials,
            now=self.memory.now,
        )

    async def write(self, entry, held=None):
        return await self.driver.write_contact(self.session, entry, phone=self.phone, held=held)

    async def read(self):
        return await self.driver.read_contacts(self.session, phone=self.phone)

    def fitted(self, entry):
        return self.driver.fitted(entry, variant=self.phone.variant.name)


def entry(name, *numbers, uid="1") -> BookEntry:
    listed = tuple(ContactNumber(number=number, kind=kind) for kind, number in numbers)
    return BookEntry(contact=f"staff/{uid}", name=name, numbers=listed)


OLGA = entry("Ольга Смирнова", (WORK, "84955550101"), (MOBILE, "+79265550100"))
HOSTILE = (
    entry('O\'Neil "<b>" & сыновья::</script>\\', (WORK, "201")),
    entry("\x00\x1f Anna\u202eBoris\t&amp;%41+1", (MOBILE, "202;x=1"), (FAX, "203"), (OTHER, "*43#")),
    entry("👩‍💼 Maria " + "x" * 300, (HOME, "sip:204@192.0.2.20"), (HOME, "205"), (HOME, "206")),
    entry("A:B: C", *((WORK, str(number)) for number in range(300, 340))),
)


@pytest.mark.parametrize("kind", ["gxv-gmi", "gxp16-form", "yealink-servlet", "yealink-servlet-rsa"])
async def test_every_habit_takes_any_contact_as_it_was_fitted(kind):
    for number in HABITS:
        bench = Bench(kind, number)
        bench.memory.directory.type_in("Бабушка", [("home", "84955550177")])
        for wanted in (OLGA, *HOSTILE):
            await bench.write(bench.fitted(wanted))
        before, *own = bench.memory.directory.own()
        assert (before.id, before.name) == (1, "Бабушка")
        shown = [digest(one.name, [ContactNumber(number=each) for _, each in one.numbers]) for one in own]
        fits = [bench.fitted(wanted) for wanted in (OLGA, *HOSTILE)]
        assert shown == [digest(fit.name, fit.numbers) for fit in fits]
        assert bench.fitted(fits[1]) == fits[1], "what was fitted fits"
        assert (bench.emulator.intrusions, bench.emulator.wrong_passwords) == ([], 0)
        assert len(bench.emulator.written) == 5


async def test_gmi_gives_back_what_it_holds_contact_by_contact():
    seen = set()
    for number in HABITS:
        bench = Bench("gxv-gmi", number)
        bench.memory.directory.type_in("Бабушка Люба", [("home", "84955550177"), ("other", "12")])
        said = await bench.write(bench.fitted(OLGA))
        granny, olga = await bench.read()
        assert digest(granny.name, granny.numbers) == digest(
            "Люба Бабушка", [ContactNumber(number="84955550177"), ContactNumber(number="12")]
        )
        assert {one.kind for one in granny.numbers} == {HOME, OTHER}
        assert digest(olga.name, olga.numbers) == digest(OLGA.name, OLGA.numbers)
        assert {one.kind for one in olga.numbers} == {WORK, MOBILE}
        seen.add((said, olga.id))
    assert seen >= {("2", "2"), ("1", "2"), ("2", None)}


async def test_gmi_changes_a_contact_by_its_id_and_no_other():
    bench = Bench("gxv-gmi", 1)
    bench.memory.directory.type_in("Бабушка", [("home", "84955550177")])
    await bench.write(bench.fitted(OLGA))
    held = HeldContact(id="2", name=OLGA.name, numbers=OLGA.numbers, group="5")
    await bench.write(entry("Ольга Петрова", (HOME, "207")), held)
    granny, olga = bench.memory.directory.own()
    assert (granny.id, granny.name, granny.numbers) == (1, "Бабушка", (("home", "84955550177"),))
    assert (olga.id, olga.name, olga.numbers, olga.group) == (2, "Ольга Петрова", (("home", "207"),), "5")
    with pytest.raises(PushRejected, match="set contact failed"):
        await bench.write(OLGA, replace(held, id="99"))


@pytest.mark.parametrize("kind", ["yealink-servlet", "yealink-servlet-rsa"])
async def test_the_servlet_shows_names_page_by_page(kind):
    for number in HABITS:
        bench = Bench(kind, number)
        names = [f'Имя "{place}" </script>' for place in range(43)]
        for name in names:
            bench.memory.directory.type_in(name, [("work", "201")])
        assert [one.name for one in await bench.read()] == names
        assert Bench(kind, number).memory.directory.own() == ()
        assert await Bench(kind, number).read() == ()


async def test_the_json_generation_shows_all_of_a_contact_and_takes_none():
    for number in HABITS:
        bench = Bench("yealink-json", number)
        bench.memory.directory.type_in("Бабушка", [("home", "84955550177"), ("work", "12")])
        (granny,) = await bench.read()
        assert (granny.name, granny.group) == ("Бабушка", "All Contacts")
        assert {(one.kind, one.number) for one in granny.numbers} == {(WORK, "12"), (OTHER, "84955550177")}
        with pytest.raises(Unsupported, match="No way is known"):
            await bench.write(OLGA)
        assert bench.driver.push_route(variant="v86-json") is None
        assert bench.fitted(OLGA) is None or bench.driver.push_route(variant="v86-json") is None


@pytest.mark.parametrize("kind", ["gxv-gmi", "gxp16-form"])
async def test_a_full_phone_refuses_in_words(kind):
    bench = Bench(kind)
    bench.memory.directory.most = 0
    with pytest.raises(PushRejected, match="refused the contact"):
        await bench.write(OLGA)


async def test_a_full_servlet_says_so_or_says_nothing_and_holds_nothing_either_way():
    heard = set()
    for number in HABITS:
        bench = Bench("yealink-servlet", number)
        bench.memory.directory.most = 0
        try:
            await bench.write(OLGA)
            heard.add("nothing")
        except PushRejected as error:
            heard.add(str(error))
        assert await bench.read() == ()
    assert heard == {"nothing", "The phone refused the contact: failed."}


async def test_gxp16_is_written_to_only_where_that_was_allowed():
    bench = Bench("gxp16-form", experimental=False)
    with pytest.raises(Unsupported, match="experimental = true"):
        await bench.write(OLGA)
    assert bench.emulator.written == []
    with pytest.raises(Unsupported):
        await bench.read()
    with pytest.raises(Unsupported):
        await Bench("gxp16-form").write(OLGA, HeldContact(id="1", name="x", numbers=()))


@pytest.mark.parametrize("kind", SINKS)
async def test_nothing_is_ever_removed(kind):
    bench = Bench(kind)
    with pytest.raises(Unsupported, match="No way is known to remove"):
        await bench.driver.remove_contact(
            bench.session, HeldContact(id="1", name="x", numbers=()), phone=bench.phone
        )
    assert bench.session.asked == []


@pytest.mark.parametrize("kind", ["gxv-gmi", "gxp16-form", "yealink-servlet"])
def test_what_has_neither_name_nor_number_left_is_not_written(kind):
    bench = Bench(kind)
    assert bench.fitted(entry("\x00:\t" if kind == "gxv-gmi" else "\x00\t", (WORK, "201"))) is None
    assert bench.fitted(entry("Olga", (WORK, " \x00"))) is None


async def test_a_contact_is_sent_in_the_words_of_the_sheet():
    gmi, form, servlet = Bench("gxv-gmi"), Bench("gxp16-form"), Bench("yealink-servlet")
    olga = entry("Olga S", (WORK, "201"), (MOBILE, "202"))
    for bench in (gmi, form, servlet):
        await bench.write(olga)
    setting = gmi.session.asked[-1]
    assert setting.path == (
        "/manager?action=setcontact&contactInfo=%3A%3AOlga%20S%3A%3A%3A%3A201%3A%3A%3A%3A202%3A%3A%3A%3A&format=json"
    )
    assert setting.once, "a GET that writes is never repeated by itself"
    sent = form.session.asked[-1].content.decode()
    assert sent.startswith("stamp=")
    assert (
        "&id=-1&lastname=&firstname=Olga+S&workNum=201&homeNum=&cellNum=202&Company=&Department=&Job=&JobTitle="
        "&primary=0&favorite=0&account=1&groups=&sid="
    ) in sent
    added = servlet.session.asked[-1]
    assert added.path.startswith("/servlet?m=mod_contact&p=updatecontact&q=add&Rajax=0.")
    assert added.content.decode().startswith(
        "oldname=&name=Olga%20S&office=201&mobile=202&other=&ring=Auto&group=All%20Contacts&line=-1&photo=&autoDivert="
        "&token="
    )


# --- answers that are none ---------------------------------------------------------------------------------


class Altered(Talk):
    """The phone, with one of its answers exchanged."""

    def alter(self, part, **changes):
        self.part, self.changes = part, changes
        return self

    def exchange(self, request):
        answer = super().exchange(request)
        if self.part not in request.target:
            return answer
        fields = {name: getattr(answer, name) for name in ("status", "headers", "content", "path", "at")}
        return Response(**(fields | self.changes))


def altered(kind, part, content=b"", status=200):
    bench = Bench(kind)
    bench.memory.directory.type_in("Бабушка", [("home", "84955550177")])
    bench.session.__class__ = Altered
    bench.session.alter(part, content=content, status=status)
    return bench


CUT = b'<?xml version="1.0"?><AddressBook><Contact><FirstName>Olga</FirstName>'
UNREADABLE = (
    ("gxv-gmi", "savephbk", b"<html>router</html>", 200),
    ("gxv-gmi", "savephbk", b'{"res":"error","msg":"busy"}', 200),
    ("gxv-gmi", "portphbkresponse", b'{"res":"success","msg":"soon"}', 200),
    ("gxv-gmi", "portphbkresponse", b'{"res":"success","phbkresponse":"4"}', 200),
    ("gxv-gmi", "phonebook.xml", CUT, 200),
    ("gxv-gmi", "phonebook.xml", b"<html><body>hello</body></html>", 200),
    ("gxv-gmi", "phonebook.xml", b"<AddressBook/>", 404),
    ("yealink-servlet", "contactsbasic", b"<html><script>var g_page = 1;</script></html>", 200),
    (
        "yealink-servlet",
        "contactsbasic",
        b'<html><script>g_contacts = g_json.ParseJSON("{}");</script></html>',
        200,
    ),
    ("yealink-servlet", "contactsbasic", b'<html><script>g_contacts = g_json.ParseJSON("{\\"con_to', 200),
    (
        "yealink-servlet",
        "contactsbasic",
        b'<html><script>g_contacts = g_json.ParseJSON("{\\"con_total\\":3,\\"con_name\\":[]}");</script></html>',
        200,
    ),
    (
        "yealink-servlet",
        "contactsbasic",
        b'<html><script>g_contacts = g_json.ParseJSON("{\\"con_total\\":1,\\"con_name\\":[\\"a\\",\\"b\\"]}");</script></html>',
        200,
    ),
    ("yealink-servlet", "contactsbasic", b"gone", 500),
    ("yealink-json", "localcontacts", b'{"ret":"ok","data":{}}', 200),
    ("yealink-json", "localcontacts", b'{"ret":"ok","data":{"list":[{"office_number":"1"}]}}', 200),
    ("yealink-json", "localcontacts", b'{"ret":"ok","data":{"list":[{"name":"Ol', 200),
    ("yealink-json", "localcontacts", b"gone", 500),
)


@pytest.mark.parametrize(("kind", "part", "content", "status"), UNREADABLE)
async def test_what_is_no_list_of_contacts_is_never_read_as_a_shorter_one(kind, part, content, status):
    with pytest.raises(UnexpectedResponse):
        await altered(kind, part, content, status).read()


UNWRITTEN = (
    ("gxv-gmi", "setcontact", b"<html>router</html>", 200),
    ("gxv-gmi", "setcontact", b'{"res":"perhaps"}', 200),
    ("gxp16-form", "api-save_contact", b"<html>router</html>", 200),
    ("gxp16-form", "api-save_contact", b"", 500),
    ("yealink-servlet", "updatecontact", b"", 500),
    ("yealink-servlet", "contactsbasic", b"<html>no token</html>", 200),
    (
        "yealink-servlet",
        "contactsbasic",
        b'<html><script>g_contacts = g_json.ParseJSON("{\\"con_total\\":0}");</script></html>',
        200,
    ),
)


@pytest.mark.parametrize(("kind", "part", "content", "status"), UNWRITTEN)
async def test_an_answer_to_a_contact_that_is_not_understood_is_an_error(kind, part, content, status):
    with pytest.raises(UnexpectedResponse):
        await altered(kind, part, content, status).write(OLGA)


@pytest.mark.parametrize(
    "content",
    [
        b'{"phbkresponse":"0"}',
        b'{"Response":"Success","phbkresponse":0}',
        b'{"res":"success","msg":[{"phbkresponse":"0"}]}',
        b'"{"res": "success", "msg" : "0"}"',
    ],
)
async def test_the_end_of_an_export_is_understood_wherever_it_is_said(content):
    # Of the emulated phones, one that is not busy: its file is there at the first question.
    quick = [one for one in (Bench("gxv-gmi", number) for number in HABITS) if await is_quick(one)]
    bench = quick[0]
    bench.memory.directory.type_in("Olga", [("home", "84955550177")])
    bench.session.__class__ = Altered
    bench.session.alter("portphbkresponse", content=content, status=200)
    assert "84955550177" in {number.number for one in await bench.read() for number in one.numbers}


async def is_quick(bench):
    await bench.read()
    return sum("portphbkresponse" in request.target for request in bench.session.asked) == 1


async def test_a_phone_that_never_ends_its_export_is_given_up():
    with pytest.raises(PhoneTimeout, match="still writing"):
        await altered("gxv-gmi", "portphbkresponse", b'{"res":"success","msg":"1"}').read()


@pytest.mark.parametrize(
    "target",
    [
        "/manager?action=putportphbk&portClear=1&portReplace=0&format=json",
        "/manager?action=putdownphbk&flag=1&downClear=1&format=json",
        "/manager?action=removecontact&id=1&format=json",
        "/manager?action=deletecontact&id=1&format=json",
    ],
)
def test_orders_that_clear_or_remove_are_noted_as_intrusions(target):
    phone, _ = grandstream_sheet.emulated("gxv-gmi")
    http = grandstream_sheet.Browser(phone)
    grandstream_sheet.gmi_sign_in(http)
    http.get(target)
    assert phone.intrusions == [target]


@pytest.mark.parametrize(
    ("info", "says"),
    [
        ("", "contact information is empty"),
        ("::::::201::::::::", "contact information is empty"),
        ("::::::201::::::", "wrong format"),
        ("x::Olga::::201::::::::", "wrong format"),
        ("7::Olga::::201::::::::", "set contact failed"),
    ],
)
def test_an_emulated_gmi_refuses_in_the_words_of_the_sheet(info, says):
    phone, _ = grandstream_sheet.emulated("gxv-gmi")
    http = grandstream_sheet.Browser(phone)
    grandstream_sheet.gmi_sign_in(http)
    answer = http.get(f"/manager?action=setcontact&contactInfo={info}&format=json")
    assert grandstream_sheet.lenient(answer.content.decode())["msg"] == says
