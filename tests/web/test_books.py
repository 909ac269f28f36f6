"""Phonebooks over real sockets: whom they hold, what is sent when nothing changed, who gets none."""

import asyncio
import base64
from datetime import timedelta

import pytest
from lxml import etree

from phonesync.errors import StoreBusy
from phonesync.store.records import PhoneSpec
from phonesync.store.repository import open_store
from phonesync.web.shelf import Shelf
from phonesync.web.uploads import content_of
from tests import stores
from tests.store.desk import entry, minute, read_of
from tests.web.conftest import told
from tests.web.office import PHONES, Office, OfficeClock

pytestmark = pytest.mark.anyio
YEALINK, GRANDSTREAM = ("desk-101", "book.xml"), ("desk-102", "phonebook.xml")


@pytest.fixture
def office(tmp_path):
    clock = OfficeClock()
    stores.lay(tmp_path / "phonesync.db")
    with open_store("sqlite:///phonesync.db", clock=clock, base=tmp_path) as store:
        store.sync_phones([PhoneSpec(name=name) for name in PHONES])
        made = Office(store=store, folder=tmp_path, clock=clock)
        made.configure()
        made.put(("Olga & <Co>", "84951234567"), ("Ivan", "201"))
        made.put(("Team mate", "202"), source="team")
        yield made


def names(answer):
    root = etree.fromstring(answer.plain)
    return [node.text for node in root.iter("Name", "FirstName", "LastName") if node.text]


def reasons(lines):
    return [line["reason"] for line in lines if line["event"] == "refused"]


async def test_each_phone_gets_what_its_owner_may_see_in_the_form_it_reads(office):
    async with office.open():
        yealink, grandstream = await office.fetch(*YEALINK), await office.fetch(*GRANDSTREAM)
    assert names(yealink) == ["Ivan", "Olga & <Co>"]
    assert sorted(names(grandstream)) != names(yealink)
    assert b"Team" in grandstream.plain
    assert yealink.headers["content-type"] == "text/xml; charset=utf-8"
    assert yealink.headers["cache-control"] == "private, no-cache"


async def test_an_unchanged_book_is_not_sent_again(office):
    async with office.open():
        first = await office.fetch(*YEALINK)
        tag, date = first.headers["etag"], first.headers["last-modified"]
        unchanged = [
            await office.fetch(*YEALINK, f"If-None-Match: {tag}"),
            await office.fetch(*YEALINK, f'If-None-Match: "other", W/{tag}'),
            await office.fetch(*YEALINK, "If-None-Match: *"),
            await office.fetch(*YEALINK, f"If-Modified-Since: {date}"),
        ]
        other = [
            await office.fetch(*YEALINK, 'If-None-Match: "other"', f"If-Modified-Since: {date}"),
            await office.fetch(*YEALINK, "If-Modified-Since: Mon, 02 Mar 2026 08:00:00 GMT"),
            await office.fetch(*YEALINK, "If-Modified-Since: yesterday"),
            await office.fetch(*YEALINK, "If-Modified-Since: Mon, 02 Mar 99999999999 08:00:00 GMT"),
        ]
        await office.fetch(*YEALINK, "If-Modified-Since: Mon, 02 Mar 2036 08:00:00")
    assert [(answer.status, answer.content) for answer in unchanged] == [(304, b"")] * 4
    assert all(answer.headers["etag"] == tag for answer in unchanged)
    assert [(answer.status, answer.content) for answer in other] == [(200, first.content)] * 4


async def test_changed_contacts_change_the_book_and_its_tag(office):
    async with office.open():
        first = await office.fetch(*YEALINK)
        office.put(("Olga", "84951234567"))
        second = await office.fetch(*YEALINK, f"If-None-Match: {first.headers['etag']}")
        dated = await office.fetch(*YEALINK, f"If-Modified-Since: {first.headers['last-modified']}")
    assert (second.status, names(second)) == (200, ["Olga"])
    assert dated.status == 200


