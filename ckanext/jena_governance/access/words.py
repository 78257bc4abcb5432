"""Tags and formats that are known from hidden datasets only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.types import Context, DataDict

from ckanext.jena_governance.access import hidden

# What CKAN lists where nothing else is asked for.
_FORMATS = 5

Listing = Callable[[Context, DataDict], list[Any]]


def without_hidden_tags(context: Context, data_dict: DataDict, listing: Listing) -> list[Any]:
    """A list of tags (names or dictionaries) without those of hidden datasets only."""
    return page_without_hidden_tags(context, data_dict, listing)[0]


def page_without_hidden_tags(
    context: Context, data_dict: DataDict, listing: Listing
) -> tuple[list[Any], int | None]:
    """The same with the number of all; ``None`` where CKAN's own number is right.

    Args:
        context: whoever asks.
        data_dict: as they asked; tags of vocabularies do not come from datasets.
        listing: CKAN's list.
    """
    unwanted = set[str]() if data_dict.get("vocabulary_id") else hidden_tags(context)
    if not unwanted:
        return listing(context, data_dict), None
    asked = {key: value for key, value in data_dict.items() if key not in ("limit", "offset")}
    tags = [tag for tag in listing(context, asked) if _name(tag) not in unwanted]
    start, limit = _number(data_dict.get("offset"), 0), _number(data_dict.get("limit"), len(tags))
    return tags[start : start + limit], len(tags)


def without_hidden_formats(context: Context, data_dict: DataDict, listing: Listing) -> list[str]:
    """A list of formats without those of hidden datasets only."""
    unwanted = _hidden_formats(context)
    if not unwanted:
        return listing(context, data_dict)
    limit = _number(data_dict.get("limit"), _FORMATS)
    found = listing(context, {**data_dict, "limit": limit + len(unwanted)})
    return [one for one in found if one not in unwanted][:limit]


def hidden_tags(context: Context) -> set[str]:
    """Names of free tags that only datasets have which whoever asks may not know of."""
    unseen = hidden.from_whom(context)
    if not unseen:
        return set()
    tag, of_package, package = model.Tag, model.PackageTag, model.Package
    theirs = (
        sa.select(tag.name)
        .join(of_package, of_package.tag_id == tag.id)
        .where(of_package.package_id.in_(unseen), tag.vocabulary_id.is_(None))
    )
    others = (
        sa.select(tag.name)
        .join(of_package, of_package.tag_id == tag.id)
        .join(package, package.id == of_package.package_id)
        .where(
            tag.name.in_(theirs),
            package.id.not_in(unseen),
            package.state == model.State.ACTIVE,
            of_package.state == model.State.ACTIVE,
        )
    )
    return set(model.Session.scalars(theirs)) - set(model.Session.scalars(others))


def _hidden_formats(context: Context) -> set[str]:
    unseen = hidden.from_whom(context)
    if not unseen:
        return set()
    resource = model.Resource
    name = sa.func.lower(resource.format)
    is_active = resource.state == model.State.ACTIVE
    theirs = sa.select(name).where(resource.package_id.in_(unseen), is_active)
    others = sa.select(name).where(resource.package_id.not_in(unseen), is_active, name.in_(theirs))
    return set(model.Session.scalars(theirs)) - set(model.Session.scalars(others))


def _number(value: Any, default: int) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else default


def _name(tag: Any) -> str:
    return tag["name"] if isinstance(tag, dict) else tag
