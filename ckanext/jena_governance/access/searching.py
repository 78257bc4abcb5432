"""What a search may ask of Solr: of documents that are found, never of the whole index.

CKAN adds the permission labels as a filter. Facets with a count of zero, scores and functions
on word frequencies tell of documents behind the filter all the same.
"""

from __future__ import annotations

import json
import re
from typing import Any

import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.lib.search import SearchQueryError
from ckan.types import Context

from ckanext.jena_governance import config
from ckanext.jena_governance.access import facts, hidden

_FIELD = re.compile(r"[\w.*-]+")
_FUNCTION = re.compile(r"(\w+)\s*\(")
# Functions of one document's own values and of constants.
_FUNCTIONS = frozenset(
    {
        *("abs", "add", "and", "cbrt", "ceil", "ceiling", "cos", "def", "deg", "dist", "div"),
        *("e", "eq", "exists", "exp", "field", "floor", "geodist", "gt", "gte", "hsin", "if"),
        *("linear", "literal", "ln", "log", "lt", "lte", "map", "max", "min", "mod", "ms", "mul"),
        *("not", "or", "pi", "pow", "product", "rad", "recip", "rint", "sin", "sqedist", "sqrt"),
        *("strdist", "sub", "sum", "tan", "tanh", "vector", "xor"),
    }
)
_PARSERS = frozenset({"dismax", "edismax", "lucene"})


def plain(params: dict[str, Any]) -> dict[str, Any]:
    """Refuse what would tell of hidden datasets, whoever asks.

    Args:
        params: of CKAN's search, before other plugins add their own.

    Raises:
        SearchQueryError: names the parameter; CKAN answers 400.
    """
    if params.get("facet.mincount") == 0:
        params["facet.mincount"] = 1
    if params.get("defType") not in (None, *_PARSERS):
        raise _refusal("defType", params["defType"])
    for name in re.split(r"[,\s]+", _text(params.get("fl"))):
        if name == "score" or (name and not _FIELD.fullmatch(name)):
            raise _refusal("fl", name)
    for param in ("sort", "bf", "boost"):
        for function in _FUNCTION.findall(_text(params.get(param))):
            if function not in _FUNCTIONS:
                raise _refusal(param, function)
    return params


def widened(context: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Let those who may find hidden datasets find them without further parameters.

    Args:
        context: of the search; nothing changes for CKAN's internal ones and for anonymous.
        params: as the caller gave them; ``include_private`` is respected.
    """
    types = " OR ".join(f'"{one}"' for one in sorted(config.dataset_types()))
    if context.get("ignore_auth") and hidden.is_narrow():
        return _filtered(params, f"capacity:public OR (*:* NOT dataset_type:({types}))")
    if context.get("ignore_auth") or "include_private" in params:
        return params
    user = hidden.user_in(context)
    # Which hidden ones they find is said by their labels.
    if user is None or facts.actor_of(user.id).id is None:
        return params
    ours = _filtered(params, f"capacity:public OR dataset_type:({types})")
    return {**ours, "include_private": True}


def without_relations(document: dict[str, Any]) -> dict[str, Any]:
    """Take relations to private datasets out of what is indexed, in place.

    Args:
        document: the flat document of ``before_dataset_index``.
    """
    fields = [name for name in model.PackageRelationship.get_all_types() if document.get(name)]
    if not fields:
        return document
    names = {name for field in fields for name in document[field]}
    package = model.Package
    private = model.Session.scalars(
        sa.select(package.name).where(package.name.in_(names), package.private.is_(True))
    ).all()
    for field in fields:
        document[field] = [name for name in document[field] if name not in private]
    for field in ("data_dict", "validated_data_dict"):
        # Stored with ids only; CKAN reads those of the database where it matters.
        dataset = {**json.loads(document[field]), **{name: [] for name in hidden.RELATIONS}}
        document[field] = json.dumps(dataset)
    return document


def _filtered(params: dict[str, Any], query: str) -> dict[str, Any]:
    return {**params, "fq_list": [*params.get("fq_list", ()), query]}


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _refusal(param: str, value: object) -> SearchQueryError:
    message = tk._("“{value}” is not possible in {param}: it would tell of datasets not found")
    return SearchQueryError(message.format(value=value, param=param))
