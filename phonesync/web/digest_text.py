"""Digests of call-backs in words, in the language that their configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phonesync.journal.named_callbacks import is_overdue
from phonesync.journal.outgoing import Message
from phonesync.web.languages import translations
from phonesync.web.view import View

if TYPE_CHECKING:
    from phonesync.journal.digests import Digest, Line


def compose(digest: Digest) -> Message:
    """The mail."""
    texts = translations(digest.language)
    view = View(language=digest.language, zone=digest.zone, now=digest.now, theme=None, texts=texts)
    waiting = texts.ngettext("%(num)s caller waits", "%(num)s callers wait", digest.waiting)
    waiting %= {"num": digest.waiting}
    heads = [waiting]
    if digest.overdue:
        late = texts.ngettext("%(num)s past the target", "%(num)s past the target", digest.overdue)
        heads.append(late % {"num": digest.overdue})
    lines = [f"{', '.join(heads)}.", "", *(_line(line, view) for line in digest.lines)]
    rest = digest.waiting - len(digest.lines)
    if rest:
        lines.append(texts.ngettext("and %(num)s more", "and %(num)s more", rest) % {"num": rest})
    return Message(subject=f"{digest.name}: {', '.join(heads)}", text="\n".join(lines) + "\n")


def _line(line: Line, view: View) -> str:
    one, stands, _ = line.one.callback, line.one.standing, view.texts.gettext
    number = line.one.listed.number_shown or one.party.rpartition(":")[2]
    parts = [f"{line.name} ({number})" if line.name else number]
    if one.owner is not None:
        parts.append(_("for %(owner)s") % {"owner": one.owner})
    parts.append(_("missed %(at)s") % {"at": view.moment(one.opened_at)})
    if is_overdue(one, view.now):
        parts.append(_("past the target"))
    if stands.snoozed_until is not None:
        parts.append(_("next attempt %(at)s") % {"at": view.moment(stands.snoozed_until)})
    elif stands.taken_by is not None:
        parts.append(f"{_('taken')}: {stands.taken_by}")
    return f"- {'; '.join(parts)}"
