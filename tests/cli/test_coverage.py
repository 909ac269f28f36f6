"""``phonesync coverage``: spans, open ends, filters."""

FIELDS = ["phone", "list", "from", "to", "state", "at_most", "estimate"]


def test_jsonl_has_exactly_the_fields_in_their_order(run, filled):
    outcome = run("coverage", "--format", "jsonl", "--phone", "desk-101")
    assert outcome.code == 0
    assert outcome.err == ""
    for row in outcome.rows:
        assert list(row) == FIELDS
    gap = next(row for row in outcome.rows if row["state"] == "gap")
    assert gap == {
        "phone": "desk-101",
        "list": "missed",
        "from": "2026-01-31T05:00:00Z",
        "to": "2026-01-31T06:00:00Z",
        "state": "gap",
        "at_most": 7,
        "estimate": 2.5,
    }


def test_a_span_since_ever_and_an_open_one_have_null_ends(run, filled):
    rows = run("coverage", "--format", "jsonl", "--phone", "desk-101", "--list", "placed").rows
    assert [(row["from"], row["to"], row["state"]) for row in rows] == [
        (None, "2026-01-31T05:00:00Z", "unknown"),
        ("2026-01-31T05:00:00Z", None, "complete"),
    ]


def test_the_table_says_up_to_when_an_open_span_is_proven(run, filled):
    outcome = run("coverage", "--phone", "desk-101")
    assert outcome.code == 0
    assert "since ever" in outcome.out
    assert "open, proven up to 2026-02-01 12:00:00" in outcome.out
    assert "at most 7, about 2.5 expected" in outcome.out


def test_times_of_an_unconfigured_phone_are_utc(run, filled):
    assert "proven up to 2026-02-01 09:00:00 UTC" in run("coverage", "--phone", "desk-old").out


def test_a_span_of_time_can_be_asked_for(run, filled):
    outcome = run("coverage", "--format", "jsonl", "--phone", "desk-101", "--since", "2026-01-31T10:00")
    assert [row["state"] for row in outcome.rows] == ["complete"]


def test_nothing_known_is_said_on_stderr(run, store):
    outcome = run("coverage")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "Nothing is known yet.\n")


def test_an_unknown_phone_is_told_with_the_nearest_name(run, filled):
    outcome = run("coverage", "--phone", "desk-1O1")
    assert outcome.code == 2
    assert 'did you mean "desk-101"?' in outcome.err


def test_csv_is_not_offered(run, filled):
    assert run("coverage", "--format", "csv").code == 2
