"""What a CardDAV server may answer that it should not: bounded, refused, one sentence."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from phonesync.contacts import carddav, dav
from phonesync.contacts.carddav import Access, harvest
from phonesync.errors import SourceError

pytestmark = pytest.mark.network

HEAD = '<?xml version="1.0"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">'
BOOK = (
    f"{HEAD}<response><href>/book/</href><propstat><prop><resourcetype><collection/><C:addressbook/></resourcetype>"
    "</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
)


def row(href, etag='"1"', data=""):
    card = f"<C:address-data>{data}</C:address-data>" if data else ""
    return (
        f"<response><href>{href}</href><propstat><prop><getetag>{etag}</getetag>{card}</prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def card(name):
    return f"BEGIN:VCARD\nVERSION:3.0\nUID:{name}\nFN:{name}\nTEL:5\nEND:VCARD\n"


@contextmanager
def serving(answer) -> Iterator[Access]:
    """A server; ``answer(method, path, body)`` gives status, headers and body."""

    class Handler(BaseHTTPRequestHandler):
        def reply(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            status, headers, content = answer(self.command, self.path, body)
            content = content if isinstance(content, bytes) else content.encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_PROPFIND = do_REPORT = reply  # noqa: N815  http.server's names

        def log_message(self, *_):
            del _

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Access(
            url=f"http://127.0.0.1:{server.server_port}/book/", username="u", password="sesame", tls="verify",
            ca_file=None,
        )  # fmt: skip
        server.shutdown()
        thread.join()


def of_book(method, path, body, *, report):
    if method == "PROPFIND" and "getetag" not in body:
        return 207, {}, BOOK
    return report(method, path, body)


def refused(answer) -> str:
    with serving(answer) as access, pytest.raises(SourceError) as told:
        harvest(access, token=None, kept=())
    assert "sesame" not in str(told.value)
    assert "\n" not in told.value.message
    return told.value.message


def test_an_answer_that_is_not_xml_or_no_multistatus_is_refused():
    assert "not XML" in refused(lambda *_: (207, {}, "<html><br></html>"))
    assert "no WebDAV multistatus" in refused(lambda *_: (207, {}, "<html/>"))
    assert "is no WebDAV resource" in refused(lambda *_: (200, {}, "hello"))


def test_entities_are_not_resolved():
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c SYSTEM "file:///etc/passwd">]><multistatus xmlns="DAV:"><response><href>/&b;&c;</href>'
        "</response></multistatus>"
    )
    assert dav.answer(bomb.encode(), base="http://h/").resources in (
        (),
        (dav.Resource(url="http://h/", gone=False),),
    )


def test_an_answer_without_an_end_is_cut(monkeypatch):
    monkeypatch.setattr(carddav, "LARGEST", 100_000)
    assert "more than 0 MiB" in refused(lambda *_: (207, {}, "x" * 200_000))
    packed = gzip.compress(b"x" * 10_000_000)
    assert "more than 0 MiB" in refused(lambda *_: (207, {"Content-Encoding": "gzip"}, packed))


def test_the_password_never_goes_to_another_server():
    seen = []

    def other(method, path, body):
        seen.append(method)
        return 207, {}, BOOK

    with serving(other) as elsewhere:
        told = refused(lambda *_: (301, {"Location": elsewhere.url}, ""))
    assert "leads to another server" in told
    assert seen == []


def test_a_redirect_within_the_server_is_followed_with_the_same_method_but_not_for_ever():
    def answer(method, path, body):
        if path == "/book/":
            return 301, {"Location": "/moved/"}, ""
        return of_book(
            method, path, body, report=lambda *_: (207, {}, f"{HEAD}<sync-token>t</sync-token></multistatus>")
        )

    with serving(answer) as access:
        assert harvest(access, token=None, kept=()).found == ()
    assert "without an end" in refused(lambda *_: (302, {"Location": "/book/"}, ""))


def test_cards_of_other_servers_and_cards_nobody_asked_for_are_left_out():
    def report(method, path, body):
        if "sync-collection" in body:
            rows = row("/book/a.vcf") + row("http://192.0.2.1/evil.vcf") + row("http://[/")
            return 207, {}, f"{HEAD}{rows}<sync-token>t</sync-token></multistatus>"
        assert "evil" not in body
        return (
            207,
            {},
            f"{HEAD}{row('/book/a.vcf', data=card('Anna'))}{row('/book/b.vcf', data=card('Eve'))}</multistatus>",
        )

    with serving(lambda *words: of_book(*words, report=report)) as access:
        brought = harvest(access, token=None, kept=())
    assert [one.name for one in brought.found] == ["Anna"]


def test_a_card_that_the_server_does_not_send_is_told():
    def report(method, path, body):
        if "sync-collection" in body:
            return 207, {}, f"{HEAD}{row('/book/a.vcf')}<sync-token>t</sync-token></multistatus>"
        return 207, {}, f"{HEAD}</multistatus>"

    with serving(lambda *words: of_book(*words, report=report)) as access:
        brought = harvest(access, token=None, kept=())
    assert [str(remark) for remark in brought.remarks] == ["a.vcf: the server did not send this card"]


def test_an_answer_spread_over_several_is_followed_and_one_that_never_ends_is_not(monkeypatch):
    asked = []

    def report(method, path, body):
        if "sync-collection" not in body:
            rows = "".join(row(f"/book/{n}.vcf", data=card(f"N{n}")) for n in range(3))
            return 207, {}, f"{HEAD}{rows}</multistatus>"
        n = len(asked)
        asked.append(body)
        more = "<response><href>/book/</href><status>HTTP/1.1 507 Full</status></response>" if n < 2 else ""
        return 207, {}, f"{HEAD}{row(f'/book/{n}.vcf')}{more}<sync-token>t{n}</sync-token></multistatus>"

    with serving(lambda *words: of_book(*words, report=report)) as access:
        brought = harvest(access, token=None, kept=())
    assert [one.name for one in brought.found] == ["N0", "N1", "N2"]
    assert "<sync-token>t1</sync-token>" in asked[2]
    monkeypatch.setattr(carddav, "MOST_ROUNDS", 2)
    asked.clear()
    assert "does not come to an end" in refused(lambda *words: of_book(*words, report=report))


def test_more_cards_than_any_company_has_are_refused(monkeypatch):
    monkeypatch.setattr(carddav, "MOST_CARDS", 2)
    rows = "".join(row(f"/book/{n}.vcf") for n in range(3))
    many = f"{HEAD}{rows}<sync-token>t</sync-token></multistatus>"
    assert "more than 2 cards" in refused(lambda *words: of_book(*words, report=lambda *_: (207, {}, many)))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "refuses the user or the password"),
        (403, "does not allow this user"),
        (500, "is no WebDAV resource"),
    ],
)
def test_a_server_that_does_not_let_us_in_is_told(status, told):
    assert told in refused(lambda *_: (status, {}, "no"))


def test_a_server_that_fails_in_the_middle_is_an_error_and_no_smaller_book():
    def report(method, path, body):
        if "sync-collection" in body:
            return 207, {}, f"{HEAD}{row('/book/a.vcf')}<sync-token>t</sync-token></multistatus>"
        return 500, {}, "no"

    assert "answered REPORT with HTTP 500" in refused(lambda *words: of_book(*words, report=report))