async def test_a_book_is_compressed_for_phones_that_take_it(office):
    office.put(*((f"Name {at}", str(200 + at)) for at in range(50)))
    async with office.open():
        plain = await office.fetch(*YEALINK)
        packed = await office.fetch(*YEALINK, "Accept-Encoding: deflate, gzip;q=0.5")
        refused = await office.fetch(*YEALINK, "Accept-Encoding: gzip;q=0")
        again = await office.fetch(
            *YEALINK, "Accept-Encoding: gzip", f"If-None-Match: {packed.headers['etag']}"
        )
        office.put(("Olga", "201"))
        small = await office.fetch(*YEALINK, "Accept-Encoding: gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.plain == plain.content
    assert len(packed.content) < len(plain.content) / 4
    assert packed.headers["etag"] != plain.headers["etag"]
    assert [answer.headers["vary"] for answer in (plain, packed)] == ["Accept-Encoding"] * 2
    assert "content-encoding" not in refused.headers
    assert again.status == 304
    assert "content-encoding" not in small.headers


async def test_head_tells_the_same_without_the_content(office):
    async with office.open():
        got, head = await office.fetch(*YEALINK), await office.fetch(*YEALINK, method="HEAD")
    assert head.content == b""
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == str(len(got.content))


async def test_basic_authentication_is_asked_for_where_it_is_configured(office, lines):
    def basic(text):
        return f"Authorization: Basic {base64.b64encode(text.encode()).decode()}"

    office.configure(web='[web]\nusername = "phones"\npassword = "sésame"\n')
    async with office.open():
        unknown = await office.fetch(*YEALINK)
        right = await office.fetch(*YEALINK, basic("phones:sésame"))
        wrong = [
            await office.fetch(*YEALINK, header)
            for header in (
                basic("phones:x"),
                basic("x:sésame"),
                "Authorization: Basic ?",
                "Authorization: Digest x",
            )
        ]
        stranger = await office.ask("/b/AAAAAAAAAAAAAAAAAAAAAA/book.xml", basic("phones:sésame"))
    assert unknown.status == 401
    assert unknown.headers["www-authenticate"].startswith("Basic realm=")
    assert right.status == 200
    assert [answer.status for answer in wrong] == [401] * 4
    assert stranger.status == 404
    assert reasons(lines) == ["User or password of a phonebook is wrong.", "The address belongs to no phone."]
    assert "sésame" not in str(lines)


async def test_a_password_that_cannot_be_had_after_a_reload_gives_nothing_away(office):
    async with office.open():
        assert (await office.fetch(*YEALINK)).status == 200
        office.configure(web='[web]\nusername = "phones"\npassword = { env = "NOT_SET" }\n')
        assert (await office.fetch(*YEALINK)).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/b/{token}/book%2exml",
        "/%62/{token}/book.xml",
        "/b/{token}/other.xml",
        "/b/{token}/{token}",
        "/b/{token}/{token}.xml",
        "/b/{token}/phonebook.xml",
        "/b/{token}/",
        "/b/{token}",
        "/b/{token}/../{token}/book.xml",
        "/b/{token}/..%2fbook.xml",
        "/b/{token}%2fbook.xml",
        "/b/{token}/%2e%2e/%2e%2e/etc/passwd",
        "/b/{token}/book.xml/",
        "/b//{token}/book.xml",
        "/b/{other}/book.xml",
        "/b/%00/book.xml",
        "/b/%ff%fe/book.xml",
        "/b/{upper}/book.xml",
        "/e/{token}/in",
        "/",
        "/favicon.ico",
        "/openapi.json",
    ],
)
async def test_every_other_address_is_answered_alike(office, path, lines):
    token = office.store.address_of("desk-101")
    other = "A" * len(token)
    async with office.open():
        nowhere = await office.ask("/nowhere")
        found = await office.ask(path.format(token=token, other=other, upper=token.swapcase()))
    assert (found.status, found.content) == (404, b"")
    dateless = [answer.head.replace(answer.headers["date"].encode(), b"") for answer in (found, nowhere)]
    assert dateless[0] == dateless[1]
    assert token not in str(lines)


async def test_a_file_of_another_phone_is_had_by_its_own_address_only(office):
    async with office.open():
        assert (await office.fetch("desk-102", "book.xml")).status == 404
        assert (await office.fetch("desk-101", "phonebook.xml")).status == 404


