"""Marks of credentials."""

import pytest

from phonesync.agent import marks
from phonesync.agent.marks import Marks, mark_of
from phonesync.driver.session import Credentials

URL = "http://192.0.2.11"
OLD = Credentials(username="admin", password="secret-one")


def fits(mark, url=URL, credentials=OLD, *, in_doubt=False):
    return Marks().fits(mark, url, credentials, in_doubt=in_doubt)


def test_the_same_credentials_are_known_again():
    assert fits(mark_of(URL, OLD))
    assert fits(mark_of(URL, OLD, salt=b"of another process"))


@pytest.mark.parametrize(
    ("url", "username", "password"),
    [
        ("http://192.0.2.12", "admin", "secret-one"),
        (URL, "root", "secret-one"),
        (URL, "admin", "secret-two"),
        (URL, "admi", "nsecret-one"),
    ],
)
def test_another_address_user_or_password_does_not_fit(url, username, password):
    assert not fits(mark_of(URL, OLD), url, Credentials(username=username, password=password))


def test_where_nothing_was_marked_nothing_fits():
    assert not fits(None, in_doubt=True)


def test_a_mark_holds_no_secret_and_differs_by_process_and_address():
    one = mark_of(URL, OLD)
    assert one != mark_of(URL, OLD, salt=b"of another process")
    assert one.rpartition("$")[2] != mark_of("http://192.0.2.12", OLD).rpartition("$")[2]
    assert "secret-one" not in one


@pytest.mark.parametrize("in_doubt", [True, False])
def test_a_mark_of_an_unknown_scheme_is_judged_as_its_reader_is_safe(in_doubt):
    assert fits("argon9$abc", in_doubt=in_doubt) is in_doubt


def test_a_password_that_is_no_unicode_has_a_mark_too():
    odd = Credentials(username="admin", password="\udcff")
    assert fits(mark_of(URL, odd), credentials=odd)


def test_the_slow_hash_is_worked_out_once_for_the_same_question(monkeypatch):
    mark = mark_of(URL, OLD)
    calls = []
    slow = marks.mark_of
    monkeypatch.setattr(marks, "mark_of", lambda *args, **more: calls.append(1) or slow(*args, **more))
    memory = Marks()
    assert memory.known(mark, URL, OLD) is None
    assert [memory.fits(mark, URL, OLD, in_doubt=True) for _ in range(5)] == [True] * 5
    assert memory.known(mark, URL, OLD) is True
    assert len(calls) == 1
    new = Credentials(username="admin", password="new")
    assert memory.known(mark, URL, new) is None
    assert not memory.fits(mark, URL, new, in_doubt=True)
    assert len(calls) == 2


def test_phones_that_share_a_password_share_the_slow_part(monkeypatch):
    made = []
    slow = marks.hashlib.scrypt
    monkeypatch.setattr(marks.hashlib, "scrypt", lambda *args, **more: made.append(1) or slow(*args, **more))
    shared = Credentials(username="admin", password="shared by all")
    assert len({mark_of(f"http://192.0.2.{number}", shared) for number in range(50)}) == 50
    assert len(made) == 1


@pytest.mark.anyio
async def test_an_event_loop_is_told_what_has_worked():
    memory = Marks()
    mark = await memory.mark(URL, OLD)
    assert await memory.proven(mark, URL, OLD)
    assert await memory.proven(mark, URL, OLD)
    assert not await memory.proven(None, URL, OLD)
    assert not await memory.proven(mark, URL, Credentials(username="admin", password="new"))
    assert not await memory.proven("argon9$abc", URL, OLD)
