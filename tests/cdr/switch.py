"""Writes ``Master.csv`` as Asterisk documents it (the comment above ``cdr_csv.c`` and ``cdr.conf.sample``).

Texts stand in quotation marks, marks in them twice; whole numbers stand bare; a time that never came leaves its
cell empty. The last columns come with ``loguniqueid``, ``loguserfield`` and ``newcdrcolumns``.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from phonesync.calls.values import Disposition

__all__ = ["Disposition", "Switch"]


def text(value):
    return '"' + value.replace('"', '""') + '"'


class Switch:
    """One switch, and how its ``cdr.conf`` is set."""

    def __init__(self, zone="Europe/Berlin", *, uniqueid=True, userfield=True, new=False, fast_s=0) -> None:
        self.zone = ZoneInfo(zone)
        self.uniqueid, self.userfield, self.new = uniqueid, userfield, new
        self.fast = timedelta(seconds=fast_s)
        self.channels = 0

    def channel(self, peer):
        self.channels += 1
        return f"PJSIP/{peer}-{self.channels:08x}"

    def line(
        self,
        *,
        start=datetime(2026, 2, 2, 9, 0, tzinfo=UTC),
        ring=9,
        talk=60,
        src="84955550101",
        dst="101",
        peer="101",
        caller="trunk",
        disposition="ANSWERED",
        lastapp="Dial",
        lastdata=None,
        context="from-trunk",
        userfield="",
        made=None,
        number=0,
        channel=None,
        linked=None,
        clid=None,
    ):
        """One line.

        Args:
            start: UTC.
            ring: Seconds before the answer or the end.
            talk: Seconds of talk, where it was answered.
            peer: Whom the switch called, or None.
            made: When the channel was made, where it is not the start.
        """
        start += self.fast
        answered = disposition == "ANSWERED"
        answer = start + timedelta(seconds=ring) if answered else None
        end = start + timedelta(seconds=ring + (talk if answered else 0))
        unique = f"{int((made or start).timestamp())}.{number}"
        cells = [
            text(""), text(src), text(dst), text(context), text(clid or f'"Anna" <{src}>'),
            text(channel or self.channel(caller)), text(self.channel(peer) if peer else ""), text(lastapp),
            text(lastdata if lastdata is not None else f"PJSIP/{peer},30"), self.time(start), self.time(answer),
            self.time(end), str(int((end - start).total_seconds())), str(talk if answered else 0),
            text(disposition), text("DOCUMENTATION"),
        ]  # fmt: skip
        cells += [text(unique)] if self.uniqueid else []
        cells += [text(userfield)] if self.userfield else []
        cells += [text(""), text(linked or unique), str(number)] if self.new else []
        return ",".join(cells) + "\n"

    def time(self, instant):
        if instant is None:
            return ""
        return text(instant.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S"))
