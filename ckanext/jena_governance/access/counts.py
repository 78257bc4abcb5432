"""How many datasets a group has: of those that whoever asks may know of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.types import Action, Context, DataDict

from ckanext.jena_governance.access import hidden

_BY_COUNT = re.compile(r"\s*(?:packages|package_count(?:\s+(asc|desc))?)\s*", re.IGNORECASE)
_MOST = {
    False: "ckan.group_and_organization_list_max",
    True: "ckan.group_and_organization_list_all_fields_max",
}


def sorted_list(next_: Action, context: Context, data_dict: DataDict, key: str) -> list[Any]:
    """CKAN's list of groups or organizations; by number of datasets, if so asked.

    CKAN counts private datasets there, and leaves out those who have none at all.

    Args:
        next_: CKAN's list.
        context: whoever asks; CKAN's own way for its internal calls.
        data_dict: as they asked.
        key: where CKAN takes the names of the wanted ones.
    """
    sort = data_dict.get("sort") or data_dict.get("order_by") or ""
    by_count = _BY_COUNT.fullmatch(str(sort or tk.config.get("ckan.default_group_sort") or ""))
    page = _page_of(data_dict)
    if by_count is None or page is None or context.get("ignore_auth"):
        return next_(context, data_dict)
    known = set(_names(next_, context, data_dict))
    counted = [one for one in _counted(by_count[1] or "desc") if {one.id, one.name} & known][page]
    if not tk.asbool(data_dict.get("all_fields")):
        field = "id" if context.get("api_version") == 2 else "name"
        return [getattr(one, field) for one in counted]
    names = [one.name for one in counted]
    wanted = {**data_dict, key: names, "sort": "name asc", "offset": 0, "limit": len(names)}
    shown = next_(context, wanted) if names else []
    return sorted(shown, key=lambda one: names.index(one["name"]))


def corrected(context: Context, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take what may not be seen out of CKAN's counts, in place; one or two queries at most.

    CKAN counts for some answers without asking for permission labels.
    """
    counted = [one for one in _all(groups) if one.get("package_count")]
    if not counted:
        return groups
    # 2.12 counts this type only.
    types = ["dataset"] if tk.check_ckan_version(min_version="2.12.0a0") else None
    unseen = hidden.from_whom(context, types)
    if unseen:
        numbers = _numbers_of(unseen)
        for one in counted:
            one["package_count"] = max(0, one["package_count"] - numbers[one["id"]])
    return groups


def _page_of(data_dict: DataDict) -> slice | None:
    """Which part is asked for; ``None`` where CKAN shall say what is wrong."""
    try:
        most = int(tk.config.get(_MOST[tk.asbool(data_dict.get("all_fields") or False)]))
        offset, limit = (int(data_dict.get(name) or 0) for name in ("offset", "limit"))
    except (TypeError, ValueError):
        return None
    if offset < 0 or limit < 0:
        return None
    return slice(offset, offset + min(limit or most, most))


def _names(next_: Action, context: Context, data_dict: DataDict) -> Iterator[str]:
    """All that CKAN would list, page by page."""
    most = int(tk.config.get(_MOST[False]))
    asked = {**data_dict, "sort": "name asc", "order_by": "", "all_fields": False, "limit": most}
    offset, names = 0, ["…"]
    while names:
        names = next_(context, {**asked, "offset": offset})
        yield from names
        offset += most


def _counted(direction: str) -> list[Any]:
    group, member, package = model.Group, model.Member, model.Package
    number = sa.func.count(package.id)
    query = (
        sa.select(group.id, group.name)
        .join(member, member.group_id == group.id)
        .join(package, member.table_id == package.id)
        .where(
            member.table_name == "package",
            member.state == model.State.ACTIVE,
            package.state == model.State.ACTIVE,
            package.private.is_(False),
        )
        .group_by(group.id, group.name)
        .order_by(number.asc() if direction.lower() == "asc" else number.desc(), group.name)
    )
    return list(model.Session.execute(query))


def _numbers_of(packages: set[str]) -> Counter[str]:
    package, member = model.Package, model.Member
    owners = sa.select(package.owner_org).where(
        package.id.in_(packages), package.state == model.State.ACTIVE
    )
    groups = (
        sa.select(member.group_id)
        .join(package, package.id == member.table_id)
        .join(model.Group, model.Group.id == member.group_id)
        .where(
            package.id.in_(packages),
            package.state == model.State.ACTIVE,
            member.state == model.State.ACTIVE,
            model.Group.is_organization.is_(False),
        )
    )
    ids = [*model.Session.scalars(owners), *model.Session.scalars(groups)]
    return Counter(id_ for id_ in ids if id_)


def _all(groups: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in groups:
        yield one
        yield from _all(one.get("groups") or [])
