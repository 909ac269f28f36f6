"""Texts that the store keeps in English, in the reader's language."""

import random
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from phonesync.agent import health
from phonesync.errors import LockedOut, PhoneBusy, PlanRefused, SignInRefused, Unsupported
from phonesync.journal.acts import ACTIONS
from phonesync.store.records import PhoneStanding, PhoneState
from phonesync.transport.backend import Phase
from phonesync.transport.faults import Failure, translate
from phonesync.transport.target import Bounds, Target
from phonesync.web.audit_words import ACTION_WORDS, detail_words, object_words
from phonesync.web.kept import KeptTexts, Piece, form
from phonesync.web.languages import kept_texts, translations
from tools.kept_sentences import PARTS, SAID_ELSEWHERE, modules, said_in, without_places

NOW = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)
RUSSIAN = kept_texts("ru")


def said(text):
    """A text in Russian, of which every piece is ours."""
    pieces = RUSSIAN.said(text)
    assert all(piece.is_ours for piece in pieces), pieces
    return " ".join(piece.text for piece in pieces)


def test_sentences_behind_one_another_are_found_each_by_itself():
    assert said(
        "Phone hall at http://192.0.2.11 refused the connection. "
        "Check that its web interface is switched on, and the port."
    ) == (
        "Телефон hall (http://192.0.2.11) отказал в соединении. "
        "Проверьте, включён ли его веб-интерфейс, и порт."
    )


def test_a_value_that_is_a_sentence_of_ours_is_translated_too():
    assert said("tried again after a failure; not sooner, because the sign-in got no verdict") == (
        "новая попытка после неудачи; не раньше, потому что исход входа неизвестен"
    )
    assert said("missed, received could overflow; not sooner, to be polite to the phone") == (
        "может переполниться список: пропущенные, принятые; не раньше, чтобы не беспокоить телефон"
    )


def test_quoted_words_of_a_phone_are_one_value_whatever_they_look_like():
    assert said(
        'The driver yealink does not recognise this phone: it answered with a page titled "Acme Inc. Router". '
        "Check the address, or leave driver out so that every driver is asked."
    ).startswith(
        "Драйвер yealink не узнаёт этот телефон: он ответил страницей с заголовком «Acme Inc. Router». Пров"
    )


def test_what_came_from_outside_stays_as_it_is_and_is_told_apart():
    assert RUSSIAN.said("Out of cheese. Is the path right?") == (
        Piece(text="Out of cheese.", is_ours=False),
        Piece(text="Верен ли путь?", is_ours=True),
    )
    assert RUSSIAN.said("Out of cheese; the longest time between two reads") == (
        Piece(text="Out of cheese;", is_ours=False),
        Piece(text="наибольшее время между двумя чтениями", is_ours=True),
    )
    assert RUSSIAN.said("One. Two.") == (Piece(text="One. Two.", is_ours=False),)
    assert RUSSIAN.said("") == ()


def test_a_text_too_long_for_us_is_not_looked_through():
    text = "a. b, c; " * 1000
    assert RUSSIAN.said(text) == (Piece(text=text.strip(), is_ours=False),)


def test_english_is_shown_as_it_is_kept():
    assert kept_texts("en").said("Is the path right?") == (Piece(text="Is the path right?", is_ours=False),)


def test_the_form_that_says_more_is_meant():
    texts = KeptTexts(
        [
            form("%(url)s cannot be read.", "U %(url)s"),
            form("The file %(path)s cannot be read.", "F %(path)s"),
        ]
    )
    assert texts.said("The file a cannot be read.")[0].text == "F a"
    assert texts.said("It cannot be read.")[0].text == "U It"
    assert texts.said("cannot be read.")[0].is_ours is False


def test_a_percent_sign_of_a_sentence_is_one():
    assert said("4 of 10 contacts would go (40 %); up to 20 % may go at once") == (
        "исчезли бы 4 (40 %; сейчас контактов: 10), а сразу можно не больше 20 %"
    )


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize(
    "failed",
    [
        httpx.ConnectTimeout("x"),
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        ConnectionRefusedError(),
        ConnectionResetError(),
        ssl.SSLError(),
        OSError(113, "No route to host"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_every_failure_of_a_connection_is_told_in_russian(failed, phase):
    target = Target(name="hall", url="http://192.0.2.11", tls="verify")
    failure = Failure(target=target, bounds=Bounds(), phase=phase, path="/", secrets=frozenset())
    assert "hall" in said(str(translate(failed, failure)))


@pytest.mark.parametrize(
    "error",
    [
        PhoneBusy("Somebody is signed in to the phone's web page from 192.0.2.7."),
        SignInRefused("The phone refused user or password (2 attempts are left)."),
        LockedOut("The phone has locked sign-in for 3 minutes after wrong passwords.", until=NOW),
        Unsupported("The login form names no firmware."),
        PlanRefused(
            "The answer is of another variant or firmware than the last good read, so that its rows cannot "
            "be told from those kept since.",
            hint="It stays in quarantine.",
        ),
        translate(
            TimeoutError(),
            Failure(
                target=Target(name="hall", url="http://192.0.2.11", tls="verify"),
                bounds=Bounds(),
                phase=Phase.HEAD,
                path="/",
                secrets=frozenset(),
            ),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
@pytest.mark.parametrize("unjudged", [False, True])
def test_why_a_phone_is_read_when_it_is_and_what_is_wrong_is_told_in_russian(error, unjudged):
    state = PhoneState(incarnation=1, name="hall", standing=PhoneStanding.UP, failures=2)
    around = health.Circumstances(
        now=NOW, poll=timedelta(hours=1), unanswered=True, unjudged=unjudged, credentials="x"
    )
    after = health.after_failure(state, error, around, random.Random(1)).state
    assert said(after.due_reason)
    assert "hall" in said(after.last_error) or after.standing not in {
        PhoneStanding.REFUSED,
        PhoneStanding.HELD,
    }


def test_a_part_is_said_somewhere_so_that_none_outlives_its_sentence():
    everything = {without_places(text) for path in modules() for text in said_in(path)}
    assert [part for part in PARTS if without_places(part) not in everything] == []
    paths = list(modules())
    assert [one for one in SAID_ELSEWHERE if not any(path.match(one) for path in paths)] == []


def test_every_act_has_a_name_on_the_page_of_the_audit_log():
    assert tuple(ACTION_WORDS) == ACTIONS


def test_what_the_audit_log_tells_besides_is_in_the_readers_words():
    detail = {"role": "head", "changed": ["owner", "role"], "password": False, "filter": "", "way": "link"}
    assert detail_words(detail, translations("ru").gettext) == (
        "роль: руководитель отдела, изменено: сотрудник · роль, пароль: нет, способ: ссылка"
    )
    assert detail_words({"step": "taken", "role": "Own"}, str) == "step: taken, role: Own"


def test_the_audit_log_says_where_somebody_searched_and_names_all_else_as_it_is():
    russian = translations("ru").gettext
    assert object_words("call.search", "why", russian) == "Почему звонка здесь нет?"
    assert object_words("user.add", "why", russian) == "why"
    assert object_words("sign-out", None, russian) == ""
