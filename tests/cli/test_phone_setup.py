"""``phonesync phones setup``: settings ready to paste."""

import re

import pytest

from .conftest import CONFIG, keep

WEB = """\
[web]
listen = "0.0.0.0:8080"
public_url = "http://192.0.2.5:8080"
[phonebook]
title = "Head office"
"""
TOKEN = "[A-Za-z0-9_-]{22}"


@pytest.fixture
def web(folder, store):
    """Phones know where to reach us; what kind of phone each is, nobody knows yet."""

    def written(*, more="", web=WEB):
        (folder / "config.toml").write_text(web + CONFIG + more, encoding="utf-8")

    written()
    return written


def test_a_phone_that_was_read_is_told_in_its_own_form(run, web, store):
    keep(store, "desk-101", model="T46U", firmware="108.86.0.20", mac="00005e005301")
    outcome = run("phones", "setup", "desk-101")
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0] == "#!version:1.0.0.1"
    (book,) = [line for line in lines if line.startswith("remote_phonebook.data.1.url")]
    assert re.fullmatch(rf"remote_phonebook.data.1.url = http://192.0.2.5:8080/b/{TOKEN}/book.xml", book)
    assert "remote_phonebook.data.1.name = Head office" in lines
    assert sum(line.startswith("action_url.") for line in lines) == 14
    assert outcome.err.splitlines()[0].startswith("Lines for 00005e005301.cfg")
    assert all(line.startswith("- ") for line in outcome.err.splitlines()[1:])


def test_the_address_of_a_phone_stays_the_same(run, web, store):
    keep(store, "desk-101")
    first = run("phones", "setup", "desk-101").out
    assert run("phones", "setup", "desk-101").out == first
    assert store.address_of("desk-101") in first


@pytest.mark.parametrize(
    ("option", "there", "gone"),
    [("--no-events", "remote_phonebook", "action_url"), ("--no-names", "action_url", "remote_phonebook")],
)
def test_half_of_it_can_be_left_out(run, web, store, option, there, gone):
    keep(store, "desk-101")
    out = run("phones", "setup", "desk-101", option).out
    assert there in out
    assert gone not in out


def test_user_and_password_of_the_phonebooks_are_told_too(run, web, store):
    keep(store, "desk-101")
    web(web=WEB.replace("[phonebook]", 'username = "book"\npassword = "s3cret"\n[phonebook]'))
    out = run("phones", "setup", "desk-101").out
    assert "remote_phonebook.data.1.username = book" in out
    assert "remote_phonebook.data.1.password = s3cret" in out
    assert "s3cret" not in run("phones", "setup", "desk-101", "--no-names").out


def test_a_firmware_that_no_reader_is_shown_can_be_named(run, web, store):
    keep(store, "desk-101", vendor="grandstream", variant="gxp21-history", model="GXP2160", firmware=None)
    outcome = run("phones", "setup", "desk-101")
    assert outcome.code == 4
    assert "depend on its firmware, which is not known" in outcome.err
    assert "--firmware" in outcome.err
    named = run("phones", "setup", "desk-101", "--firmware", "1.0.11.79")
    assert named.code == 0, named.err
    assert "ons.actionUrl" in named.out
    other = run("phones", "setup", "desk-101", "--firmware", "1.0.11.79", "--model", "GXP1625")
    assert "<P8310>" in other.out


def test_a_phone_that_is_never_asked_is_told_by_its_driver_alone(run, web):
    web(more='[[phone]]\nname = "snom"\nurl = "http://192.0.2.20"\nsite = "Omsk"\ndriver = "snom"\n')
    outcome = run("phones", "setup", "snom")
    assert outcome.code == 0, outcome.err
    assert '<action_incoming_url perm="RW">http://192.0.2.5:8080/e/' in outcome.out
    assert "/tbook.xml" in outcome.err


def test_a_configured_variant_is_believed(run, web):
    more = (
        '[[phone]]\nname = "old"\nurl = "http://192.0.2.20"\nsite = "Omsk"\nmac = "00:00:5E:00:53:07"\n'
        'driver = "yealink"\nvariant = "v84-servlet"\n'
    )
    web(more=more)
    outcome = run("phones", "setup", "old")
    assert outcome.code == 0, outcome.err
    assert "00005e005307.cfg" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "config", "says"),
    [
        (("desk-101",), WEB, "desk-101 was not identified yet"),
        (("desk-101",), "", "Nobody knows under which address phones reach phonesync"),
        (("desk-101", "--no-events", "--no-names"), WEB, "Neither events nor names are wanted"),
        (("desk-110",), WEB, 'Unknown phone "desk-110"'),
    ],
)
def test_what_is_missing_is_one_sentence(run, web, arguments, config, says):
    web(web=config)
    outcome = run("phones", "setup", *arguments)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err


def test_a_phone_whose_settings_nobody_knows_says_so(run, web, store):
    keep(store, "desk-101", vendor="grandstream", variant="gxv-gmi", model="GXP2200", firmware="1.0.1.33")
    outcome = run("phones", "setup", "desk-101")
    assert outcome.code == 4
    assert "Under which names GXP2200 has the settings" in outcome.err


def test_an_uninstalled_variant_is_one_sentence(run, web, store):
    keep(store, "desk-101", vendor="acme", variant="acme-1")
    outcome = run("phones", "setup", "desk-101")
    assert outcome.code == 2
    assert 'No installed driver has the variant "acme-1"' in outcome.err