async def test_a_stranger_who_goes_on_trying_is_logged_once(office, lines):
    async with office.open():
        answers = [await office.ask(f"/b/{'A' * 21}{at}/book.xml") for at in range(9)]
        by_other = await told(office.port, b"GET /b/x/book.xml HTTP/1.0\r\n\r\n", source="127.0.0.3")
    assert {answer.status for answer in answers} == {404}
    assert by_other.startswith(b"HTTP/1.1 404")
    assert reasons(lines) == ["The address belongs to no phone."] * 2


async def test_a_renewed_address_ends_the_one_before(office):
    before = office.path(*YEALINK)
    async with office.open():
        assert (await office.ask(before)).status == 200
        office.store.renew_address("desk-101")
        office.clock.elapsed += 60
        assert (await office.ask(before)).status == 404
        assert (await office.fetch(*YEALINK)).status == 200


async def test_a_phone_that_left_the_configuration_gets_nothing(office):
    path = office.path(*GRANDSTREAM)
    async with office.open():
        assert (await office.ask(path)).status == 200
        office.reload("desk-102", "desk-999")
        assert (await office.ask(path)).status == 404


async def test_a_phone_nobody_has_identified_is_known_by_what_it_asks_for_and_as_whom(office):
    async with office.open():
        unknown = await office.fetch("desk-103", "none.xml")
        by_file = [await office.fetch("desk-103", file) for file in ("phonebook.xml", "book.xml")]
        by_agent = await office.fetch("desk-103", "book.xml", "User-Agent: Yealink SIP-T46G 28.83.0.120")
        # Phones of vendors that are never asked have to be named in the configuration.
        unnamed = await office.fetch("desk-103", "tbook.xml")
    assert b"<AddressBook>" in by_file[0].plain
    assert b"<YealinkIPPhoneDirectory>" in by_file[1].plain
    assert b"<YealinkIPPhoneDirectory>" in by_agent.plain
    assert [unknown.status, unnamed.status] == [404, 404]


@pytest.mark.parametrize(
    ("agent", "typed"),
    [
        ("Grandstream Model HW GXP1628 SW 1.0.4.138 DevId 00005e005328", True),
        ("Grandstream Model HW GXP1405  V1.3A SW 1.0.5.26 DevId 00:00:5E:00:53:14", False),
        ("Desk Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 00005e005300", False),
        ("curl/8", True),
    ],
)
async def test_a_phone_whose_model_nobody_read_gets_its_dialect_by_the_name_it_fetches_under(
    office, agent, typed
):
    office.put(("Olga", "84951234567"))
    async with office.open():
        await office.fetch(*GRANDSTREAM)
        book = await office.fetch(*GRANDSTREAM, f"User-Agent: {agent}")
    phones = etree.fromstring(book.plain).iterfind("Contact/Phone")
    assert {phone.get("type") is not None for phone in phones} == {typed}


async def test_no_contact_at_all_never_empties_a_phone(office, lines):
    async with office.open():
        first = await office.fetch(*YEALINK)
        office.put()
        empty = await office.fetch(*YEALINK, f"If-None-Match: {first.headers['etag']}")
        kept = await office.fetch(*GRANDSTREAM)
        office.put(("Olga", "84951234567"))
        back = await office.fetch(*YEALINK)
    assert (empty.status, empty.headers["retry-after"], empty.content) == (503, "300", b"")
    assert names(kept) != []
    assert names(back) == ["Olga"]
    assert reasons(lines) == ["There is no contact that desk-101 may see, so it keeps the book it has."]


OWN = (
    b'<root_group><group display_name="All Contacts" ring="Auto"/></root_group>'
    b'<root_contact><contact display_name="Typed" office_number="555" mobile_number="" other_number="" line="-1"'
    b' ring="Auto" group_id_name="All Contacts"/></root_contact>'
)
UPLOAD = "00005e005301-contact.xml"


async def test_contacts_that_would_be_replaced_are_only_offered_with_the_phones_own_copy(office, lines):
    async with office.open():
        before = await office.fetch("desk-101", "contact.xml")
        put = await office.fetch("desk-101", UPLOAD, method="PUT", body=OWN)
        after = await office.fetch("desk-101", "contact.xml")
    assert (before.status, put.status, after.status) == (404, 200, 200)
    assert b'display_name="Typed"' in after.content
    assert b'display_name="Ivan"' in after.content
    assert "this phone has uploaded none" in reasons(lines)[0]


