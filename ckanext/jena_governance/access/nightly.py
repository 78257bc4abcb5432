"""What the log needs each day, done by the background worker: nobody has to think of it."""

from __future__ import annotations

import logging
import time
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from ckanext.jena_governance import config
from ckanext.jena_governance.access import outside, seals
from ckanext.jena_governance.access.seals import BusyError, SealError
from ckanext.jena_governance.policy.sealing import Seal

log = logging.getLogger(__name__)

# Writing an event takes milliseconds; in one of so many moments nobody does.
TRIES = 20
PAUSE = 0.5


def seal() -> None:
    """Seal the days that are over, where there is a key, and mail the newest seal.

    As ``log seal`` does, but whoever writes an event never waits for it. What stands in the way is
    logged, not raised: other work of the day goes on, the next run catches up, and ``log verify``
    finds days that are not sealed.
    """
    if not config.event_keys():
        return
    try:
        made = _seal_when_free()
    except BusyError:
        log.warning("nothing was sealed: events were being written all the time")
    except SealError as error:
        log.error("the log was not sealed: %s", error)  # noqa: TRY400 - it says all
    except (OSError, SQLAlchemyError) as error:
        log.error("the log was not sealed, or not noted outside: %s", error)  # noqa: TRY400
    else:
        if made:
            log.info("sealed %s days of the log, to %s", len(made), made[-1].day)
            outside.mail(made[-1])


def _seal_when_free() -> list[Seal]:
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE)
        with suppress(BusyError):
            return seals.seal(waits=False)
    raise BusyError
