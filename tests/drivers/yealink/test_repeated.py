"""Known answers are left unparsed, whichever generation they are of, and say the same when looked at."""

from dataclasses import replace

import pytest

from drivers.yealink import DRIVER
from phonesync.driver.repeated import Repeated, fingerprint
from phonesync.errors import UnexpectedResponse
from tests.drivers.yealink.talks import ScriptedSession, phone, response

LISTS = (
    '{"ret":"ok","data":{"calls":[{"type":1,"remote_name":"202","datetime":"2025.03.06_14.05.31",'
    '"remote_display":"","duration":"3","colour":1}]}}'
)


def session(content=LISTS, *, status=200):
    gone = response("", status=404)
    return ScriptedSession(gone, response(content, status=status), gone)


@pytest.mark.anyio
async def test_known_lists_are_the_same_when_looked_at():
    knowing = replace(phone("v86-json"), known=frozenset({fingerprint(LISTS.encode())}))
    fresh = await DRIVER.read_call_log(session(), phone=phone("v86-json"))
    known = await DRIVER.read_call_log(session(), phone=knowing)
    assert isinstance(known.snapshots, Repeated)
    assert not isinstance(fresh.snapshots, Repeated)
    assert tuple(known.snapshots) == tuple(fresh.snapshots)
    assert known.raw == fresh.raw


@pytest.mark.anyio
async def test_other_lists_are_parsed():
    knowing = replace(phone("v86-json"), known=frozenset({fingerprint(LISTS.encode())}))
    log = await DRIVER.read_call_log(session(LISTS.replace("202", "203")), phone=knowing)
    assert log.snapshots[0].entries[0].remote_number == "203"
    assert log.unknown_fields == ("colour",)


@pytest.mark.anyio
@pytest.mark.parametrize("content", [LISTS[:-1], "", "<html></html>"])
async def test_what_is_no_list_is_never_taken_for_known(content):
    knowing = replace(phone("v86-json"), known=frozenset({fingerprint(LISTS.encode())}))
    with pytest.raises(UnexpectedResponse):
        await DRIVER.read_call_log(session(content), phone=knowing)


@pytest.mark.anyio
async def test_known_bytes_under_another_status_are_no_list():
    knowing = replace(phone("v86-json"), known=frozenset({fingerprint(LISTS.encode())}))
    with pytest.raises(UnexpectedResponse, match="status 500"):
        await DRIVER.read_call_log(session(status=500), phone=knowing)
