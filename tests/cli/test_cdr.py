"""``phonesync cdr``: what is imported and what the report says, on a real file and a real store."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from phonesync import cli
from tests.cdr.switch import Switch

AT = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
OFFICE = (
    '[store]\nurl = "sqlite:///store.db"\n[site]\nname = "Head office"\ntimezone = "Europe/Berlin"\n'
    'country = "RU"\narea_code = "495"\nextension_length = 3\n'
    '[[phone]]\nname = "desk-101"\nurl = "http://192.0.2.11"\nextension = "101"\npassword = { env = "P" }\n'
)
RECORD = '[[cdr]]\nname = "pbx"\nkind = "asterisk"\npath = "Master.csv"\n'


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a command on an office; code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(OFFICE + RECORD, encoding="utf-8")

    def run(*words):
        capsys.readouterr()
        code = cli.main(list(words))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


@pytest.fixture
def master(tmp_path):
    switch = Switch()
    lines = [
        switch.line(),
        switch.line(start=AT + timedelta(minutes=5), dst="102", peer="102", disposition="NO ANSWER"),
        "nonsense\n",
        switch.line(start=AT + timedelta(minutes=9))[:-9],
    ]
    path = tmp_path / "Master.csv"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def objects(out):
    return [json.loads(line) for line in out.splitlines()]


def test_an_import_says_what_came_of_each_file(run, master):
    code, out, err = run("cdr", "import")
    assert code == 0
    assert [line.split() for line in out.splitlines()[:2]] == [
        ["record", "file", "new", "known", "bad"],
        ["pbx", "Master.csv", "2", "0", "1"],
    ]
    assert "Master.csv:3: has 1 column; Asterisk writes 16 to 21; it was left out" in out
    assert "Master.csv:4: has no line end yet; it is left for the next import" in out
    code, out, err = run("cdr", "import", "pbx", "--format", "jsonl")
    assert objects(out) == [
        {
            "source": "pbx",
            "file": "Master.csv",
            "new": 0,
            "known": 0,
            "bad": 0,
            "unfinished": 4,
            "error": None,
        }
    ]
    assert "no line end yet" in err


def test_files_go_under_the_name_of_a_record_or_of_their_kind(run, master):
    run("cdr", "import")
    assert objects(run("cdr", "import", "pbx", "Master.csv", "--format", "jsonl")[1])[0]["known"] == 2
    made = objects(run("cdr", "import", "--kind", "asterisk", "Master.csv", "--utc", "--format", "jsonl")[1])
    assert (made[0]["source"], made[0]["new"]) == ("asterisk", 2)


def test_a_file_that_cannot_be_read_keeps_no_other_from_it(run, master):
    code, out, _ = run("cdr", "import", "pbx", "gone.csv", "Master.csv", "--format", "jsonl")
    assert code == 6
    assert [one["new"] for one in objects(out)] == [0, 2]
    assert "gone.csv does not exist" in objects(out)[0]["error"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--kind", "asterisk"), "--kind needs the files that it speaks of."),
        (("--utc",), "--utc belongs to --kind."),
        (("pbz",), 'Unknown record of a switch "pbz"; did you mean "pbx"?'),
    ],
)
def test_a_mistake_is_one_sentence(run, master, words, sentence):
    code, _, err = run("cdr", "import", *words)
    assert code == 2
    assert sentence in err


def test_without_a_record_or_with_several_sites_it_is_said_what_to_do(run, master, tmp_path):
    (tmp_path / "config.toml").write_text(OFFICE, encoding="utf-8")
    assert "lists no [[cdr]]" in run("cdr", "import")[2]
    sites = OFFICE.replace("[site]", "[[site]]").replace("[[phone]]\n", '[[phone]]\nsite = "Head office"\n')
    branch = '[[site]]\nname = "Branch"\ntimezone = "Asia/Omsk"\ncountry = "RU"\n'
    (tmp_path / "config.toml").write_text(sites + branch, encoding="utf-8")
    code, _, err = run("cdr", "import", "--kind", "asterisk", "Master.csv")
    assert (code, "With several sites" in err) == (2, True)


def test_a_report_counts_by_phone_and_day_and_names_the_calls(run, master):
    run("cdr", "import")
    (day,) = objects(run("cdr", "report", "--format", "jsonl")[1])
    assert day == {
        "phone": "desk-101", "day": "2026-02-02", "rang": 1, "expected": 1, "known": 0, "lost": 1, "confessed": 1,
        "unconfessed": 0, "loss": 1.0,
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(run("cdr", "report", "--list", "only-cdr", "--format", "csv")[1])))
    assert [(row["calling"], row["called"], row["disposition"]) for row in rows] == [
        ("+74955550101", "101", "answered"), ("+74955550101", "102", "no_answer"),
    ]  # fmt: skip
    assert run("cdr", "report", "--list", "both", "--format", "jsonl")[1] == ""
    assert "There is none." in run("cdr", "report", "--list", "only-phones")[2]
    _, out, _ = run("cdr", "report", "--since", "2026-02-03")
    assert "Calls in both: 0; only in the record: 0" in out
    assert out.endswith("0 are known: nothing was expected.\n")
    assert "of the 1 that are missing, coverage had confessed 1." in run("cdr", "report")[1]
    assert run("cdr", "report", "--format", "csv")[1].splitlines()[1].startswith("desk-101,2026-02-02,1,1,0")
