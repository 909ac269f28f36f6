"""Files of switches become kept lines: each once, nothing good lost, whatever stands between."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phonesync import config
from phonesync.calls.values import Disposition
from phonesync.cdr.reading import RecordReader
from phonesync.errors import SourceError
from phonesync.store.cdr_records import CdrTaken
from tests.cdr.switch import Switch

AT = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "Master.csv"


def added(file, *lines):
    with file.open("a", encoding="utf-8") as out:
        out.writelines(lines)


def counts(done):
    return done.new, done.known, done.bad


def test_a_line_of_asterisk_says_who_called_whom_and_when_it_was_answered(office, imported, kept, file):
    added(file, Switch().line(userfield="2"))
    assert counts(imported(office('kind = "asterisk"\npath = "Master.csv"\nkeys = "userfield"\n'))) == (
        1,
        0,
        0,
    )
    (line,) = kept()
    assert (line.calling, line.called, line.answered_by) == ("+74955550101", "ext:101", "101")
    assert (line.started_at, line.within_s) == (AT, 0)
    assert (line.answered_at, line.ended_at) == (AT + timedelta(seconds=9), AT + timedelta(seconds=69))
    assert (line.ring_s, line.talk_s, line.keys) == (9, 60, "2")
    assert line.disposition is Disposition.ANSWERED
    assert line.unique_id == f"{int(AT.timestamp())}.0"


@pytest.mark.parametrize(
    "options", [{"uniqueid": u, "userfield": f, "new": n} for u in (0, 1) for f in (0, 1) for n in (0, 1)]
)
def test_every_option_of_cdr_conf_is_read(office, imported, kept, file, options):
    added(file, Switch(**options).line(userfield="2", linked="1770000000.1"))
    imported(office('kind = "asterisk"\npath = "Master.csv"\nkeys = "userfield"\n'))
    (line,) = kept()
    assert (line.unique_id is not None) == bool(options["uniqueid"])
    assert (line.keys == "2") == bool(options["userfield"])
    assert line.linked_id == ("1770000000.1" if options["new"] else None)


def test_nobody_writes_keys_unless_a_column_is_named_for_them(office, imported, kept, file):
    added(file, Switch().line(userfield="some note"))
    imported(office())
    assert kept()[0].keys is None


@pytest.mark.parametrize(
    ("changes", "disposition", "by"),
    [
        ({"disposition": "NO ANSWER"}, Disposition.NO_ANSWER, None),
        ({"disposition": "CANCEL"}, Disposition.NO_ANSWER, None),
        ({"disposition": "BUSY"}, Disposition.BUSY, None),
        ({"disposition": "FAILED"}, Disposition.FAILED, None),
        ({"disposition": "CONGESTION"}, Disposition.FAILED, None),
        ({"disposition": "SOMETHING NEW"}, Disposition.UNKNOWN, None),
        ({"lastapp": "VoiceMail"}, Disposition.VOICEMAIL, None),
        ({"lastapp": "Playback", "peer": None}, Disposition.UNKNOWN, None),
    ],
)
def test_each_disposition_has_one_meaning(office, imported, kept, file, changes, disposition, by):
    added(file, Switch().line(**changes))
    imported(office())
    (line,) = kept()
    assert (line.disposition, line.answered_by, line.talk_s) == (disposition, by, None)


def test_the_phone_that_places_a_call_is_told_by_its_channel(office, imported, kept, file):
    added(file, Switch().line(src="84955550000", dst="84955550102", caller="101", peer="trunk"))
    imported(office())
    (line,) = kept()
    assert (line.calling, line.called, line.answered_by) == ("ext:101", "+74955550102", None)
    assert (line.extensions, line.rung) == (("101",), ())


def test_a_channel_that_the_switch_makes_calls_on_behalf_of_the_caller(office, imported, kept, file):
    channel = "Local/102@from-queue-00000001;2"
    added(file, Switch().line(channel=channel, peer="102", dst="102"))
    imported(office())
    (line,) = kept()
    assert (line.calling, line.rung) == ("+74955550101", ("102",))


@pytest.mark.parametrize("src", ["", "anonymous", "Unknown"])
def test_a_withheld_number_is_none(office, imported, kept, file, src):
    added(file, Switch().line(src=src, clid="Anonymous"))
    imported(office())
    assert kept()[0].calling is None


def test_a_number_without_a_canonical_form_is_kept_as_written(office, imported, kept, file):
    added(file, Switch().line(dst="*97", peer=None, lastapp="VoiceMailMain"))
    imported(office())
    assert kept()[0].called == "raw:*97"


@pytest.mark.parametrize(
    ("changes", "group"),
    [
        ({"lastdata": "PJSIP/101&PJSIP/102,20"}, "600"),
        ({"lastapp": "Queue", "lastdata": "sales,t"}, "600"),
        ({"context": "ext-group"}, "600"),
        ({}, None),
    ],
)
def test_a_group_is_seen_where_the_line_shows_one(office, imported, kept, file, changes, group):
    added(file, Switch().line(dst="600", **changes))
    imported(office())
    assert kept()[0].group_number == group


def test_a_bad_line_is_told_with_file_and_line_and_keeps_no_other_from_being_taken(
    office, imported, kept, file
):
    good = Switch().line()
    bad = [
        '"a","b"\n',
        good.replace("2026-02-02 10:00:00", "yesterday"),
        good.replace(",69,60,", ",x,60,"),
        '"never closed,\n',
        good.replace('"2026-02-02 10:00:00"', ""),
        good.replace("2026-02-02 10:01:09", "2026-02-20 10:01:09"),
    ]
    added(file, good, *bad, Switch().line(dst="102"))
    done = imported(office())
    assert counts(done) == (2, 0, 6)
    assert [(remark.place.line, remark.reason) for remark in done.remarks] == [
        (2, "has 2 columns; Asterisk writes 16 to 21"),
        (3, '"yesterday" is no time'),
        (4, '"x" is no number of seconds'),
        (5, "a quotation mark is opened and never closed"),
        (6, "has no time of its start"),
        (7, "ends before it begins, or lasts longer than a week"),
    ]
    assert [line.called for line in kept()] == ["ext:101", "ext:102"]


def test_a_line_with_a_carriage_return_in_it_is_told_in_words_for_people(office, imported, kept, file):
    file.write_bytes(b"one\rtwo\n" + Switch().line().encode())
    done = imported(office())
    assert counts(done) == (1, 0, 1)
    assert [remark.reason for remark in done.remarks] == [
        "cannot be read: a carriage return stands within it"
    ]


def test_a_missing_file_is_one_sentence(office, imported):
    with pytest.raises(SourceError, match=r"Master\.csv does not exist"):
        imported(office())


# --- times --------------------------------------------------------------------------------------------------

END_OF_SUMMER = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
"""Half past two in Berlin, for the first time; an hour later for the second."""


def test_times_may_be_utc(office, imported, kept, file):
    added(file, Switch("UTC").line())
    imported(office('kind = "asterisk"\npath = "Master.csv"\nutc = true\n'))
    assert kept()[0].started_at == AT


def test_the_doubled_hour_is_told_apart_by_the_second_in_a_unique_id(office, imported, kept, file):
    hours = [END_OF_SUMMER, END_OF_SUMMER + timedelta(hours=1)]
    added(file, *(Switch().line(start=start) for start in hours))
    imported(office())
    assert [(line.started_at, line.within_s) for line in kept()] == [(hour, 0) for hour in hours]


def test_the_doubled_hour_is_told_apart_by_how_long_a_call_lasted(office, imported, kept, file):
    start = END_OF_SUMMER + timedelta(minutes=20)
    added(file, Switch(uniqueid=False).line(start=start, talk=3600))
    added(file, Switch(uniqueid=False).line(start=start + timedelta(hours=1), talk=3600))
    imported(office())
    assert [(line.started_at, line.within_s) for line in kept()] == [
        (start, 0), (start + timedelta(hours=1), 0),
    ]  # fmt: skip
    assert [line.ended_at - line.started_at for line in kept()] == [timedelta(seconds=3609)] * 2


def test_the_doubled_hour_is_told_apart_by_the_call_that_ended_before(office, imported, kept, file):
    switch = Switch(uniqueid=False)
    late = END_OF_SUMMER + timedelta(minutes=80)
    added(file, switch.line(start=END_OF_SUMMER - timedelta(hours=1), talk=7200), switch.line(start=late))
    imported(office())
    assert kept()[1].started_at == late


def test_where_nothing_decides_the_earlier_hour_is_taken_and_widened(office, imported, kept, file):
    added(file, Switch(uniqueid=False).line(start=END_OF_SUMMER + timedelta(hours=1)))
    imported(office())
    (line,) = kept()
    assert (line.started_at, line.within_s) == (END_OF_SUMMER, 3600)


# --- other kinds --------------------------------------------------------------------------------------------

FREEPBX = (
    "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,"
    "accountcode,uniqueid,userfield,did,cnum,cnam,outbound_cnum,outbound_cnam,dst_cnam,recordingfile,linkedid,"
    "peeraccount,sequence\n"
)


def test_freepbx_is_read_by_its_headings(office, imported, kept, tmp_path):
    (tmp_path / "cdr.csv").write_text(
        FREEPBX
        + '"2026-02-02 10:00:00","""Anna"" <84955550101>",84955550101,600,ext-group,PJSIP/trunk-0000001a,'
        + 'PJSIP/101-0000001b,Dial,"PJSIP/101&PJSIP/102,20",69,60,ANSWERED,3,,1770022800.26,,84955550000,,,,,,'
        + "external-600.wav,1770022800.26,,4\n"
        + "2026-02-02 10:02:00,,84955550101,vmu101,macro-vm,PJSIP/trunk-0000001a,,VoiceMail,101@default,30,30,"
        + "ANSWERED,3,,1770022800.26,,,,,,,,,1770022800.26,,5\n"
        + "2026-02-02 10:03:00,,84955550101,s,from-trunk,PJSIP/trunk-0000001c,,Hangup,,3,0,NO ANSWER,3,,"
        + "1770022980.26,,84955550000,,,,,,,1770022980.26,,6\n",
        encoding="utf-8",
    )
    done = imported(office('kind = "freepbx"\npath = "cdr.csv"\n'))
    assert counts(done) == (3, 0, 0)
    group, voicemail, hung_up = kept()
    assert (group.group_number, group.answered_by, group.ring_s, group.talk_s) == ("600", "101", 9, 60)
    assert (group.recording, group.linked_id) == ("external-600.wav", "1770022800.26")
    assert (voicemail.disposition, voicemail.called) == (Disposition.VOICEMAIL, "ext:101")
    assert hung_up.called == "+74955550000"


