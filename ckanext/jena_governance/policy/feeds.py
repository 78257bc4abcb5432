"""Which datasets a feed for other portals tells of, and which of their files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from ckanext.jena_governance.policy import values
from ckanext.jena_governance.policy.effective import VIEWABLE, effective_level
from ckanext.jena_governance.policy.levels import OPEN
from ckanext.jena_governance.policy.shown import state_of
from ckanext.jena_governance.policy.vocabulary import Vocabulary

FULL = "full"
GOVDATA = "govdata"
FEEDS = (GOVDATA, FULL)


def part_for(
    feed: str,
    dataset: Mapping[str, Any],
    vocabulary: Vocabulary,
    today: date,
    *,
    vaulted: Collection[str] = (),
) -> dict[str, Any] | None:
    """What a feed tells of a dataset.

    ``full`` tells of every dataset whose description is public, as it is. ``govdata`` tells of
    those that are open today and have a file to get, and of their open files only; the licence
    makes no difference (``viewable`` is told, too).

    Args:
        feed (str): ``full`` or ``govdata``.
        dataset (Mapping): the dataset with its resources.
        vocabulary (Vocabulary): the register.
        today (date): the day, in the portal's time zone.
        vaulted (Collection[str]): ids of resources whose location is in the vault; they close
            what states no level.

    Returns:
        dict | None: the dataset, with the resources to tell of; ``None`` if the feed must not,
        or has no reason to, tell of it.

    Raises:
        ValueError: there is no such feed.

    Source:
        Design §2, §3, §5; Konventionenhandbuch DCAT-AP.de: GovData lists what can be had.
    """
    if feed not in FEEDS:
        raise ValueError(feed)
    if not values.is_readable(dataset) or values.is_hidden(dataset):
        return None
    if feed == FULL:
        return dict(dataset)
    if effective_level(dataset, None, vocabulary, today, vaulted=bool(vaulted)) != OPEN:
        return None
    to_get = [
        resource
        for resource in values.resources_of(dataset)
        if state_of(dataset, resource, vocabulary, today, vaulted=resource.get("id") in vaulted)
        in (OPEN, VIEWABLE)
    ]
    return {**dataset, "resources": to_get} if to_get else None
