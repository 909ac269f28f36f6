"""Broken copies of the toy driver, each with the check that must find it out."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from lxml import etree

from phonesync.driver.contract import PhoneContext, Quirk, Variant
from phonesync.driver.session import Credentials, LoginFlow, Request, Response, Session
from phonesync.errors import SignInRefused, UnexpectedResponse
from phonesync.model import CallLog, CallLogEntry, PhoneIdentity, PhoneStatus, Snapshot, no_quirks
from tests.toyvendor.driver import ToyDriver
from tests.toyvendor.login import BasicLogin
from tests.toyvendor.quirks import V1, V2

MUTANTS: dict[str, list[type[ToyDriver]]] = {}
"""Name of a check to the drivers it must reject."""


def found_by(check: str) -> Callable[[type[ToyDriver]], type[ToyDriver]]:
    def register(mutant: type[ToyDriver]) -> type[ToyDriver]:
        MUTANTS.setdefault(check, []).append(mutant)
        return mutant

    return register


def nothing_of(variant: Variant) -> CallLog:
    return CallLog(snapshots=tuple(Snapshot(list_code=code, entries=()) for code in variant.lists))


def each_row(log: CallLog, change: Callable[[CallLogEntry], CallLogEntry]) -> CallLog:
    return replace(
        log,
        snapshots=tuple(
            replace(snapshot, entries=tuple(change(row) for row in snapshot.entries))
            for snapshot in log.snapshots
        ),
    )


@found_by("gives_the_expected_values")
class DropsTheOldestRow(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        log = await super().read_call_log(session, phone=phone)
        return replace(log, snapshots=tuple(replace(s, entries=s.entries[:-1]) for s in log.snapshots))


@found_by("gives_the_expected_values")
class SwapsTwoLists(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        log = await super().read_call_log(session, phone=phone)
        other = {"in": "lost", "lost": "in"}

        def swapped(snapshot: Snapshot) -> Snapshot:
            code = other.get(snapshot.list_code, snapshot.list_code)
            rows = tuple(replace(row, list_code=code) for row in snapshot.entries)
            return replace(snapshot, list_code=code, entries=rows)

        return replace(log, snapshots=tuple(swapped(snapshot) for snapshot in log.snapshots))


@found_by("gives_the_expected_values")
class LosesTheDuration(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        log = await super().read_call_log(session, phone=phone)
        return each_row(log, lambda row: replace(row, duration_s=None))


@found_by("gives_the_expected_values")
class InventsTheYear(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        log = await super().read_call_log(session, phone=phone)
        year = session.now().year
        return each_row(log, lambda row: replace(row, wall=row.wall and replace(row.wall, year=year)))


@found_by("gives_the_expected_values")
class NormalisesTheNumber(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        log = await super().read_call_log(session, phone=phone)
        digits = re.compile(r"\D")
        return each_row(
            log,
            lambda row: replace(row, remote_number=row.remote_number and digits.sub("", row.remote_number)),
        )


@found_by("gives_the_expected_values")
class KeepsNoRawAnswer(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        return replace(await super().read_call_log(session, phone=phone), raw=())


@found_by("gives_the_expected_values")
class ForgetsTheEmptyLists(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        log = await super().read_call_log(session, phone=phone)
        return replace(log, snapshots=tuple(s for s in log.snapshots if s.entries))


@found_by("gives_the_expected_values")
class TakesAWrongPasswordForAnOddPage(ToyDriver):
    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        class Vague(BasicLogin):
            def sign_in(self, credentials: Credentials, *, now: datetime) -> Any:
                try:
                    return (yield from super().sign_in(credentials, now=now))
                except SignInRefused as error:
                    raise UnexpectedResponse("The phone answered something else.") from error

        return Vague()


@found_by("a_cut_answer_is_an_error_or_the_same_value")
class ReadsACutPage(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        class Repaired:
            now = session.now

            async def send(self, request: Request, /) -> Response:
                response = await session.send(request)
                parser = etree.XMLParser(recover=True)
                root = etree.fromstring(response.content or b"<calls/>", parser)
                if root is None or root.tag != "calls":
                    return response
                for code in phone.variant.lists:
                    if root.find(f"list[@code='{code}']") is None:
                        etree.SubElement(root, "list", code=code)
                return replace(response, content=etree.tostring(root))

        return await super().read_call_log(Repaired(), phone=phone)


@found_by("a_foreign_answer_is_an_error")
class TakesASignInPageForAnEmptyList(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        try:
            return await super().read_call_log(session, phone=phone)
        except UnexpectedResponse as error:
            if b"<form" in error.content:
                return nothing_of(phone.variant)
            raise


@found_by("a_foreign_answer_is_an_error")
class RaisesKeyError(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        return await super().read_call_log(self.peeking(session), phone=phone)

    def peeking(self, session: Session) -> Session:
        class Peeking:
            now = session.now

            async def send(self, request: Request, /) -> Response:
                response = await session.send(request)
                if response.content.startswith(b"<?xml"):
                    assert etree.fromstring(response.content).attrib["time"]
                return response

        return Peeking()


@found_by("a_broken_answer_is_an_error")
class TakesAnErrorForAnEmptyList(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        try:
            return await super().read_call_log(session, phone=phone)
        except UnexpectedResponse as error:
            if error.status is not None and error.status >= 500:
                return nothing_of(phone.variant)
            raise


@found_by("a_broken_answer_is_an_error")
class NeverGivesUp(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        while True:
            try:
                return await super().read_call_log(session, phone=phone)
            except UnexpectedResponse:
                continue


@found_by("values_are_frozen")
class ReturnsADictionary(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        return replace(await super().read_call_log(session, phone=phone), accounts={})


@found_by("reads_do_not_disturb_each_other")
class RemembersThePhone(ToyDriver):
    last: Variant = V2

    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        type(self).last = phone.variant
        response = await session.send(Request(path="/calls.xml"))
        replayed = _Given(session, response)
        return await super().read_call_log(replayed, phone=replace(phone, variant=type(self).last))


class _Given:
    """A session with one answer."""

    def __init__(self, session: Session, response: Response) -> None:
        self.now = session.now
        self.response = response

    async def send(self, request: Request, /) -> Response:
        return self.response


@found_by("asks_only_what_is_recorded")
class DialsWhileReading(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        await session.send(Request(path="/dial.xml?number=201"))
        return await super().read_call_log(session, phone=phone)


@found_by("asks_only_what_is_recorded")
class ClearsAfterATrouble(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        try:
            return await super().read_call_log(session, phone=phone)
        except UnexpectedResponse:
            await session.send(Request(path="/calls.xml?clear=all", method="POST"))
            raise


@found_by("identifies_its_own_phone")
class OverlooksOldFirmware(ToyDriver):
    async def identify(self, session: Session) -> PhoneIdentity | None:
        found = await super().identify(session)
        return found and replace(found, variant="v2")


@found_by("a_cut_answer_is_not_another_phone")
class IdentifiesFromHalfAPage(ToyDriver):
    async def identify(self, session: Session) -> PhoneIdentity | None:
        response = await session.send(Request(path="/about.xml"))
        found = re.search(rb'maker="Toy" model="(\w+)" firmware="(\d)([.\d]*)', response.content)
        if found is None:
            return None
        model, major, minor = (part.decode() for part in found.groups())
        return PhoneIdentity(vendor="toy", variant=f"v{major}", model=model, firmware=major + minor)


@found_by("strangers_are_not_recognised")
class RecognisesEverybody(ToyDriver):
    async def identify(self, session: Session) -> PhoneIdentity | None:
        found = await super().identify(session)
        return found or PhoneIdentity(vendor="toy", variant="v1")


@found_by("strangers_are_not_recognised")
class KnocksWithAPassword(ToyDriver):
    async def identify(self, session: Session) -> PhoneIdentity | None:
        await session.send(
            Request(path="/account.xml", headers=(("Authorization", "Basic YWRtaW46YWRtaW4="),))
        )
        return await super().identify(session)


@found_by("hostile_names_survive")
class CleansNames(ToyDriver):
    async def read_call_log(self, session: Session, *, phone: PhoneContext) -> CallLog:
        log = await super().read_call_log(session, phone=phone)
        return each_row(log, lambda row: replace(row, remote_name=row.remote_name and row.remote_name[:64]))


@found_by("secrets_stay_secret")
class NamesThePassword(ToyDriver):
    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        class Chatty(BasicLogin):
            def sign_in(self, credentials: Credentials, *, now: datetime) -> Any:
                try:
                    return (yield from super().sign_in(credentials, now=now))
                except SignInRefused as error:
                    raise SignInRefused(
                        f"{credentials.username}:{credentials.password} was refused."
                    ) from error

        return Chatty()


@found_by("secrets_stay_secret")
class LogsTheRequest(ToyDriver):
    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        class Logging(BasicLogin):
            def authorize(self, request: Request, signed_in: Any) -> Request:
                logging.getLogger("toy").debug("authorised with %s", dict(signed_in.values))
                return super().authorize(request, signed_in)

        return Logging()


@found_by("secrets_stay_secret")
class PutsThePasswordIntoThePath(ToyDriver):
    def login_flow(self, *, phone: PhoneContext) -> LoginFlow:
        class Plain(BasicLogin):
            def sign_in(self, credentials: Credentials, *, now: datetime) -> Any:
                signed_in = yield from super().sign_in(credentials, now=now)
                yield Request(path=f"/account.xml?password={credentials.password}")
                return signed_in

        return Plain()


@found_by("gives_the_expected_status")
class StumblesOverTheStatus(ToyDriver):
    async def read_status(self, session: Session, *, phone: PhoneContext) -> PhoneStatus:
        response = await session.send(Request(path="/calls.xml"))
        return PhoneStatus(zone=response.headers[99][0])


@found_by("variants_agree_with_themselves")
class CountsAListTwice(ToyDriver):
    variants: Mapping[str, Variant] = MappingProxyType(
        {"v1": replace(V1, pools=(("out", "in"), ("in", "lost"))), "v2": V2}
    )


@found_by("each_variant_has_a_fixture")
class ClaimsMoreThanItShows(ToyDriver):
    variants: Mapping[str, Variant] = MappingProxyType({"v1": V1, "v2": V2, "v3": replace(V2, name="v3")})


@found_by("quirks_are_documented")
class HasASilentQuirk(ToyDriver):
    quirks: tuple[Quirk, ...] = (Quirk(name="pool", values=("own", "shared"), note=""),)


@found_by("quirks_are_documented")
class LosesAListToAQuirk(ToyDriver):
    def capabilities(
        self,
        identity: PhoneIdentity,
        *,
        quirks: Mapping[str, str] = no_quirks(),
    ) -> Variant:
        variant = super().capabilities(identity, quirks=quirks)
        return replace(variant, pools=variant.pools[:1]) if quirks else variant
