"""Digests in words, in both languages."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from phonesync.config.outgoing import DigestConfig
from phonesync.journal.callback_states import Step
from phonesync.journal.digests import MOST, body_of, make
from phonesync.web.digest_text import compose
from tests.web.showcase import NOW


def wanted(**more):
    return DigestConfig(name="Morning", at=["09:00"], to=["a@office.example"], **more)


def digest(show, **more):
    return make(show.config, show.store, wanted(**more), slot=NOW, now=NOW + timedelta(minutes=10))


def test_a_digest_lists_who_waits_for_whom(show):
    found = digest(show)
    message = compose(found)
    assert message.subject.startswith(f"Morning: {found.waiting} callers wait")
    assert "- Harbour Logistics (84955550106); for " in message.text
    assert "; missed today 14:26" in message.text
    russian = compose(digest(show, language="ru"))
    assert "пропущен сегодня 14:26" in russian.text
    assert body_of(found)["waiting"] == found.waiting == len(body_of(found)["callbacks"])


def test_a_digest_is_of_the_owners_and_departments_it_names(show):
    everything = digest(show).waiting
    sales = digest(show, departments=["Sales"]).waiting
    assert 0 < sales < everything
    assert digest(show, owners=["Anna Orlova", "Vera Lind"], departments=["Nobody"]).waiting < everything


def test_a_digest_tells_who_took_it_and_what_was_put_off(show):
    first, *_ = digest(show).lines
    anna = show.user("employee").id
    show.store.work_on_callback(first.one.callback, Step.TAKEN, user_id=anna)
    assert "; taken: Anna" in compose(digest(show)).text
    until = NOW + timedelta(hours=3)
    show.store.work_on_callback(first.one.callback, Step.SNOOZED, user_id=anna, until=until, reason="later")
    assert "; next attempt today 19:12" in compose(digest(show)).text


def test_of_many_only_the_number_is_told(show):
    found = digest(show)
    many = replace(found, waiting=found.waiting + MOST, zone=ZoneInfo("UTC"))
    assert compose(many).text.endswith(f"and {MOST} more\n")
