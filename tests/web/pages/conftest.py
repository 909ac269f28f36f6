"""The office that pages are looked at with: filled once, copied for each test."""

import pytest

from tests.web import showcase


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("showcase")
    showcase.fill(folder)
    return folder


@pytest.fixture
def show(filled, tmp_path):
    opened = showcase.opened(tmp_path, filled)
    yield opened
    opened.store.close()
