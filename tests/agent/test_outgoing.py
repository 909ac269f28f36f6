"""The agent sends digests, mails and webhooks to servers that really listen, once each."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import ssl
from datetime import timedelta
from itertools import pairwise

import pytest

from phonesync.farm.certificates import self_signed, server_context
from phonesync.journal.outgoing import KEY, SIGNATURE, TIMESTAMP, Message, digest, signature
from phonesync.store.records import PhoneSpec
from tests.agent.receivers import mail_server, webhook
from tests.store.journal.said import PARTY, keep_call

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """What is sent to this machine goes there directly."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def sending(lab):
    """What sends, by a configuration with some tables more."""

    class Sending:
        def agent(self, tables, **env):
            lab.env |= env
            lab.site = "Office"
            write = lab.write

            def written():
                file = write()
                file.write_text(file.read_text() + tables)
                return file

            lab.write = written
            agent = lab.agent()
            agent.outgoing.compose = lambda one: Message(
                subject=f"{one.waiting} waiting", text="Звонки:\n.\n"
            )
            return agent

        def later(self, span):
            lab.clock.advance(lab.clock.now() + span)

    return Sending()


def hook(heard, **more):
    keys = "".join(f"{name} = {value}\n" for name, value in more.items())
    return f'[[webhook]]\nname = "crm"\nurl = "http://127.0.0.1:{heard.port}/hook?token=t"\n{keys}'


async def test_a_webhook_is_told_once_and_what_it_is_told_is_signed(lab, sending):
    with webhook() as heard:
        agent = sending.agent(hook(heard, secret='{ env = "CRM" }'), CRM="sesame")
        assert lab.store.queue_delivery("key", "crm", {"event": "test", "text": "Звонок"})
        assert not lab.store.queue_delivery("key", "crm", {"event": "test", "text": "again"})
        for _ in range(2):
            await agent.outgoing.work()
    ((path, headers, content),) = heard.requests
    assert path == "/hook?token=t"
    told = json.loads(content)
    assert (told["event"], told["text"], told["id"]) == ("test", "Звонок", headers[KEY])
    assert headers[SIGNATURE] == signature(content, stamp=headers[TIMESTAMP], secret="sesame")
    (kept,) = lab.store.deliveries()
    assert (kept.attempts, kept.next_at, kept.delivered_at) == (1, None, lab.clock.now())


