"""CardDAV, spoken to a real Radicale server."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from phonesync.contacts import carddav
from phonesync.contacts.carddav import Access, Server, harvest
from phonesync.contacts.importing import decide
from phonesync.errors import SourceError
from phonesync.numbering import DialPlan
from phonesync.store.contact_records import ContactSourceState
from tests.contacts import radicale

NOW = datetime(2026, 1, 31, tzinfo=UTC)
PLAN = DialPlan(country="RU", area_code="495", extension_length=3)

pytestmark = pytest.mark.network


def access(url, **changed):
    usual = Access(url=url, username=radicale.USER, password=radicale.PASSWORD, tls="verify", ca_file=None)
    return replace(usual, **changed)


def imported(brought, kept=()):
    """What the store holds after an import."""
    state = ContactSourceState(name="dav", kind="carddav")
    decision = decide(brought, state=state, kept=kept, plans=[PLAN], shrink_percent=100, now=NOW)
    left = {one.contact.uid: one for one in kept if one.contact.uid not in decision.change.gone}
    return tuple((left | {one.contact.uid: one for one in decision.change.put}).values())


def names(brought):
    return sorted(one.name for one in brought.found)


@pytest.fixture
def asked(monkeypatch):
    """Cards fetched, as often as they are."""
    urls: list[str] = []
    fetched = Server.cards

    def cards(self, book, wanted):
        urls.extend(url.rsplit("/", 1)[1] for url in wanted)
        return fetched(self, book, wanted)

    monkeypatch.setattr(Server, "cards", cards)
    return urls


def fill(book, count=3):
    for number in range(count):
        book.put(
            f"c{number}.vcf", f"UID:u{number}", f"FN:Анна {number}", f"TEL;TYPE=CELL:+7916000000{number}"
        )


def test_cards_come_with_their_uid_their_address_and_their_etag(book):
    fill(book)
    brought = harvest(access(book.url), token=None, kept=())
    assert names(brought) == ["Анна 0", "Анна 1", "Анна 2"]
    first = next(one for one in brought.found if one.uid == "u0")
    assert first.card == f"{book.url}c0.vcf"
    assert first.etag
    assert first.numbers[0].number == "+79160000000"
    assert brought.remarks == ()


def test_the_sync_token_brings_only_what_has_changed_and_what_is_gone(book, asked):
    fill(book)
    first = harvest(access(book.url), token=None, kept=())
    kept = imported(first)
    asked.clear()
    book.put("c1.vcf", "UID:u1", "FN:Борис", "TEL:201")
    book.delete("c2.vcf")
    second = harvest(access(book.url), token=first.token, kept=kept)
    assert asked == ["c1.vcf"]
    assert names(second) == ["Анна 0", "Борис"]
    assert second.token != first.token
    asked.clear()
    kept = imported(second, kept)
    third = harvest(access(book.url), token=second.token, kept=kept)
    assert asked == []
    assert imported(third, kept) == kept
    assert names(third) == ["Анна 0", "Борис"]


def test_a_refused_token_leads_to_the_whole_listing_and_etags_save_the_cards(book, asked):
    fill(book)
    first = harvest(access(book.url), token=None, kept=())
    kept = imported(first)
    asked.clear()
    book.delete("c0.vcf")
    book.put("c3.vcf", "UID:u3", "FN:Вера", "TEL:203")
    url, of, _ = json.loads(first.token)
    stale = json.dumps([url, of, "http://radicale.org/ns/sync/" + "0" * 64])
    second = harvest(access(book.url), token=stale, kept=kept)
    assert names(second) == ["Анна 1", "Анна 2", "Вера"]
    assert asked == ["c3.vcf"]


def test_without_sync_everything_is_listed(book, monkeypatch, asked):
    monkeypatch.setattr(Server, "_synced", lambda *_: None)
    fill(book)
    first = harvest(access(book.url), token=None, kept=())
    assert first.token is None
    assert names(first) == ["Анна 0", "Анна 1", "Анна 2"]
    book.put("c1.vcf", "UID:u1", "FN:Борис", "TEL:201")
    asked.clear()
    assert names(harvest(access(book.url), token=None, kept=imported(first))) == ["Анна 0", "Анна 2", "Борис"]
    assert asked == ["c1.vcf"]


def test_many_cards_are_fetched_in_several_requests(book, monkeypatch):
    monkeypatch.setattr(carddav, "AT_ONCE", 3)
    fill(book, 8)
    assert len(harvest(access(book.url), token=None, kept=()).found) == 8


def test_the_only_address_book_is_found_from_the_servers_root(book, dav):
    fill(book, 1)
    assert names(harvest(access(dav.url), token=None, kept=())) == ["Анна 0"]


def test_several_address_books_are_named_so_that_one_can_be_chosen(book, dav):
    dav.make_book("second")
    try:
        with pytest.raises(SourceError, match="2 address books") as refused:
            harvest(access(dav.url), token=None, kept=())
        assert book.url in refused.value.hint
    finally:
        dav.delete("second/")


def test_another_url_of_the_source_forgets_the_token(book, dav, asked):
    fill(book, 1)
    first = harvest(access(book.url), token=None, kept=())
    url = dav.make_book("other")
    try:
        assert harvest(access(url), token=first.token, kept=imported(first)).found == ()
    finally:
        dav.delete("other/")


def test_a_wrong_password_is_told_without_showing_it(book):
    with pytest.raises(SourceError, match="refuses the user or the password") as refused:
        harvest(access(book.url, password="wr0ng"), token=None, kept=())
    assert "wr0ng" not in str(refused.value) + repr(access(book.url, password="wr0ng"))


def test_a_bad_card_is_told_and_the_good_ones_go_in(book):
    fill(book, 2)
    book.put("silent.vcf", "UID:s", "FN:Silent")
    brought = harvest(access(book.url), token=None, kept=())
    assert names(brought) == ["Анна 0", "Анна 1"]
    assert [str(remark) for remark in brought.remarks] == ['silent.vcf:1: "Silent" has no number']


def test_a_server_that_is_away_or_shut_is_told(dav):
    with pytest.raises(SourceError, match="cannot be reached"):
        harvest(access("http://127.0.0.1:1/"), token=None, kept=())
    with pytest.raises(SourceError, match=r"does not allow this user"):
        harvest(access(f"{dav.url}.web/nothing"), token=None, kept=())
