"""What must go along when a dataset changes hands."""

from __future__ import annotations

import sqlalchemy as sa

from ckan import model

from ckanext.jena_governance.access import charge, stored
from ckanext.jena_governance.model import GovernanceAccessRequest


def requests_follow(package: model.Package) -> None:
    """Let lists of requests know who owns a dataset now; rights are looked up in any case."""
    if not stored.is_governed(package):
        return
    owner = charge.owner_of(package)
    row = GovernanceAccessRequest
    new = owner.id if owner is not None else None
    model.Session.execute(
        sa.update(row)
        .where(row.dataset_id == package.id, row.owner_id.is_distinct_from(new))
        .values(owner_id=new)
        .execution_options(synchronize_session=False)
    )
