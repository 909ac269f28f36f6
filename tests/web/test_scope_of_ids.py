"""Whatever stands in an address: what is outside of its reader's scope is not there, for every route and role.

Generated from the routes of the site: each address with a parameter is filled with ids of what others have. A
new parameter, or a new endpoint that needs a body, fails until it is said here what is outside of a scope.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from phonesync.journal.access import BUILT_IN
from phonesync.journal.exports import ExportFormat
from phonesync.web import guard, site
from tests.web.people import OUTSIDERS, REACHED, ROLES
from tests.web.showcase import RULES
from tests.web.test_scope import is_in

pytestmark = pytest.mark.anyio

EVERYBODYS = (
    "/users/",
    "/api/v1/users/",
    "/status/deliveries/",
    "/api/v1/deliveries/",
    "/tags/",
    "/api/v1/tags/",
)
"""Nothing of these is anybody's own: who may ask for one may ask for all."""

ENDPOINTS = [
    (method, route.path, rule)
    for route, rule in guard.rules(*site.ROUTERS)
    for method in sorted(route.methods - {"HEAD"})
    if "{" in route.path and not isinstance(rule, guard.Public) and not route.path.startswith(EVERYBODYS)
]
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("page", "tags"): {"tag": 1, "on": "1"},
    ("page", "number-tags"): {"tag": 1, "on": "1", "party": "+74955550001"},
    ("page", "star"): {"favourite": "1", "rating": "3"},
    ("page", "private"): {"on": "1"},
    ("page", "comments"): {"text": "Strange"},
    ("page", "{call_id}"): {"step": "taken"},
    ("api", "star"): {"favourite": True, "rating": 3},
    ("api", "private"): {"private": True},
    ("api", "comments"): {"text": "Strange"},
    ("api", "steps"): {"step": "taken"},
}
"""By the end of an address: what its endpoint takes, so that it gets as far as looking for what is asked."""

QUIET = {"/account/sessions/{number}/end", "/account/tokens/{number}/revoke"}
"""Pages that lead back to the account, whether there was anything to end or not."""


class Strangers:
    """What is outside of a role's scope, by parameter.

    Args:
        site: The site; what is lacking is made.
        role: The role.
    """

    def __init__(self, site: Any, role: str) -> None:
        store = site.store
        store.apply_callback_rules(RULES)
        users = {name: store.user(name).id for name in ROLES}
        other = users["head" if role == "administrator" else "administrator"]
        calls = {call.outside: call.id for call in store.calls()}
        reached = set() if role == "auditor" else REACHED[role]
        hidden = [f"+7{OUTSIDERS[name][1:]}" for name in OUTSIDERS if name not in reached]
        self.known = [(calls[f"+7{OUTSIDERS[name][1:]}"], f"+7{OUTSIDERS[name][1:]}") for name in reached]
        session = store.open_session(
            other,
            digest="another",
            expires_at=site.clock.now() + timedelta(days=1),
            peer="192.0.2.60",
            browser="Another",
            complete=True,
        )
        token = store.add_token(
            other, digest="token", name="x", permissions=(), expires_at=site.clock.now() + timedelta(days=1)
        )
        comments = [store.comment_call(calls[party], "Secret", user_id=other).id for party in hidden]
        self.values: dict[str, list[Any]] = {
            "call_id": [calls[party] for party in hidden] or ["unheard-of"],
            # An analyst reaches all calls, and no number of them.
            "party": list(calls) if role == "analyst" else hidden or ["+74955559999"],
            "export_id": [store.ask_export(other, "", ExportFormat.CSV, total=None).id],
            "comment_id": comments or [999],
            "filter_id": [store.save_filter("Secret", "tab=missed", user_id=other).id],
            "sessions": [session],
            # Who looks after users may end anybody's token.
            "tokens": [999 if role == "administrator" else token],
            "tag_id": [store.tags()[0].id],
        }

    def addresses(self, path: str) -> list[str]:
        """An address with each thing that is outside."""
        (first, *_) = re.findall(r"\{(\w+)\}", path)
        of = re.search(r"/(\w+)/\{number\}", path)
        values = self.values[of[1] if of else first]
        rest = path.replace("{tag_id}", str(self.values["tag_id"][0]))
        return [re.sub(r"\{\w+\}", str(value), rest, count=1) for value in values]


def kept(store: Any) -> list[Any]:
    """All that nobody outside may have changed."""
    said = [store.marks_of(call.id, user_id=store.user(role).id) for call in store.calls() for role in ROLES]
    exports = [(one.id, one.state) for role in ROLES for one in store.exports(store.user(role).id)]
    filters = [store.saved_filters(store.user(role).id) for role in ROLES]
    tags = [store.number_tags(call.outside) for call in store.calls() if call.outside]
    sessions = [store.sessions_of(store.user(role).id, idle_s=1e9) for role in ROLES]
    tokens = [one.id for one in store.tokens()]
    return [said, exports, filters, tags, [[one.id for one in some] for some in sessions], tokens]


@pytest.mark.parametrize("role", ROLES)
async def test_no_endpoint_shows_or_changes_what_is_outside_of_its_readers_scope(site, role):
    strangers, wrong = Strangers(site, role), []
    async with site.client(role) as client:
        before = kept(site.store)
        for method, path, rule in ENDPOINTS:
            kind = "api" if path.startswith("/api/") else "page"
            body = BODIES.get((kind, path.rpartition("/")[2])) if method in ("POST", "PUT") else None
            for address in strangers.addresses(path):
                sent = {} if body is None else {"json" if kind == "api" else "data": body}
                answer = await client.request(method, address, **sent)
                may = not rule.any_of or bool(rule.any_of & BUILT_IN[role])
                wanted = 404 if may else 403
                if path in QUIET:
                    wanted = 303
                elif role == "analyst" and "{party}" in path and may:
                    wanted = 400  # Numbers are masked for this role: it is told so.
                # A page leads back to its own address, in which a reader typed the number himself.
                strange = [number for number in OUTSIDERS.values() if number[-7:] not in address]
                shown = [number for number in strange if is_in(number, answer.text)]
                if answer.status_code != wanted or shown:
                    wrong.append(f"{method} {address} ({path}): {answer.status_code}, not {wanted}; {shown}")
    assert not wrong, "\n".join(wrong)
    assert kept(site.store) == before


@pytest.mark.parametrize("role", ["employee", "head", "administrator"])
async def test_the_same_addresses_show_what_is_within_the_scope(site, role):
    strangers, wrong, asked = Strangers(site, role), [], 0
    async with site.client(role) as client:
        for method, path, _ in ENDPOINTS:
            if method != "GET" or not re.search(r"(call_id|party)", path):
                continue
            if path.endswith("/recording") or "/callbacks/" in path:
                continue
            for call_id, party in strangers.known:
                answer = await client.get(path.replace("{call_id}", call_id).replace("{party}", party))
                asked += 1
                if answer.status_code != 200:
                    wrong.append(f"{path}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert asked
