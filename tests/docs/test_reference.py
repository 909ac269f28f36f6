"""The reference pages name what there is: every key, command, option, field and exit code, and nothing else."""

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from types import NoneType, UnionType
from typing import Annotated, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from typer.main import get_command

from phonesync import cli, errors
from phonesync.agent.values import PollResult
from phonesync.calls.callbacks import ClosedHow
from phonesync.calls.values import CallDirection, Disposition, Ringing
from phonesync.cli.app import BUG, INTERRUPTED, PIPE_CLOSED, USAGE, app
from phonesync.cli.audit import BROKEN
from phonesync.cli.audit import FIELDS as AUDIT_FIELDS
from phonesync.cli.cdr_orders import IMPORT_FIELDS
from phonesync.cli.cdr_rows import LOSS_FIELDS, PAIR_FIELDS
from phonesync.cli.clock_rows import FIELDS as CLOCK_FIELDS
from phonesync.cli.contact_rows import CONFLICT_FIELDS, CONTACT_FIELDS, FOUND_FIELDS
from phonesync.cli.coverage_rows import FIELDS as COVERAGE_FIELDS
from phonesync.cli.entry_rows import FIELDS as ENTRY_FIELDS
from phonesync.cli.group_rows import FIELDS as GROUP_FIELDS
from phonesync.cli.name_rows import FIELDS as NAME_FIELDS
from phonesync.cli.tokens import FIELDS as TOKEN_FIELDS
from phonesync.cli.users import FIELDS as USER_FIELDS
from phonesync.config import (
    AgentConfig,
    CallbacksConfig,
    CdrConfig,
    ContactSourceConfig,
    GroupConfig,
    PasswordSource,
    PhonebookConfig,
    PhoneConfig,
    SecretsConfig,
    SiteConfig,
    StoreConfig,
    WebConfig,
)
from phonesync.config.access import JournalConfig, OidcConfig, RoleConfig
from phonesync.config.checks import duration
from phonesync.config.outgoing import DigestConfig, MailConfig, WebhookConfig
from phonesync.config.outlets import CrmConfig, ExportConfig, RecordingsConfig
from phonesync.contacts.source_states import SOURCE_FIELDS
from phonesync.driver.contract import implied_variant
from phonesync.farm import spec
from phonesync.journal.named_callbacks import FIELDS as CALLBACK_FIELDS
from phonesync.journal.named_calls import FIELDS as CALL_FIELDS
from phonesync.ledger.values import SpanState
from phonesync.model import ListName, Provenance, TimeOf
from phonesync.registry import drivers
from phonesync.store.records import PhoneStanding
from phonesync.testing.evidence import supports
from phonesync.testing.fixtures import read_cases
from tests.docs.documents import DOCS, ROOT, code, sections, table, text_of

README = ROOT / "README.md"
CONFIG = DOCS / "reference" / "config.md"
COMMANDS = DOCS / "reference" / "commands.md"
FIELDS = DOCS / "reference" / "fields.md"
CHAOS = DOCS / "reference" / "chaos.md"
NOTHING = "—"

# --- configuration ------------------------------------------------------------------------------------

TABLES: Mapping[str, type[BaseModel]] = {
    "[store]": StoreConfig,
    "[site]": SiteConfig,
    "[agent]": AgentConfig,
    "[web]": WebConfig,
    "[phonebook]": PhonebookConfig,
    "[secrets]": SecretsConfig,
    "[[phone]]": PhoneConfig,
    "[[contacts]]": ContactSourceConfig,
    "[journal]": JournalConfig,
    "[[role]]": RoleConfig,
    "[oidc]": OidcConfig,
    "[[cdr]]": CdrConfig,
    "[[group]]": GroupConfig,
    "[callbacks]": CallbacksConfig,
    "[export]": ExportConfig,
    "[recordings]": RecordingsConfig,
    "[crm]": CrmConfig,
    "[mail]": MailConfig,
    "[[digest]]": DigestConfig,
    "[[webhook]]": WebhookConfig,
}
KINDS = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    date: "date",
    timedelta: "duration",
    PasswordSource: "password",
    Mapping: "table of texts",
    Mapping[str, tuple[str, ...]]: "table of lists",
    tuple: "list of texts",
    frozenset: "list of texts",
    tuple[date, ...]: "list of dates",
}


