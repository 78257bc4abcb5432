"""What the catalogue shows and indexes beside what is stored."""

from __future__ import annotations

import json
from typing import Any

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import facts
from ckanext.jena_governance.access.gateways import gateway_url, is_gateway_of

# Facets and filters: one value each (string), or several (vocab_…: string, multi-valued).
SINGLE = (
    "openness",
    "openness_effective",
    "openness_mix",
    "entity_class",
    "owning_entity",
    "personal_data",
    "metadata_visibility",
    "derivative_status",
)
SEVERAL = ("legal_basis", "hvd_category")

# Lucene refuses a single term of more than 32,766 bytes, and the whole dataset with it.
LONGEST_TERM = 32_000


def add_computed(dataset: dict[str, Any]) -> dict[str, Any]:
    """Add the computed fields to a shown dataset, in place.

    Args:
        dataset: as ``package_show`` gives it, with any schema.

    Returns:
        The same dictionary.
    """
    if config.governs(dataset.get("type")):
        _restore_empty(dataset)
        _renew_gateways(dataset)
        dataset.update(computed(dataset))
    return dataset


# What lets a level change without a write.
_DATED = ("opens_on", "permission")


def complete_found(results: dict[str, Any]) -> dict[str, Any]:
    """Add the computed fields to what a search found, in place; one query for all entities.

    The index of CKAN 2.11 does not hold them, and that of 2.12 those of the day of indexing.

    Args:
        results: of ``package_search``.

    Returns:
        The same dictionary.
    """
    # With `fl` they are rows of the index, no datasets.
    found = [one for one in results.get("results") or [] if "resources" in one and _is_due(one)]
    if len(found) > 1:
        owners = {one.get(field) for one in found for field in ("owning_entity", "owner_org")}
        facts.entities_of({owner for owner in owners if isinstance(owner, str) and owner})
    for dataset in found:
        add_computed(dataset)
    return results


def _is_due(dataset: dict[str, Any]) -> bool:
    is_dated = any(dataset.get(field) for field in _DATED)
    return is_dated or not policy.COMPUTED_FIELDS & dataset.keys()


# CKAN's own fields that its answers hold even where they are empty; ckanext-scheming drops them.
ALWAYS_THERE = ("license_id", "notes", "owner_org", "url", "version")
ALWAYS_THERE_IN_RESOURCES = ("description", "mimetype", "name", "size")


def _restore_empty(dataset: dict[str, Any]) -> None:
    for field in ALWAYS_THERE:
        dataset.setdefault(field, None)
    dataset.setdefault("extras", [])
    for resource in dataset.get("resources") or []:
        for field in ALWAYS_THERE_IN_RESOURCES:
            resource.setdefault(field, None)


def _renew_gateways(dataset: dict[str, Any]) -> None:
    """A gateway's address follows the portal's, also where it was stored under another one."""
    for resource in dataset.get("resources") or []:
        if is_gateway_of(resource.get("url"), resource.get("id", "")):
            resource["url"] = gateway_url(dataset["id"], resource["id"])


def index_document(document: dict[str, Any]) -> dict[str, Any]:
    """Prepare a Solr document: facet values, and no term too long for Lucene.

    Args:
        document: the flat document of ``before_dataset_index``.

    Returns:
        The same dictionary.
    """
    if config.governs(document.get("type")):
        dataset = json.loads(document["validated_data_dict"])
        dataset.update(computed(dataset))
        _add_facets(document, dataset)
    _drop_long_terms(document)
    return document


def computed(dataset: dict[str, Any]) -> dict[str, Any]:
    """The computed fields of a complete dataset: effective level, mix, owner's class and name."""
    extras = {extra["key"]: extra["value"] for extra in dataset.get("extras") or []}
    complete = {**extras, **dataset}
    return policy.computed(complete, facts.facts_of(complete), vocabulary.current(), config.today())


def _add_facets(document: dict[str, Any], dataset: dict[str, Any]) -> None:
    for field in SINGLE:
        value = dataset.get(field)
        if isinstance(value, str) and value:
            document[field] = value
        else:
            document.pop(field, None)
    for field in SEVERAL:
        document.pop(field, None)
        values = dataset.get(field)
        if isinstance(values, list) and values:
            document[f"vocab_{field}"] = values
    document.pop("permission", None)


def _drop_long_terms(document: dict[str, Any]) -> None:
    """Long texts stay findable by their words (``extras_…``), not as one term."""
    for field, value in list(document.items()):
        if (
            isinstance(value, str)
            and f"extras_{field}" in document
            and len(value.encode()) > LONGEST_TERM
        ):
            del document[field]