async def test_an_upload_may_come_inside_a_form(office):
    form = (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nno file\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="c.xml"\r\nContent-Type: text/xml\r\n\r\n'
        + OWN
        + b"\r\n--x--\r\n"
    )
    async with office.open():
        kind = "Content-Type: multipart/form-data; boundary=x"
        assert (
            await office.fetch(
                "desk-101",
                UPLOAD.upper().replace("CONTACT.XML", "contact.xml"),
                kind,
                method="POST",
                body=form,
            )
        ).status == 200
    assert office.store.own_book("desk-101", "contact.xml").content == OWN


@pytest.mark.parametrize(
    ("phone", "file", "body"),
    [
        ("desk-101", UPLOAD, b""),
        ("desk-101", UPLOAD, b" \r\n"),
        ("desk-101", "000000000000-contact.xml", OWN),
        ("desk-101", "contact.xml", OWN),
        ("desk-101", "00005e005301-book.xml", OWN),
        ("desk-101", "00005e005301-calllog.xml", OWN),
        ("desk-102", UPLOAD, OWN),
    ],
)
async def test_what_is_no_copy_of_own_contacts_is_not_taken(office, phone, file, body):
    async with office.open():
        assert (await office.fetch(phone, file, method="PUT", body=body)).status == 404
    assert office.store.own_book(phone, "contact.xml") is None


async def test_a_form_without_a_file_is_not_taken(office):
    async with office.open():
        kind = "Content-Type: multipart/form-data; boundary=x"
        assert (await office.fetch("desk-101", UPLOAD, kind, method="POST", body=b"--x--\r\n")).status == 404


async def test_a_form_in_a_form_in_a_form_is_only_opened_once(office):
    form = b"".join(
        b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n" % (depth, depth + 1)
        for depth in range(2000)
    )
    async with office.open():
        kind = "Content-Type: multipart/form-data; boundary=0"
        assert (await office.fetch("desk-101", UPLOAD, kind, method="POST", body=form)).status == 200
    assert office.store.own_book("desk-101", "contact.xml").content.startswith(b"--1\r\n")


@pytest.mark.parametrize(
    ("kind", "body", "content"),
    [
        ("multipart/form-data", b"--x\r\n\r\na\r\n--x--", b""),
        ("multipart/form-data; boundary=x", b"before\r\n--x\r\n\r\n-xml\r\n--x--\r\nafter", b"-xml"),
        ('Multipart/Form-Data; boundary="x y"', b"--x y\n\na\n\nb\n--x y--\n", b"a\n\nb"),
        ("multipart/form-data; boundary=x", b"--x\r\nA: b\r\n--x\r\nA: b\r\n\r\n \r\n--x\r\n\r\nc", b"c"),
        ("text/xml", b"--x\r\n\r\na", b"--x\r\n\r\na"),
    ],
)
def test_a_form_is_cut_at_its_own_boundary(kind, body, content):
    assert content_of(body, kind) == content


async def test_a_copy_that_nobody_understands_is_merged_with_nothing(office, lines):
    async with office.open():
        await office.fetch("desk-101", UPLOAD, method="PUT", body=OWN[:50])
        assert (await office.fetch("desk-101", "contact.xml")).status == 404
    assert len(reasons(lines)) == 1


async def test_a_phone_that_replaces_another_one_is_not_given_what_that_one_held(office):
    async with office.open():
        await office.fetch("desk-101", UPLOAD, method="PUT", body=OWN)
        for _ in range(3):
            assert (await office.fetch("desk-101", "contact.xml")).status == 200
        office.clock.instant += timedelta(seconds=1)
        office.store.new_incarnation("desk-101", mac=None, reason="replaced")
        assert (await office.fetch("desk-101", "contact.xml")).status == 404
        await office.fetch("desk-101", UPLOAD, method="PUT", body=OWN)
        assert (await office.fetch("desk-101", "contact.xml")).status == 200


async def test_an_upload_that_breaks_off_replaces_nothing(office):
    async with office.open():
        path = office.path("desk-101", UPLOAD)
        head = f"PUT {path} HTTP/1.1\r\nContent-Length: 5000\r\n\r\n".encode()
        await told(office.port, head, OWN, half_close=True)
        assert (await office.fetch("desk-101", "contact.xml")).status == 404
    assert office.store.own_book("desk-101", "contact.xml") is None


