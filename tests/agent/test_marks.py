"""The memory of a refused password."""

import pytest

from phonesync.agent import refusals
from phonesync.agent.refusals import Refusals, fingerprint
from phonesync.driver.session import Credentials

URL = "http://192.0.2.11"
OLD = Credentials(username="admin", password="secret-one")


def test_the_same_credentials_are_known_again():
    assert Refusals().is_refused(fingerprint(URL, OLD), URL, OLD)


@pytest.mark.parametrize(
    ("url", "username", "password"),
    [
        ("http://192.0.2.12", "admin", "secret-one"),
        (URL, "root", "secret-one"),
        (URL, "admin", "secret-two"),
        (URL, "admi", "nsecret-one"),
    ],
)
def test_another_address_user_or_password_is_not_refused(url, username, password):
    other = Credentials(username=username, password=password)
    assert not Refusals().is_refused(fingerprint(URL, OLD), url, other)


def test_nothing_refused_means_nothing_refused():
    assert not Refusals().is_refused(None, URL, OLD)


def test_the_hash_holds_no_secret_and_differs_each_time():
    one, other = fingerprint(URL, OLD), fingerprint(URL, OLD)
    assert one != other
    assert "secret-one" not in one


def test_a_hash_of_an_unknown_scheme_stops_the_phone_rather_than_risking_a_second_try():
    assert Refusals().is_refused("argon9$abc", URL, OLD)


def test_the_slow_hash_is_worked_out_once_for_the_same_question(monkeypatch):
    refused = fingerprint(URL, OLD)
    calls = []
    slow = refusals.fingerprint
    monkeypatch.setattr(refusals, "fingerprint", lambda *args, **more: calls.append(1) or slow(*args, **more))
    memory = Refusals()
    assert [memory.is_refused(refused, URL, OLD) for _ in range(5)] == [True] * 5
    assert len(calls) == 1
    assert not memory.is_refused(refused, URL, Credentials(username="admin", password="new"))
    assert len(calls) == 2
