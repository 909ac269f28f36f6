"""Servers that are really spoken to, once for a run."""

import base64
from pathlib import Path

import pytest

from tests.contacts import radicale, slapd


@pytest.fixture(scope="session")
def dav(tmp_path_factory):
    with radicale.running(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def book(dav, request):
    """The address of a new address book, and how its cards are written."""
    name = f"book{abs(hash(request.node.name))}"
    url = dav.make_book(name)
    yield Book(dav, name, url)
    dav.delete(f"{name}/")


class Book:
    def __init__(self, server, name, url) -> None:
        self.server, self.name, self.url = server, name, url

    def put(self, card, *lines):
        self.server.put(f"{self.name}/{card}", *lines)

    def delete(self, card):
        self.server.delete(f"{self.name}/{card}")


PEOPLE = 260


def person(number):
    name = base64.b64encode(f"Иванов {number:03}".encode()).decode()
    return (
        f"dn: uid=p{number},ou=people,{slapd.BASE}\nobjectClass: inetOrgPerson\nuid: p{number}\n"
        f"cn: Ivanov {number:03}\nsn: Ivanov\ndisplayName:: {name}\ntelephoneNumber: {100 + number}\n"
        f"mobile: +7 916 000-{number // 100:02}-{number % 100:02}\no: Example\nou: Sales\n\n"
    )


@pytest.fixture(scope="session")
def directory():
    if slapd.program() is None:
        pytest.skip(slapd.NEEDED)
    below = f"dn: ou=left,ou=people,{slapd.BASE}\nobjectClass: organizationalUnit\nou: left\n\n"
    left = (
        f"dn: uid=gone,ou=left,ou=people,{slapd.BASE}\nobjectClass: inetOrgPerson\nuid: gone\n"
        "cn: Gone\nsn: Gone\ntelephoneNumber: 999\n\n"
    )
    silent = (
        f"dn: uid=silent,ou=people,{slapd.BASE}\nobjectClass: inetOrgPerson\nuid: silent\ncn: Silent\n"
        "sn: Silent\n\n"
    )
    people = "".join(person(number) for number in range(PEOPLE))
    with slapd.running(people + below + left + silent) as running:
        yield running


@pytest.fixture
def ca_file(directory):
    return Path(directory.ca_file)