async def test_a_stranger_uploads_nothing(office):
    async with office.open():
        assert (await office.ask(f"/b/AAAA/{UPLOAD}", method="PUT", body=OWN)).status == 404
        assert (await office.ask(office.path(*YEALINK), method="DELETE")).status == 404


async def test_what_a_phone_fetched_is_noted(office):
    async with office.open():
        await office.fetch(*YEALINK, "User-Agent: Yealink SIP-T46G 28.83.0.120")
        office.clock.instant += timedelta(minutes=2)
        await office.fetch(*YEALINK)
        office.clock.instant += timedelta(seconds=2)
        await office.fetch(*YEALINK)
    (served,) = office.store.served_books()
    assert (served.phone, served.file, served.entries, served.left_out) == ("desk-101", "book.xml", 2, 0)
    assert served.asked_at - served.taken_at == timedelta(minutes=2)
    async with office.open():
        office.clock.instant += timedelta(minutes=2)
        await office.fetch(*YEALINK)
    (later,) = office.store.served_books()
    assert (later.taken_at, later.etag) == (served.taken_at, served.etag)


async def test_the_limit_of_a_phone_is_the_configurations_where_it_has_one(office):
    office.reload('name = "desk-103"', 'name = "desk-103"\ndriver = "yealink"\nphonebook_entries = 1')
    async with office.open():
        assert names(await office.fetch("desk-103", "book.xml")) == ["Ivan"]
    assert office.store.served_books("desk-103")[0].left_out == 1


async def test_a_number_is_written_as_the_phone_met_it_and_its_contact_comes_first(office):
    rows = [entry("a", remote_number="74951234567", started_at=minute(0))]
    office.store.commit(read_of(office.store.phone("desk-101"), minute(1), new=rows))
    async with office.open():
        found = await office.fetch(*YEALINK)
    assert names(found) == ["Olga & <Co>", "Ivan"]
    assert b"<Telephone>74951234567</Telephone>" in found.content


async def test_the_canary_changes_with_the_hour_and_with_nothing_else(office):
    office.reload('title = "Names"', 'title = "Names"\ncanary = true')
    async with office.open():
        first = await office.fetch(*YEALINK)
        office.clock.instant += timedelta(minutes=59)
        same = await office.fetch(*YEALINK, f"If-None-Match: {first.headers['etag']}")
        office.clock.instant += timedelta(minutes=1)
        later = await office.fetch(*YEALINK, f"If-None-Match: {first.headers['etag']}")
    assert names(first)[0] == "✓ phonesync 2026-03-02 12:00"
    assert same.status == 304
    assert names(later)[0] == "✓ phonesync 2026-03-02 13:00"


async def test_a_book_that_had_to_make_room_is_made_again(office):
    office.shelf = Shelf(most_bytes=1)
    async with office.open():
        first, other = await office.fetch(*YEALINK), await office.fetch(*GRANDSTREAM)
        again = await office.fetch(*YEALINK)
        unchanged = await office.fetch(*GRANDSTREAM, f"If-None-Match: {other.headers['etag']}")
    assert again.content == first.content
    assert unchanged.status == 304


async def test_many_phones_that_ask_at_once_get_one_book(office):
    async with office.open():
        answers = await asyncio.gather(*(office.fetch(*YEALINK) for _ in range(20)))
    assert len({answer.content for answer in answers}) == 1


async def test_a_store_that_is_away_is_answered_with_later(office, monkeypatch):
    def away():
        raise StoreBusy("The store is locked.")

    async with office.open():
        path = office.path(*YEALINK)
        monkeypatch.setattr(office.store, "contacts_version", away)
        assert (await office.ask(path)).status == 503
        monkeypatch.undo()
        assert (await office.ask(path)).status == 200


async def test_a_phone_that_asks_by_post_is_answered(office):
    office.reload('name = "desk-103"', 'name = "desk-103"\ndriver = "snom"')
    async with office.open():
        asked = await office.fetch("desk-103", "tbook.xml", method="POST", body=b"<query/>")
        fetched = await office.fetch("desk-103", "tbook.xml")
        others = await office.fetch("desk-103", "directory.xml", method="POST", body=b"<query/>")
    assert (asked.status, asked.content) == (200, fetched.content)
    assert b"<last_name>Ivan</last_name>" in asked.plain
    assert others.status == 404
