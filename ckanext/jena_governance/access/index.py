"""Solr must not know more than the catalogue, also after a failure half-way.

CKAN writes the index before it commits (2.12), or swallows errors of the index after it (2.11):
so whoever changes levels looks at the document afterwards.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager

import ckantoolkit as tk
from ckan import model
from ckan.lib import search
from ckan.lib.search.common import make_connection

from ckanext.jena_governance.access import scrub, vault

log = logging.getLogger(__name__)

_REPAIR = "run 'ckan search-index rebuild %s' and 'ckan jena-governance vault status'"


@contextmanager
def healing(reference: str | None) -> Generator[None]:
    """If a write fails within, make Solr say again what the database says.

    Args:
        reference: id or name of the dataset that is written.
    """
    try:
        yield
    except (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound):
        raise  # refused before anything was indexed
    except Exception:
        model.Session.rollback()
        _heal(reference)
        raise


def read_back(package_id: str) -> None:
    """Make sure that the document of a dataset holds none of its locations.

    What cannot be mended is logged with the command that does.
    """
    secrets = {
        secret for row in vault.rows_of(package_id).values() for secret in scrub.secrets_of(row)
    }
    try:
        if secrets and holds(package_id, secrets):
            search.rebuild(package_id)
            if fields := where(package_id, secrets):
                log.error(
                    "Solr still holds a location of %s in %s: " + _REPAIR,
                    package_id, ", ".join(sorted(fields)), package_id,
                )  # fmt: skip
    except search.SearchError:
        log.error("Solr could not be asked about %s: " + _REPAIR, *[package_id] * 2)  # noqa: TRY400


def holds(package_id: str, secrets: Iterable[str]) -> bool:
    """Whether any field of a dataset's document contains one of these texts."""
    return bool(where(package_id, secrets))


def where(package_id: str, secrets: Iterable[str]) -> set[str]:
    """The fields of a dataset's document that contain one of these texts."""
    sought = list(secrets)
    try:
        found = make_connection().search(
            f'+index_id:* +id:"{package_id}"', fq=f'+site_id:"{tk.config["ckan.site_id"]}"'
        )
    except Exception as error:  # noqa: BLE001 - pysolr raises whatever its transport does
        raise search.SearchError(type(error).__name__) from None
    return {
        field
        for document in found.docs
        for field, value in document.items()
        if any(secret in _text(value) for secret in sought)
    }


def _text(value: object) -> str:
    """A field as text; one that is JSON once more without its escapes."""
    plain = json.dumps(value, ensure_ascii=False, default=str)
    return plain.replace('\\"', '"').replace("\\\\", "\\").replace("\\/", "/")


def _heal(reference: str | None) -> None:
    if not reference:
        return
    try:
        package = model.Package.get(reference)
        if package is None:
            search.clear(reference)
        else:
            search.rebuild(package.id)
    except Exception as error:  # noqa: BLE001 - the first error matters more
        log.error("%s after a failed write: " + _REPAIR, type(error).__name__, reference)  # noqa: TRY400
