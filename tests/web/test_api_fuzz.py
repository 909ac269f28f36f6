"""Whatever the API is asked, it answers as it says: schemathesis asks each operation, signed in as administrator.

``PHONESYNC_EXAMPLES`` says how many questions each operation is asked; make verify asks many. They are the same at
every run with the same number, so that a failure comes again.
"""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from phonesync.web.access.identifying import PLAIN_COOKIE
from phonesync.web.access.secrets import digest
from phonesync.web.api_schema import schema_of
from phonesync.web.site import ROUTERS
from tests.web import people

DOCUMENT = "/api/v1/openapi.json"
EXAMPLES = int(os.environ.get("PHONESYNC_EXAMPLES", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATHS = schema_of(*ROUTERS)["paths"]
LABELS = [
    f"{method.upper()} {path}"
    for path, methods in PATHS.items()
    for method in methods
    if path != DOCUMENT  # schemathesis leaves it out
]


@pytest.fixture(scope="module")
def office(tmp_path_factory, filled_store):
    """A site whose API may be asked as often as one likes."""
    found = people.opened(tmp_path_factory.mktemp("fuzz"), filled_store)
    found.configure("[journal]\napi_per_minute = 1000000\n")
    yield found
    found.store.close()


@pytest.fixture
def headers(office, request):
    """Those of a new session: the one before may have been ended."""
    secret = digest(request.node.name)
    office.store.open_session(
        office.store.user("administrator").id,
        digest=digest(secret),
        expires_at=office.clock.now() + timedelta(days=1),
        peer="192.0.2.50",
        browser="schemathesis",
        complete=True,
    )
    return {"Cookie": f"{PLAIN_COOKIE}={secret}", "Origin": "http://testserver"}


@pytest.fixture
def operations(office, headers):
    """The operations as the site itself describes them, by label."""
    schema = schemathesis.openapi.from_asgi(DOCUMENT, office.app, headers=headers)
    # Who asks is settled: no wrong sessions and tokens.
    schema.config.generation.update(with_security_parameters=False)
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


@pytest.mark.parametrize("label", LABELS)
def test_whatever_is_asked_is_answered_as_it_is_documented(operations, headers, label):
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations[label].as_strategy())
    def ask(case):
        # Where a value makes it the address of another operation, that one answers.
        others = {} if case.formatted_path == case.path else PATHS.get(case.formatted_path, {})
        assume(case.method.lower() not in others)
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    ask()