def kind_of(annotation):
    """The word of the page for a type of the models."""
    if get_origin(annotation) is Annotated:
        return kind_of(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        (kind,) = {kind_of(part) for part in get_args(annotation) if part is not NoneType}
        return kind
    return KINDS[annotation if annotation in KINDS else get_origin(annotation)]


def default_of(field):
    """The default as the page shows it."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default is None or default == "":
        return NOTHING
    if isinstance(default, timedelta):
        days, minutes = divmod(int(default.total_seconds() // 60), 24 * 60)
        return f'`"{days}d"`' if days and not minutes else f'`"{24 * 60 * days + minutes}m"`'
    if isinstance(default, Mapping):
        assert not default
        return "`{}`"
    return f"`{json.dumps(default)}`"


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_of_a_table_stands_there_with_its_type_and_default(heading):
    rows = table(sections(CONFIG)[heading], first="key")
    shown = {row["key"].strip("`"): (row["type"], row["default"]) for row in rows}
    fields = TABLES[heading].model_fields
    truly = {
        field.alias or name: (kind_of(field.annotation), default_of(field)) for name, field in fields.items()
    }
    assert shown == truly
    assert all(row["meaning"] for row in rows)


def test_every_type_of_the_configuration_is_explained():
    assert {row["type"] for row in table(text_of(CONFIG), first="type")} == set(KINDS.values())


@pytest.mark.parametrize("text", ["90s", "10m", "2h", "1d"])
def test_a_duration_may_be_written_as_the_page_says(text):
    assert f'`"{text}"`' in text_of(CONFIG)
    assert duration(text) > timedelta(0)


# --- commands -----------------------------------------------------------------------------------------


def tree(command, words=("phonesync",)):
    """Words to command, of the whole program."""
    found = {" ".join(words): command}
    for name, inner in getattr(command, "commands", {}).items():
        found |= tree(inner, (*words, name))
    return found


EVERY_COMMAND = tree(get_command(app))


def parameters(command, kind):
    return [item for item in command.params if item.param_type_name == kind]


def option_as_shown(option):
    """The first two columns of an option."""
    metavar = f" {option.metavar}" if option.metavar else ""
    default = option.default
    default = getattr(default, "value", default)
    return f"`{option.opts[0]}`{metavar}", NOTHING if default is None or default is False else f"`{default}`"


def test_every_command_stands_on_the_page():
    headings = {heading for heading in sections(COMMANDS) if heading.startswith("phonesync")}
    assert headings == set(EVERY_COMMAND)


@pytest.mark.parametrize("words", EVERY_COMMAND)
def test_every_option_and_argument_of_a_command_stands_there(words):
    section, command = sections(COMMANDS)[words], EVERY_COMMAND[words]
    options = {(row["option"], row["default"]) for row in table(section, first="option")}
    assert options == {option_as_shown(option) for option in parameters(command, "option")}
    arguments = [row["argument"].strip("`") for row in table(section, first="argument")]
    wanted = [re.sub(r"[^A-Z]", "", item.metavar) for item in parameters(command, "argument")]
    assert arguments == wanted


@pytest.mark.parametrize("words", EVERY_COMMAND)
def test_every_command_names_its_exit_codes(words):
    line = re.search(r"^Exit codes: (.+)$", sections(COMMANDS)[words], re.MULTILINE)
    assert line is not None
    listed = code(line[1])
    assert listed[0] == "0"
    assert set(listed) <= {row["code"].strip("`") for row in table(text_of(COMMANDS), first="code")}


def test_every_exit_code_stands_on_the_page():
    ours = {kind.exit_code for kind in vars(errors).values() if getattr(kind, "exit_code", None)}
    listed = {int(row["code"].strip("`")) for row in table(text_of(COMMANDS), first="code")}
    assert listed == {0, BROKEN, USAGE, BUG, INTERRUPTED, PIPE_CLOSED} | ours


def test_the_readme_names_every_command():
    named = [
        re.sub(r" \[.*", "", row["command"].strip("`")) for row in table(text_of(README), first="command")
    ]
    assert sorted(named) == sorted(words for words in EVERY_COMMAND if words.count(" ") == 1)


# --- fields -------------------------------------------------------------------------------------------

TYPES = {
    "text": (str,),
    "number": (int, float),
    "true or false": (bool,),
    "list": (list,),
    "object": (dict,),
    "null": (NoneType,),
}


def fields(heading):
    """Field to the types it may have, in the order of the page."""
    rows = table(sections(FIELDS)[heading], first="field")
    assert all(row["meaning"] for row in rows)
    return {row["field"].strip("`"): row["type"] for row in rows}


def is_of(value, kind):
    """Whether a value is of a type as the page writes it, for example ``text or null``."""
    if kind in TYPES:
        return isinstance(value, TYPES[kind]) and (kind != "number" or not isinstance(value, bool))
    return any(is_of(value, part) for part in kind.split(" or "))


def written(capsys, *words):
    """What a command writes to stdout as JSON, one object a line."""
    capsys.readouterr()
    assert cli.main(list(words)) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.network
def test_every_field_of_the_output_stands_on_the_page_with_its_type(folder, capsys, monkeypatch):
    monkeypatch.setenv("PHONESYNC_CONFIG", str(folder / "config.toml"))
    for heading, words in (
        ("poll --json", ("poll", "--json")),
        ("entries", ("entries", "--format", "jsonl")),
        ("calls", ("calls", "--format", "jsonl")),
        ("coverage", ("coverage", "--format", "jsonl")),
        ("clocks", ("clocks", "--format", "jsonl")),
        ("phonebook coverage", ("phonebook", "coverage", "--format", "jsonl")),
    ):
        page, objects = fields(heading), written(capsys, *words)
        assert objects
        for shown in objects:
            assert list(shown) == list(page)
            wrong = {name: value for name, value in shown.items() if not is_of(value, page[name])}
            assert not wrong


def test_the_fields_are_those_of_the_program_in_its_order():
    assert tuple(fields("entries")) == ENTRY_FIELDS
    assert tuple(fields("calls")) == CALL_FIELDS
    assert tuple(fields("calls groups")) == GROUP_FIELDS
    assert tuple(fields("callbacks")) == CALLBACK_FIELDS
    assert tuple(fields("coverage")) == COVERAGE_FIELDS
    assert tuple(fields("clocks")) == CLOCK_FIELDS
    assert tuple(fields("contacts list")) == CONTACT_FIELDS
    assert tuple(fields("contacts find")) == FOUND_FIELDS
    assert tuple(fields("contacts conflicts")) == CONFLICT_FIELDS
    assert tuple(fields("contacts sources")) == SOURCE_FIELDS
    assert tuple(fields("phonebook coverage")) == NAME_FIELDS
    assert tuple(fields("user list")) == USER_FIELDS
    assert tuple(fields("token list")) == TOKEN_FIELDS
    assert tuple(fields("audit list")) == AUDIT_FIELDS
    assert tuple(fields("cdr import")) == IMPORT_FIELDS
    assert tuple(fields("cdr report loss")) == LOSS_FIELDS
    assert tuple(fields("cdr report calls")) == PAIR_FIELDS
    result = PollResult(name="desk-101", ok=True, standing=PhoneStanding.UP)
    assert list(fields("poll --json")) == list(json.loads(result.to_json()))


@pytest.mark.parametrize(
    ("heading", "field", "words"),
    [
        ("entries", "list", ListName),
        ("entries", "time_of", TimeOf),
        ("calls", "direction", CallDirection),
        ("calls", "disposition", Disposition),
        ("calls groups", "ring", Ringing),
        ("callbacks", "closed_how", ClosedHow),
        ("coverage", "list", ListName),
        ("coverage", "state", SpanState),
        ("poll --json", "standing", PhoneStanding),
    ],
)
def test_a_field_with_fixed_words_names_all_of_them(heading, field, words):
    (row,) = [row for row in table(sections(FIELDS)[heading], first="field") if row["field"] == f"`{field}`"]
    assert set(code(row["meaning"])) == {word.value for word in words}


# --- the rest -----------------------------------------------------------------------------------------


def test_the_capacities_of_emulated_phones_are_those_named():
    sizes = {*spec._CAPACITIES, spec._SHARED_CAPACITY}
    assert f"hold {min(sizes)} to {max(sizes)} rows" in text_of(CHAOS)


def test_the_readme_says_that_nothing_is_confirmed_as_long_as_that_is_so():
    found = drivers()
    cases = {
        name: read_cases(ROOT / "tests" / "drivers" / name / "fixtures")
        for name, driver in found.items()
        if implied_variant(driver) is None
    }
    confirmed = [row for row in supports(found.values(), cases) if row.provenance is Provenance.CAPTURED]
    assert ("No row of this table is confirmed" in text_of(README)) == (not confirmed)
