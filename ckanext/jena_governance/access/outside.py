"""The newest seal of the log, noted where the database does not reach."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import ckantoolkit as tk
from ckan.lib import mailer

from ckanext.jena_governance import config
from ckanext.jena_governance.policy import sealing
from ckanext.jena_governance.policy.sealing import Finding, Noted, Seal

log = logging.getLogger(__name__)


def noted() -> tuple[list[Noted], list[Finding]] | None:
    """What the file says, and its lines that cannot be read; ``None`` if there is none to have.

    Raises:
        OSError: the file is configured and there, but cannot be read.
    """
    path = config.event_digest_file()
    if path is None:
        return None
    if not path.exists():
        return [], []
    return sealing.read_lines(path.read_text(encoding="utf-8", errors="replace"))


def has_notes() -> bool:
    """Whether a seal is noted in the file, so that it shows how far the days were sealed.

    Raises:
        OSError: as from :func:`noted`.
    """
    known = noted()
    return bool(known and known[0])


def note(seals: Sequence[Seal]) -> int:
    """Append those seals that the file does not have yet.

    Args:
        seals: all seals, by day.

    Returns:
        How many lines were written.

    Raises:
        OSError: the file cannot be written.
    """
    path, known = config.event_digest_file(), noted()
    if path is None or known is None:
        return 0
    last = max((one.day for one in known[0]), default=None)
    new = [one for one in seals if last is None or one.day > last]
    if new:
        _append(path, "".join(sealing.line_of(one) + "\n" for one in new))
    return len(new)


def _append(path: Path, text: str) -> None:
    """In one write, and on the disk before anybody relies on it."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def mail(newest: Seal) -> bool:
    """Send the newest seal to the mailbox for data protection, where there is one.

    Returns:
        Whether it went out. A mail that does not is not sent again: the next one says more.
    """
    mailbox = config.legal_mailbox()
    if not mailbox:
        return False
    subject = tk._("Seal of the log, {day}").format(day=newest.day.isoformat())
    body = tk._(
        "This is the newest seal of the log of the data portal (day, number of events, seal, key):"
        "\n\n{line}\n\nKeep this mail. If somebody ever cuts off or rewrites the log, it shows by "
        "what you have here: docs/log.md says how to compare."
    ).format(line=sealing.line_of(newest))
    try:
        mailer.mail_recipient("", mailbox, subject, body)
    except Exception as error:  # noqa: BLE001 - the seal is made, whatever becomes of the mail
        log.error("the seal was not mailed: %s", type(error).__name__)  # noqa: TRY400
        return False
    return True