OTHER = 'kind = "csv"\npath = "calls.csv"\ntime_format = "%d.%m.%Y %H:%M:%S"\n'


def test_any_other_record_is_read_by_its_columns(office, imported, kept, tmp_path):
    (tmp_path / "calls.csv").write_bytes(
        "Время;Кто;Кому;Ответил;Разговор;Всего;Итог;Клавиши\r\n"
        "02.02.2026 10:00:00;84955550101;600;101;60;69;ANSWERED;2\r\n"
        "02.02.2026 10:05:00;84955550101;102;;0;20;;\r\n"
        "02.02.2026 10:05:00;84955550101\r\n".encode("cp1251")
    )
    columns = (
        'columns = { start = "Время", src = "Кто", dst = "Кому", answered_by = "Ответил", billsec = "Разговор", '
        'duration = "Всего", disposition = "Итог" }\nkeys = "Клавиши"\n'
    )
    done = imported(office(OTHER + columns))
    assert counts(done) == (2, 0, 1)
    answered, missed = kept()
    assert (answered.answered_by, answered.ring_s, answered.talk_s, answered.keys) == ("101", 9, 60, "2")
    assert (missed.disposition, missed.rung, missed.ring_s) == (Disposition.NO_ANSWER, ("102",), 20)


def test_a_record_may_be_utf_16_and_count_seconds_since_1970(office, imported, kept, tmp_path):
    text = f"start\tsrc\tdst\n{int(AT.timestamp())}\t84955550101\t101\n"
    (tmp_path / "calls.csv").write_bytes(text.encode("utf-16"))
    columns = 'columns = { start = "start", src = "src", dst = "dst" }\ntime_format = "epoch"\n'
    imported(office('kind = "csv"\npath = "calls.csv"\n' + columns))
    with (tmp_path / "calls.csv").open("ab") as out:
        out.write(text.partition("\n")[2].replace("101\n", "102\n").encode("utf-16-le"))
    imported(office('kind = "csv"\npath = "calls.csv"\n' + columns))
    assert [(line.called, line.started_at) for line in kept()] == [("ext:101", AT), ("ext:102", AT)]


