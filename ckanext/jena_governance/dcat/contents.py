"""What feeds tell of datasets: what the index holds, where the tables say the same."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import ckantoolkit as tk
from ckan.types import Context

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import facts
from ckanext.jena_governance.dcat import live
from ckanext.jena_governance.logic import catalogue

log = logging.getLogger(__name__)

_INDEXED = ("id", "data_dict", "validated_data_dict")


def of(feed: str, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Datasets as a feed tells of them: what anonymous readers see, whoever asks.

    One question to the index and a fixed number to the database. Only where the index is behind
    the tables is a dataset read from the database, one by one.

    Args:
        feed: ``full`` or ``govdata``.
        ids: of its members; what no longer is one is left out.

    Yields:
        Dictionaries as of ``package_show``, in the order of ``ids``.

    Raises:
        SearchError: the index does not answer.
    """
    # The index first: what changes meanwhile is seen in the tables.
    indexed = _indexed(ids)
    datasets = live.datasets(ids)
    _fetch_entities(datasets.values())
    for id_ in ids:
        if id_ in datasets:
            told = _told(feed, indexed.get(id_), datasets[id_])
            if told is not None:
                yield told


def _told(
    feed: str, document: dict[str, str] | None, dataset: dict[str, Any]
) -> dict[str, Any] | None:
    """What a feed tells of one dataset, if anything; its own errors are not those of the rest."""
    vaulted, words, today = live.vaulted(dataset), vocabulary.current(), config.today()
    try:
        if policy.part_for(feed, dataset, words, today, vaulted=vaulted) is None:
            return None
        shown = _fresh(document, dataset) or _from_database(dataset["id"])
        return shown and policy.part_for(feed, shown, words, today, vaulted=vaulted)
    except Exception:
        log.exception("dataset %s is in no feed: it cannot be shown", dataset["id"])
        return None


def _indexed(ids: Sequence[str]) -> dict[str, dict[str, str]]:
    if not ids:
        return {}
    wanted = " OR ".join(f'"{id_}"' for id_ in ids)
    query = {
        "fq_list": [f"+id:({wanted})"],
        "fl": list(_INDEXED),
        "rows": len(ids),
        "sort": "id asc",
        "facet": "false",
    }
    found = tk.get_action("package_search")(_nobody(), query)
    return {one["id"]: one for one in found["results"]}


def _fresh(document: dict[str, str] | None, dataset: dict[str, Any]) -> dict[str, Any] | None:
    """What the schema made of a dataset, if it was indexed as it is now."""
    if document is None or not live.agrees(json.loads(document["data_dict"]), dataset):
        return None
    return catalogue.add_computed(json.loads(document["validated_data_dict"]))


def _from_database(id_: str) -> dict[str, Any] | None:
    log.info("the index is behind: %s is read from the database", id_)
    context: Context = {**_nobody(), "use_cache": False}
    try:
        return tk.get_action("package_show")(context, {"id": id_})
    except (tk.ObjectNotFound, tk.NotAuthorized):  # since then
        return None


def _fetch_entities(datasets: Iterable[dict[str, Any]]) -> None:
    """Those who answer for datasets, in one query; a request remembers them."""
    named = {one.get(field) for one in datasets for field in ("owning_entity", "owner_org")}
    facts.entities_of({name for name in named if isinstance(name, str) and name})


def _nobody() -> Context:
    # Not left out: CKAN would take whoever sent the request.
    return {"user": "", "auth_user_obj": None}
