"""Certificates, made once for all tests of the transport."""

import pytest

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
