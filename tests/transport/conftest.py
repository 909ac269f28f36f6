"""Certificates, made once for all tests of the transport; and both of its ways to read an answer."""

import pytest

from phonesync.transport import client
from phonesync.transport.lenient import LenientHTTP

from .raw_phone import Paper, issue


@pytest.fixture(scope="session")
def paper(tmp_path_factory) -> Paper:
    return issue(tmp_path_factory.mktemp("paper"), "phone")


@pytest.fixture(scope="session")
def other_paper(tmp_path_factory) -> Paper:
    return issue(tmp_path_factory.mktemp("other"), "stranger")


@pytest.fixture(scope="session")
def old_paper(tmp_path_factory) -> Paper:
    return issue(tmp_path_factory.mktemp("old"), "old-phone", old=True)


@pytest.fixture(params=["strict", "lenient"])
def reading(request, monkeypatch) -> str:
    """Each test runs twice: by the letter of HTTP, and with every answer read leniently."""
    if request.param == "lenient":
        monkeypatch.setattr(client, "PhoneHTTP", LenientHTTP)
    return request.param
