"""The stop button: close a dataset at once, whatever state it and the machines beside it are in."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from ckan import model
from ckan.lib import search

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import index, scrub, stored, vault
from ckanext.jena_governance.model import event
from ckanext.jena_governance.policy import CLOSED, LOCK, values

log = logging.getLogger(__name__)

LOCKED = "dataset.locked"
DAYS = 14

_REBUILD = "ckan search-index rebuild {}"

# What the lock changes, and unlocking may want to know.
_FIELDS = ("openness", "legal_basis", "review_date", "license_id", "licence_when_open")


@dataclass
class Outcome:
    """What became of it.

    Attributes:
        is_new: false if the dataset was locked before; then its stores are only put in order.
        review_date: the day on which somebody should have decided.
        repair: commands that must still be run; empty if all is well.
    """

    is_new: bool
    review_date: str
    repair: list[str] = field(default_factory=list[str])


def lock(package: model.Package, user_id: str | None, reason: str) -> Outcome:
    """Close a dataset and commit; past the rules, CKAN's validation and the search index.

    Args:
        package: the dataset, in any state.
        user_id: who does it; ``None`` for the system.
        reason: why; recorded, not published.

    Returns:
        What became of it. The level is closed when this returns.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: CKAN's own database cannot be written.

    Source:
        Design §4, "Closing at once".
    """
    outcome = Outcome(is_new=False, review_date="")
    package_id = package.id
    for settle in (vault.settle, _links_only, _nothing):
        try:
            _close(package_id, user_id, reason, outcome, settle)
            break
        except Exception as error:
            model.Session.rollback()
            if settle is _nothing:
                raise
            # Never the message: it may name a location.
            log.error("locking %s: %s", package_id, type(error).__name__)  # noqa: TRY400
            outcome.repair = ["ckan jena-governance vault clean"]
    outcome.repair += _index(package_id)
    return outcome


def _close(
    package_id: str,
    user_id: str | None,
    reason: str,
    outcome: Outcome,
    settle: Callable[[model.Package], None],
) -> None:
    package = model.Session.get(model.Package, package_id)
    assert package is not None  # noqa: S101 - the caller has just read it
    model.Session.refresh(package, with_for_update=True)
    before = stored.dataset_of(package)
    bases = values.ids(before.get("legal_basis")) or []
    outcome.is_new = LOCK not in bases
    outcome.review_date = str(before.get("review_date") or "")
    if outcome.is_new:
        outcome.review_date = (config.today() + timedelta(days=DAYS)).isoformat()
        _write(package, before, bases, outcome.review_date)
        said = _without_locations(package, reason)
        was = {name: before.get(name) for name in _FIELDS}
        _record(package, user_id, {"reason": said, "before": was, "until": outcome.review_date})
    settle(package)
    model.Session.flush()
    _forget_changes()
    model.Session.commit()


def _write(
    package: model.Package, before: dict[str, Any], bases: list[str], review_date: str
) -> None:
    """The lock first: of very many bases only the first ones count."""
    after = {
        **before,
        "openness": CLOSED,
        "legal_basis": [LOCK, *bases],
        "review_date": review_date,
    }
    after = policy.settle_licence(after, vocabulary.current())
    stored.put(
        package,
        {
            "openness": CLOSED,
            "legal_basis": json.dumps(after["legal_basis"], ensure_ascii=False),
            "review_date": review_date,
            "licence_when_open": after.get("licence_when_open"),
        },
    )
    package.license_id = after.get("license_id") or package.license_id
    package.metadata_modified = datetime.now(timezone.utc).replace(tzinfo=None)
    model.Session.flush()


def _without_locations(package: model.Package, reason: str) -> str:
    """The reason may not tell where the data are; and for that nobody shall have to wait."""
    secrets = {resource.url for resource in package.resources_all if "://" in (resource.url or "")}
    for row in vault.rows_of(package.id).values():
        secrets.update(scrub.secrets_of(row))
    for secret in sorted(secrets, key=len, reverse=True):
        reason = reason.replace(secret, "…")
    return reason


def _record(package: model.Package, user_id: str | None, data: dict[str, Any]) -> None:
    event.record(
        model.Session,
        LOCKED,
        object_type="dataset",
        object_id=package.id,
        user_id=user_id,
        data=data,
    )


def _forget_changes() -> None:
    """CKAN 2.11 indexes what has changed before it commits, and would not without Solr."""
    changes: dict[str, set[Any]] = getattr(model.Session(), "_object_cache", {})
    for objects in changes.values():
        objects.clear()


def _index(package_id: str) -> list[str]:
    """The commands to run if Solr could not be told."""
    for tell in (search.rebuild, search.clear):  # better not found than with its location
        try:
            tell(package_id)
        except Exception as error:  # noqa: BLE001 - the data are closed; the index comes second
            model.Session.rollback()
            log.error("locking %s: index: %s", package_id, type(error).__name__)  # noqa: TRY400
            continue
        index.read_back(package_id)
        return [] if tell is search.rebuild else [_REBUILD.format(package_id)]
    return [_REBUILD.format(package_id)]


def _links_only(package: model.Package) -> None:
    """Without files and rows, whose stores may be out of reach."""
    vault.settle(package, stores=False)


def _nothing(_package: model.Package) -> None:
    """The level alone: every gate still looks at it."""