async def test_what_is_refused_is_tried_again_ever_more_rarely_for_a_day(lab, sending, events):
    with webhook() as heard:
        agent = sending.agent(hook(heard))
        lab.store.queue_delivery("key", "crm", {"event": "test"})
        heard.status = 503
        tried = []
        for _ in range(26 * 60):
            before = len(heard.requests)
            await agent.outgoing.work()
            if len(heard.requests) > before:
                tried.append(lab.clock.now())
            sending.later(MINUTE)
        gaps = [(later - earlier) // MINUTE for earlier, later in pairwise(tried)]
        assert gaps[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
        (kept,) = lab.store.deliveries()
        assert (kept.next_at, kept.delivered_at) == (None, None)
        assert kept.problem == "The webhook answered 503."
        assert events() == ["not delivered", "delivery given up"]
        heard.status = 204
        lab.store.queue_delivery("other", "crm", {"event": "test"})
        await agent.outgoing.work()
        assert events()[2:] == ["delivered again"]


async def test_one_target_that_takes_nothing_does_not_keep_others_waiting(lab, sending):
    with webhook() as heard, webhook() as dead:
        dead.status = 302
        tables = hook(heard) + hook(dead).replace('"crm"', '"chat"')
        agent = sending.agent(tables)
        for number in range(3):
            lab.store.queue_delivery(f"chat {number}", "chat", {"event": "test"})
            lab.store.queue_delivery(f"crm {number}", "crm", {"event": "test"})
        lab.store.queue_delivery("gone", "nobody", {"event": "test"})
        for _ in range(2):
            await agent.outgoing.work()
        assert (len(heard.requests), len(dead.requests)) == (3, 1)
        problems = {one.key: one.problem for one in lab.store.deliveries()}
        assert problems["gone"] == 'The configuration has no webhook "nobody".'
        sending.later(MINUTE)
        await agent.outgoing.work()
        assert len(dead.requests) == 2


async def test_a_webhook_that_is_away_or_whose_secret_is_missing_is_said_without_its_address(lab, sending):
    with webhook() as heard:
        tables = hook(heard)
    agent = sending.agent(tables + hook(heard, secret='{ env = "NOT_SET" }').replace('"crm"', '"chat"'))
    for target in ("crm", "chat"):
        lab.store.queue_delivery(target, target, {"event": "test"})
    await agent.outgoing.work()
    problems = {one.key: one.problem for one in lab.store.deliveries()}
    assert problems["crm"] == "The webhook cannot be reached: ConnectError."
    assert "the environment variable NOT_SET is not set." in problems["chat"]


async def test_a_settled_call_is_told_once_as_it_is_when_it_is_sent(lab, sending):
    with webhook() as heard:
        agent = sending.agent(hook(heard))
        lab.store.sync_phones([PhoneSpec(name="desk-101", extension="101")])
        call_id = keep_call(lab.store, "desk-101", settled=True)
        call = lab.store.call(call_id)
        tell = lab.store.teller("call.settled", agent.config.outgoing.told_of("call.settled"))
        lab.clock.advance(call.started_at + timedelta(days=6))
        with lab.store._database.write() as connection:
            tell(connection, {}, [call])
            tell(connection, {}, [call])
            tell(connection, {call_id: call}, [call])
        lab.store.queue_delivery("gone", "crm", {"event": "call.settled", "call_id": "gone"})
        await agent.outgoing.work()
        ((_, headers, content),) = heard.requests
        assert headers["X-Phonesync-Event"] == "call.settled"
        assert json.loads(content)["call"]["calling"]["e164"] == PARTY
        problems = {one.key: one.problem for one in lab.store.deliveries()}
        assert problems["gone"] == "The call is not there any more."
        lab.clock.advance(call.started_at + timedelta(days=8))
        other = keep_call(lab.store, "desk-101", 1, settled=True)
        with lab.store._database.write() as connection:
            tell(connection, {}, [lab.store.call(other)])
        assert not lab.store.is_queued(f"call.settled crm {other}")
    assert lab.store.teller("call.settled", ()) is None


# --- digests ----------------------------------------------------------------------------------------------

MAIL = '[mail]\nhost = "127.0.0.1"\nport = {port}\ntls = "{tls}"\nfrom = "phonesync@office.example"\n{more}'
DIGEST = '[[digest]]\nname = "Sales"\nat = ["09:00", "14:00"]\n'


def trusting(certificate):
    return ssl.create_default_context(
        cadata=certificate.pem.decode().partition("-----END PRIVATE KEY-----")[2]
    )


@pytest.mark.parametrize(("tls", "at_once"), [("none", False), ("starttls", False), ("tls", True)])
async def test_a_digest_goes_by_mail_to_each_address_once(lab, sending, tls, at_once):
    certificate = None if tls == "none" else self_signed("127.0.0.1")
    context = None if certificate is None else server_context(certificate)
    user = "" if tls == "none" else 'username = "us"\npassword = { env = "MAIL" }\n'
    with mail_server(context, at_once=at_once) as post:
        mail = MAIL.format(port=post.port, tls=tls, more=user)
        to = 'to = ["a@office.example", "b@office.example"]\nempty = true\n'
        agent = sending.agent(mail + DIGEST + to, MAIL="sesame")
        agent.outgoing._trust = None if certificate is None else trusting(certificate)
        lab.clock.advance(lab.clock.now().replace(hour=9, minute=0) + timedelta(days=1))
        for _ in range(3):
            await agent.outgoing.work()
            sending.later(MINUTE)
    assert [to for to, *_ in post.mails] == ["a@office.example", "b@office.example"]
    signed_in = None if tls == "none" else base64.b64encode(b"\0us\0sesame").decode()
    assert {user for _, user, _ in post.mails} == {signed_in}
    read = email.message_from_bytes(post.mails[0][2].encode(), policy=email.policy.default)
    assert (read["Subject"], read["From"]) == ("0 waiting", "phonesync@office.example")
    assert read.get_content().splitlines() == ["Звонки:", "."]
    assert read["Message-ID"].startswith("<")


@pytest.mark.parametrize(
    ("refused", "problem"),
    [
        ({"RCPT": "550 no such user"}, "The mail server does not take mail for this address."),
        ({"MAIL": "451 later"}, "The mail server answered 451."),
        ({"EHLO": "500 what", "HELO": "500 what"}, "The mail server answered 500."),
    ],
)
async def test_a_mail_that_is_not_taken_is_kept_with_the_reason(lab, sending, refused, problem):
    with mail_server() as post:
        post.refuse = refused
        agent = sending.agent(MAIL.format(port=post.port, tls="none", more=""))
        lab.store.queue_delivery(
            "m", "Sales", {"mail": {"to": "a@office.example", "subject": "", "text": ""}}
        )
        await agent.outgoing.work()
        assert lab.store.deliveries()[0].problem == problem
        post.refuse = {}
        sending.later(MINUTE)
        await agent.outgoing.work()
    assert len(post.mails) == 1


async def test_a_server_whose_certificate_is_not_trusted_gets_no_mail_and_no_password(lab, sending):
    with mail_server(server_context(self_signed("127.0.0.1"))) as post:
        user = 'username = "us"\npassword = "sesame"\n'
        agent = sending.agent(MAIL.format(port=post.port, tls="starttls", more=user))
        lab.store.queue_delivery(
            "m", "Sales", {"mail": {"to": "a@office.example", "subject": "", "text": ""}}
        )
        await agent.outgoing.work()
    assert "cannot be used" in lab.store.deliveries()[0].problem
    assert post.mails == []


async def test_mail_without_a_server_is_said(lab, sending):
    agent = sending.agent("")
    lab.store.queue_delivery("m", "Sales", {"mail": {"to": "a@office.example", "subject": "", "text": ""}})
    await agent.outgoing.work()
    assert lab.store.deliveries()[0].problem == "The configuration has no table [mail]."


async def test_a_digest_is_told_to_a_webhook_and_only_while_it_is_fresh(lab, sending):
    with webhook() as heard:
        digests = (
            f'{DIGEST}webhook = "http://127.0.0.1:{heard.port}/"\nempty = true\ndays = ["monday-friday"]\n'
        )
        agent = sending.agent(digests)
        monday = lab.clock.now().replace(hour=10, minute=1) + timedelta(days=7 - lab.clock.now().weekday())
        lab.clock.advance(monday)
        await agent.outgoing.work()
        assert heard.requests == []
        lab.clock.advance(monday.replace(hour=14, minute=59))
        await agent.outgoing.work()
        ((_, headers, content),) = heard.requests
        told = json.loads(content)
        assert (told["event"], told["digest"], told["waiting"], told["callbacks"]) == (
            "callbacks.digest",
            "Sales",
            0,
            [],
        )
        assert told["at"].endswith("T14:00:00Z")
        lab.clock.advance(monday.replace(hour=9, minute=0) + timedelta(days=5))
        await agent.outgoing.work()
        assert len(heard.requests) == 1
        assert headers[KEY] == digest(f"digest Sales {told['at'][:16]}Z webhook")


async def test_nothing_is_sent_where_nothing_waits_and_what_went_out_is_forgotten_after_a_month(lab, sending):
    with webhook() as heard:
        agent = sending.agent(f'{DIGEST}webhook = "http://127.0.0.1:{heard.port}/"\n')
        lab.clock.advance(lab.clock.now().replace(hour=9, minute=1) + timedelta(days=1))
        for _ in range(2):
            await agent.outgoing.work()
        assert (heard.requests, len(lab.store.deliveries())) == ([], 1)
        sending.later(timedelta(days=31, hours=12))
        await agent.outgoing.work()
        assert lab.store.deliveries() == ()
