"""The tables ``[mail]``, ``[[digest]]`` and ``[[webhook]]``: what they may hold, and what is said of mistakes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from phonesync import config
from phonesync.config.outgoing import DigestConfig
from phonesync.errors import ConfigError

SITE = '[site]\nname = "HQ"\ntimezone = "Europe/Moscow"\ncountry = "RU"\n'
MAIL = '[mail]\nhost = "mail.office.example"\nfrom = "phonesync@office.example"\n'
DIGEST = '[[digest]]\nname = "d"\nat = "09:00"\n'
WEBHOOK = '[[webhook]]\nname = "crm"\nurl = "https://crm.example/hooks"\n'
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def load(tmp_path):
    def load(text):
        (tmp_path / "config.toml").write_text(SITE + text, encoding="utf-8")
        return config.load(tmp_path / "config.toml", env={})

    return load


@pytest.fixture
def problems(load):
    def problems(text):
        with pytest.raises(ConfigError) as raised:
            load(text)
        return [f"{one.key}: {one.message}" for one in raised.value.problems]

    return problems


def test_what_goes_out_is_read_with_its_defaults(load):
    found = load(MAIL + DIGEST + 'to = "a@office.example"\n' + WEBHOOK).outgoing
    assert (found.mail.tls, found.mail.served_port, found.mail.timeout) == (
        "starttls",
        587,
        timedelta(minutes=1),
    )
    (digest,) = found.digests
    assert (digest.at, digest.to, digest.language, digest.empty) == (
        ("09:00",),
        ("a@office.example",),
        "en",
        False,
    )
    assert found.told_of("call.settled") == ("crm",)
    assert found.told_of("call.handed_over") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MAIL + 'tls = "ssl"\n', "mail.tls: unknown kind of encryption"),
        (MAIL + "port = 0\n", "mail.port: must be a port"),
        (MAIL + 'username = "us"\n', "mail.username: needs password beside it."),
        (
            MAIL + 'password = "x"\ntls = "none"\nusername = "us"\n',
            "mail.password: would be sent unencrypted",
        ),
        (MAIL.replace("mail.office.example", "mail.office.example:25"), "mail.host: "),
        (MAIL.replace("mail.office.example", "a b"), "mail.host: "),
        (MAIL.replace("phonesync@", ""), "mail.from: "),
        (DIGEST, "digest[1]: goes nowhere"),
        (DIGEST + 'to = "a@office.example"\n', "digest[1].to: needs a table [mail]"),
        (MAIL + DIGEST + 'to = "A <a@office.example>"\n', "digest[1].to: "),
        (MAIL + DIGEST + "to = 5\n", "digest[1].to: must be a text in quotes"),
        (MAIL + DIGEST.replace("09:00", "9:00") + 'to = "a@office.example"\n', "digest[1].at: "),
        (MAIL + DIGEST.replace('"09:00"', "[]") + 'to = "a@office.example"\n', "digest[1].at: "),
        (MAIL + DIGEST + 'to = "a@office.example"\ndays = "mondy"\n', "digest[1].days: "),
        (MAIL + DIGEST + 'to = "a@office.example"\ndays = []\n', "digest[1].days: "),
        (MAIL + DIGEST + 'to = "a@office.example"\nlanguage = "de"\n', "digest[1].language: "),
        (MAIL + DIGEST + 'to = "a@office.example"\nsecret = "x"\n', "digest[1].secret: "),
        ("[digest]\n", "digest: must be written [[digest]]"),
        (WEBHOOK + WEBHOOK, 'webhook[2].name: "crm" stands at'),
        (
            WEBHOOK + 'events = ["call.setled"]\n',
            'webhook[1].events: unknown event "call.setled"; did you mean',
        ),
        (WEBHOOK + "events = []\n", "webhook[1].events: must name an event"),
        (WEBHOOK.replace("https", "ftp"), "webhook[1].url: must begin with http"),
        (WEBHOOK.replace("crm.example", "us:pass@crm.example"), "webhook[1].url: must not hold user"),
        (WEBHOOK.replace("hooks", "hooks#a"), "webhook[1].url: must not hold a part after #"),
    ],
)
def test_each_mistake_is_said(problems, text, said):
    found = problems(text)
    assert any(one.startswith(said) for one in found), found


def test_secrets_in_plain_text_are_warned_of_and_looked_up(load, tmp_path):
    found = load(WEBHOOK + 'secret = "sesame"\n' + MAIL + 'username = "us"\npassword = { env = "MAIL" }\n')
    assert any("webhook crm" in one for one in found.warnings)
    assert config.resolve_outgoing_secret(found, "crm") == "sesame"
    assert config.resolve_outgoing_secret(found, "", env={"MAIL": "open"}) == "open"
    assert config.resolve_outgoing_secret(found, "nobody") == ""
    with pytest.raises(ConfigError, match="the environment variable MAIL is not set"):
        config.resolve_outgoing_secret(found, "", env={})


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 3, 2, 6, 0, tzinfo=UTC), datetime(2026, 3, 2, 6, 0, tzinfo=UTC)),  # Monday 9:00 there
        (datetime(2026, 3, 2, 5, 59, tzinfo=UTC), None),  # and Sunday before it
        (datetime(2026, 3, 3, 5, 59, tzinfo=UTC), datetime(2026, 3, 2, 11, 0, tzinfo=UTC)),
        (datetime(2026, 3, 7, 12, 0, tzinfo=UTC), datetime(2026, 3, 6, 11, 0, tzinfo=UTC)),
    ],
)
def test_a_digest_is_due_by_the_clock_of_its_zone(now, due):
    digest = DigestConfig(name="d", at=("14:00", "09:00"), days=("monday-friday",))
    assert digest.slot(now, MOSCOW) == due
