"""Files of restricted resources: a folder of their own, out of CKAN's reach without us.

The file of a restricted resource lies in ``governed/``, where CKAN's own uploader never looks.
Closing moves it before the commit, opening after it: what goes wrong in between leaves a file
that CKAN does not find, never one that it should not. An open resource whose file lies in
``governed/`` all the same (a closing that was rolled back, an opening that broke off, a day on
which it opens by itself) is served from there, and moved by the next save.
"""

from __future__ import annotations

import mimetypes
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from flask import has_request_context, request

import ckantoolkit as tk
from ckan import model
from ckan.lib import uploader as ckan_uploader
from ckan.lib.munge import substitute_ascii_equivalents

from ckanext.jena_governance.access import entitlement, gates, storage, transaction
from ckanext.jena_governance.access.storage import GOVERNED, NORMAL, Storage

_NAME_LENGTH = 60
_NEUTRAL = "data"


def uploader(resource: dict[str, Any]) -> Any:
    """CKAN's uploader, with our folder for what is restricted.

    Args:
        resource: a resource as CKAN hands it to ``IUploader.get_resource_uploader``.

    Returns:
        An uploader; ``None`` where CKAN is configured for no storage at all.
    """
    is_keeper = storage.keeper_storage() is not None
    if not is_keeper and not tk.config.get("ckan.storage_path"):
        return None
    make: Any = GovernedKeeperUpload if is_keeper else GovernedUpload
    return make(resource)


class _Governed:
    """What changes in CKAN's uploaders: the folder, asked for anew each time."""

    _is_writing = False

    def get_directory(self, id: str) -> str:
        """The folder of a resource's file: where it belongs, or where it lies."""
        files = _storage()
        area = _area_of(id)
        return files.directory(id, area if self._is_writing else _where(files, id, area))

    def upload(self, id: str, *arguments: Any, **named: Any) -> Any:
        """Store the file, or remove it; what it replaces is removed wherever it lies.

        CKAN calls this after the flush, so the level of this very write counts.
        """
        ckans: Any = super()
        self._is_writing = True
        try:
            result = ckans.upload(id, *arguments, **named)
        finally:
            self._is_writing = False
        if getattr(self, "filename", None) or getattr(self, "clear", None):
            other = NORMAL if _area_of(id) == GOVERNED else GOVERNED
            _storage().remove(id, other)
        return result


class GovernedUpload(_Governed, ckan_uploader.ResourceUpload):
    """Files below ``ckan.storage_path``."""

    def get_path(self, id: str) -> str:
        """As CKAN's; a download of a file that is not there is 404, where CKAN would fail."""
        path = super().get_path(id)
        if has_request_context() and gates.is_download(request) and not os.path.isfile(path):
            tk.abort(404, tk._("No download is available"))
        return path


# CKAN 2.12: files in one of its storages.
_keeper_upload: Any = getattr(ckan_uploader, "FKResourceUpload", ckan_uploader.ResourceUpload)


class GovernedKeeperUpload(_Governed, _keeper_upload):
    """Files in a storage of CKAN 2.12."""


def place(resource: model.Resource, restricted: bool) -> None:
    """Put the file of a resource where its level wants it.

    Into ``governed/`` at once, because it must be gone before the catalogue says "restricted";
    out of it only when the current transaction is committed.

    Args:
        resource: the resource; it may have no file.
        restricted: whether it is less than open.

    Raises:
        OSError: a file could not be moved into ``governed/``.
    """
    resource_id = resource.id
    files = storage.current()
    if files is None:
        return
    if restricted:
        _close(files, resource_id)
        return

    def open_file() -> None:
        _open(files, resource_id)

    transaction.after_commit(open_file)