def test_a_missing_heading_is_named_with_the_nearest_right_one(office, imported, tmp_path):
    (tmp_path / "calls.csv").write_text("start,source,dst\n", encoding="utf-8")
    columns = 'columns = { start = "start", src = "sourse", dst = "dst" }\n'
    with pytest.raises(SourceError, match=r'calls.csv:1: unknown heading "sourse"; did you mean "source"'):
        imported(office('kind = "csv"\npath = "calls.csv"\n' + columns))


# --- strangers ----------------------------------------------------------------------------------------------

garbage = st.one_of(
    st.text(max_size=60).filter(lambda text: "\n" not in text),
    st.sampled_from(['"', '""",', "\x00", ",,,,", '"2026-02-30"', "\ufeff", ";" * 20, "=" * 20]),
    st.lists(
        st.sampled_from(["", "1", "-1", "9" * 12, '"x"', '"2026-02-02 10:00:00"']), min_size=14, max_size=22
    ).map(",".join),
)


@settings(max_examples=60, deadline=None)
@given(rubbish=st.lists(garbage, max_size=8), places=st.lists(st.integers(0, 8), min_size=3, max_size=3))
def test_whatever_stands_between_them_no_good_line_is_lost(tmp_path_factory, rubbish, places):
    folder = tmp_path_factory.mktemp("cdr")
    good = [Switch().line(dst=str(201 + n)) for n in range(3)]
    lines = [f"{line}\n" for line in rubbish]
    for place, line in zip(sorted(places, reverse=True), reversed(good), strict=True):
        lines.insert(place, line)
    (folder / "Master.csv").write_text("".join(lines), encoding="utf-8", errors="replace", newline="")
    (folder / "config.toml").write_text(
        '[site]\nname = "s"\ntimezone = "Europe/Berlin"\ncountry = "RU"\nextension_length = 3\n'
        '[[cdr]]\nname = "pbx"\nkind = "asterisk"\npath = "Master.csv"\nencoding = "utf-8"\n',
        encoding="utf-8",
    )
    loaded = config.load(folder / "config.toml", env={}, drivers=dict)
    with RecordReader(loaded, loaded.cdr[0], folder / "Master.csv") as reader:
        batch = reader.batch()
    assert batch is not None
    taken = [line.line.called for line in batch.lines]
    assert {"ext:201", "ext:202", "ext:203"} <= set(taken)


@settings(max_examples=80, deadline=None)
@given(
    data=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode("utf-16"))),
    kind=st.sampled_from(["asterisk", "freepbx", "csv"]),
    headed=st.booleans(),
)
def test_whatever_a_file_holds_is_lines_and_remarks_or_one_sentence(tmp_path_factory, data, kind, headed):
    folder = tmp_path_factory.mktemp("cdr")
    (folder / "calls").write_bytes((FREEPBX.encode() if headed else b"") + data)
    columns = 'columns = { start = "calldate", src = "src", dst = "dst" }\n' if kind == "csv" else ""
    (folder / "config.toml").write_text(
        '[site]\nname = "s"\ntimezone = "Europe/Berlin"\ncountry = "RU"\nextension_length = 3\n'
        f'[[cdr]]\nname = "pbx"\nkind = "{kind}"\npath = "calls"\n{columns}',
        encoding="utf-8",
    )
    loaded = config.load(folder / "config.toml", env={}, drivers=dict)
    with suppress(SourceError), RecordReader(loaded, loaded.cdr[0], folder / "calls") as reader:
        while (batch := reader.batch()) is not None:
            reader.took(CdrTaken(new=len(batch.lines), known=0))
        reader.unfinished()
