"""Sends what goes out by itself: digests at set times, and whatever waits for a mail server or a webhook.

Everything waits in the store until somebody has taken it, so that nothing is lost when the process ends.
What cannot be delivered is tried again, ever more rarely, for a day. What is wrong is said once when it
begins and once when it is over; a target that takes nothing keeps the others waiting only now and then.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
import structlog

from phonesync.agent.writer import StoreWriter
from phonesync.clock import Clock
from phonesync.config.resolving import resolve_outgoing_secret
from phonesync.errors import ConfigError, SourceError
from phonesync.journal import digests
from phonesync.journal.named_calls import Parties, as_data
from phonesync.journal.outgoing import Message, content_of, headers_of, mail_body, mail_of, next_attempt
from phonesync.journal.shown_names import Names

if TYPE_CHECKING:
    from phonesync.config import Config
    from phonesync.config.outgoing import DigestConfig
    from phonesync.journal.digests import Digest
    from phonesync.store.journal.deliveries import Delivery
    from phonesync.store.repository import Store

_log = structlog.get_logger(__name__)

SEND_S = 10
"""How often it is looked whether something is to go out."""

LATE = timedelta(hours=1)
"""A digest whose time has passed so long ago is not sent any more: the agent did not run then."""

REST = timedelta(minutes=1)
"""A target that took nothing is left alone for so long, whatever else waits for it."""

PATIENCE_S = 20.0
"""A webhook may take so long for an answer."""

KEPT = timedelta(days=30)
"""What went out is forgotten after so long."""

TIDY = timedelta(hours=12)
"""How often it is looked for what is to be forgotten."""

_PROBLEM = 300
_SUCCESS = range(200, 300)

Compose: TypeAlias = Callable[["Digest"], Message]
"""Puts a digest into words."""


class NotDelivered(SourceError):
    """Nobody took a delivery; it is tried again."""


class Outgoing:
    """Sends digests, mails and webhooks.

    Args:
        config: Gives the configuration in force.
        writer: The thread in front of the store.
        clock: Where time comes from.
        env: Environment variables that secrets may come from; the process's own by default.
        trust: Authorities that servers are judged by; those of the machine by default.

    Attributes:
        compose: Puts digests into words; without it none are made.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        *,
        writer: StoreWriter,
        clock: Clock,
        env: Mapping[str, str] | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._config, self._writer, self._clock, self._env = config, writer, clock, env
        self.compose: Compose | None = None
        self._trust = trust
        # A server may take its time; an agent that stops does not wait for such a thread.
        self._sender = writer.beside()
        self._wrong: dict[str, str] = {}
        self._rests: dict[str, datetime] = {}
        self._tidied: datetime | None = None

    async def work(self) -> None:
        """Queues digests that are due, and sends what waits, one after the other.

        Raises:
            StoreError: The store cannot be used.
        """
        config = self._config()
        for wanted in config.outgoing.digests:
            await self._queue(config, wanted)
        for target in await self._sender.keep(lambda store: store.due_targets()):
            await self._serve(config, target)
        await self._forget()

    async def _forget(self) -> None:
        """Removes what went out long ago, now and then."""
        now = self._clock.now()
        if self._tidied is None or now - self._tidied >= TIDY:
            self._tidied = now
            await self._writer.keep(lambda store: store.forget_deliveries(now - KEPT))

    # --- digests ----------------------------------------------------------------------------------------

    async def _queue(self, config: Config, wanted: DigestConfig) -> None:
        now, compose = self._clock.now(), self.compose
        slot = wanted.slot(now, digests.zone_of(config, wanted))
        if compose is None or slot is None or now - slot > LATE:
            return
        done = f"digest {wanted.name} {slot:%Y-%m-%dT%H:%MZ}"

        def made(store: Store) -> Digest | None:
            return None if store.is_queued(done) else digests.make(config, store, wanted, slot=slot, now=now)

        digest = await self._sender.keep(made)
        if digest is None:
            return
        bodies: dict[str, dict[str, Any]] = {}
        if digest.waiting or wanted.empty:
            message = compose(digest)
            bodies = {f"{done} {to}": mail_body(to, message) for to in wanted.to}
            if wanted.webhook is not None:
                bodies[f"{done} webhook"] = digests.body_of(digest)
        await self._writer.keep(lambda store: store.queue_deliveries(done, wanted.name, bodies))

    # --- sending ----------------------------------------------------------------------------------------

    async def _serve(self, config: Config, target: str) -> None:
        """Sends what waits for one target, until it takes nothing."""
        rests = self._rests.pop(target, None)
        if rests is not None and rests > self._clock.now():
            self._rests[target] = rests
            return
        while waiting := await self._sender.keep(lambda store: store.due_deliveries(target)):
            for delivery in waiting:
                if not await self._send(config, delivery):
                    self._rests[target] = self._clock.now() + REST
                    return

    async def _send(self, config: Config, delivery: Delivery) -> bool:
        """Sends one; returns whether somebody took it."""
        try:
            await self._sender.run(partial(self._sent, config, delivery))
        except (NotDelivered, ConfigError) as error:
            await self._failed(delivery, error.message[:_PROBLEM])
            return False
        await self._writer.keep(lambda store: store.delivered(delivery.id))
        if self._wrong.pop(delivery.target, None) is not None:
            _log.info("delivered again", target=delivery.target)
        return True

    async def _failed(self, delivery: Delivery, problem: str) -> None:
        again = next_attempt(delivery.made_at, delivery.attempts + 1, self._clock.now())
        await self._writer.keep(lambda store: store.not_delivered(delivery.id, problem, next_at=again))
        if again is None:
            _log.error("delivery given up", target=delivery.target, delivery=delivery.id)
        elif delivery.target not in self._wrong:
            _log.warning("not delivered", target=delivery.target, delivery=delivery.id, problem=problem)
        self._wrong[delivery.target] = problem

    def _sent(self, config: Config, delivery: Delivery, store: Store) -> None:
        """Runs in the thread.

        Raises:
            NotDelivered: Nobody took it.
            ConfigError: A secret cannot be had.
        """
        body = json.loads(delivery.body)
        if "mail" in body:
            self._mail(config, delivery, body)
            return
        url = _address(config, delivery.target)
        if "call_id" in body:
            body = _with_call(config, store, body)
        content = content_of(body, key=delivery.key, made_at=delivery.made_at)
        headers = headers_of(
            content,
            event=body["event"],
            key=delivery.key,
            secret=resolve_outgoing_secret(config, delivery.target, env=self._env),
            now=self._clock.now(),
        )
        self._post(url, content, headers)

    def _post(self, url: str, content: bytes, headers: Mapping[str, str]) -> None:
        verify = self._trust or ssl.create_default_context()
        try:
            answer = httpx.post(
                url,
                content=content,
                headers=headers,
                timeout=PATIENCE_S,
                verify=verify,
                follow_redirects=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Only its kind: the words may hold the address, which may be a secret.
            raise NotDelivered(f"The webhook cannot be reached: {type(error).__name__}.") from error
        if answer.status_code not in _SUCCESS:
            raise NotDelivered(f"The webhook answered {answer.status_code}.")

    def _mail(self, config: Config, delivery: Delivery, body: Mapping[str, Any]) -> None:
        server = config.outgoing.mail
        if server is None:
            raise NotDelivered("The configuration has no table [mail].")
        password = resolve_outgoing_secret(config, "", env=self._env)
        mail = mail_of(body, sender=server.sender, key=delivery.key, made_at=delivery.made_at)
        context = self._trust or ssl.create_default_context()
        timeout, place = server.timeout.total_seconds(), (server.host.strip("[]"), server.served_port)
        try:
            with (
                smtplib.SMTP_SSL(*place, timeout=timeout, context=context)
                if server.tls == "tls"
                else smtplib.SMTP(*place, timeout=timeout)
            ) as smtp:
                if server.tls == "starttls":
                    smtp.starttls(context=context)
                if server.username is not None:
                    smtp.login(server.username, password)
                smtp.send_message(mail)
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"The mail server answered {error.smtp_code}.") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise NotDelivered("The mail server does not take mail for this address.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"The mail server cannot be used: {_kind(error)}.") from error


def _address(config: Config, target: str) -> str:
    """Where a target is told.

    Raises:
        NotDelivered: The configuration does not say.
    """
    outgoing = config.outgoing
    found = {hook.name: hook.url for hook in outgoing.webhooks}
    found |= {one.name: one.webhook for one in outgoing.digests if one.webhook is not None}
    if target not in found:
        raise NotDelivered(f'The configuration has no webhook "{target}".')
    return found[target]


def _with_call(config: Config, store: Store, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the call in place of its id.

    Raises:
        NotDelivered: The call is not there any more.
    """
    more = {name: value for name, value in body.items() if name != "call_id"}
    call = store.call(body["call_id"])
    if call is None:
        raise NotDelivered("The call is not there any more.")
    return more | {"call": as_data(Parties(Names(config, store)).named(call))}


def _kind(error: Exception) -> str:
    reason = getattr(error, "strerror", None)
    return str(reason).lower() if reason else type(error).__name__