def public_name(resource: model.Resource) -> str:
    """A file name for everyone: ``<slug of the resource's name>.<ext>``.

    CKAN's form proposes the file name as the resource's name; then the name is ``data``.

    Args:
        resource: the resource, with its true file name as ``url``.
    """
    true_name = resource.url or ""
    name = _slug(resource.name or "")[:_NAME_LENGTH].strip("-")
    if not name or _tells(name, true_name):
        name = _NEUTRAL
    return name + _extension(true_name)


def found() -> Iterator[tuple[str, str]]:
    """All files there are: the id of their resource, and ``resources`` or ``governed``.

    An id with ``~`` and a number behind it is a file that was set aside, because another one lay
    where it should have gone.
    """
    files = storage.current()
    if files is not None:
        for area in (NORMAL, GOVERNED):
            for resource_id in files.ids(area):
                yield resource_id, area


def has_file(resource_id: str) -> bool:
    """Whether there is a file under an id, wherever it lies; never under one that is no name."""
    files = storage.current()
    if files is None:
        return False
    try:
        return any(files.exists(resource_id, area) for area in (NORMAL, GOVERNED))
    except tk.ValidationError:
        return False


def remove(resource_id: str) -> None:
    """Remove the file of a resource, wherever it lies."""
    files = storage.current()
    if files is not None:
        for area in (NORMAL, GOVERNED):
            files.remove(resource_id, area)


def _storage() -> Storage:
    files = storage.current()
    if files is None:
        raise TypeError("storage_path is not defined")  # as CKAN's own uploader says it
    return files


def _area_of(resource_id: str) -> str:
    resource = entitlement.resource_in(resource_id)
    is_restricted = resource is not None and entitlement.is_restricted(resource)
    return GOVERNED if is_restricted else NORMAL


def _where(files: Storage, resource_id: str, area: str) -> str:
    """Where a file is read from: where it belongs, if it is there."""
    if area == GOVERNED and files.exists(resource_id, NORMAL):
        # Stored while we were off, or restored from a copy.
        _close(files, resource_id)
    is_elsewhere = area == NORMAL and not files.exists(resource_id, NORMAL)
    return GOVERNED if is_elsewhere and files.exists(resource_id, GOVERNED) else area


def _close(files: Storage, resource_id: str) -> None:
    if not files.exists(resource_id, NORMAL):
        return
    if files.exists(resource_id, GOVERNED):
        if files.is_same(resource_id):
            files.remove(resource_id, NORMAL)
            return
        # Uploads leave one file only: what lies here was never committed.
        _set_aside(files, resource_id, GOVERNED)
    files.move(resource_id, NORMAL, GOVERNED)


def _open(files: Storage, resource_id: str) -> None:
    if not files.exists(resource_id, GOVERNED):
        return
    if files.exists(resource_id, NORMAL):
        if files.is_same(resource_id):
            files.remove(resource_id, GOVERNED)
            return
        _set_aside(files, resource_id, NORMAL)
    files.move(resource_id, GOVERNED, NORMAL)


def _set_aside(files: Storage, resource_id: str, area: str) -> None:
    """Keep a file that is in the way, where CKAN never finds it; ``vault status`` lists it."""
    number = 1
    while files.exists(f"{resource_id}~{number}", GOVERNED):
        number += 1
    files.move(resource_id, area, GOVERNED, f"{resource_id}~{number}")


def _slug(text: str) -> str:
    text = substitute_ascii_equivalents(unicodedata.normalize("NFC", text)).lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def _tells(name: str, true_name: str) -> bool:
    """CKAN drops signs from file names that a slug turns into hyphens."""
    stem = _slug(PurePath(true_name).stem).replace("-", "")
    return bool(stem) and stem in name.replace("-", "")


def _extension(file_name: str) -> str:
    """Of known formats only: an ending can be as telling as a name."""
    suffix = PurePath(file_name).suffix.lower()
    known = mimetypes.guess_type(f"name{suffix}")[0] or suffix[1:] in tk.h.resource_formats()
    return suffix if known and re.fullmatch(r"\.[a-z0-9]{1,10}", suffix) else ""
