"""Where uploaded files lie: CKAN's own folder, and a governed one that CKAN does not look into."""

from __future__ import annotations

import filecmp
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import ckantoolkit as tk

try:
    from ckan.lib import files as _files
except ImportError:  # CKAN 2.11
    _files = None

files: Any = _files

# The two areas of a storage, as ``vault status`` names them.
NORMAL = "resources"
GOVERNED = "governed"

# CKAN writes to a name that ends so, and renames when all is there.
_PARTIAL = "~"
_UPLOAD_LIMIT = 24 * 60 * 60


class Storage(Protocol):
    """What a file needs to be moved between the two areas of a storage."""

    def directory(self, resource_id: str, area: str) -> str:
        """The folder that holds a resource's file, in the storage's own terms."""
        ...

    def exists(self, resource_id: str, area: str) -> bool:
        """Whether there is a file."""
        ...

    def is_same(self, resource_id: str) -> bool:
        """Whether both areas hold the same content; only asked where both hold a file."""
        ...

    def move(self, resource_id: str, source: str, target: str, name: str | None = None) -> None:
        """Move a file to another area, under another name if one is given.

        There must be none at the target.
        """
        ...

    def remove(self, resource_id: str, area: str) -> None:
        """Remove a file, if there is one."""
        ...

    def ids(self, area: str) -> Iterator[str]:
        """The names of all files; most are ids of resources."""
        ...


def current() -> Storage | None:
    """The storage for resources that CKAN is configured for, if any."""
    keeper = keeper_storage()
    if keeper is not None:
        return KeeperFiles(keeper)
    path = tk.config.get("ckan.storage_path")
    return LocalFiles(path) if path else None


def keeper_storage() -> Any:
    """CKAN 2.12's storage for resources, if one is configured."""
    if files is None:
        return None
    try:
        return files.get_storage(tk.config["ckan.files.default_storages.resource"])
    except files.exc.UnknownStorageError:
        return None


class LocalFiles:
    """Files below ``ckan.storage_path``, as CKAN has always laid them out."""

    def __init__(self, storage_path: str) -> None:
        root = Path(os.path.realpath(storage_path))
        self._folders = {NORMAL: root / "resources", GOVERNED: root / "governed" / "resources"}

    def directory(self, resource_id: str, area: str) -> str:
        """See :class:`Storage`."""
        folder = str(self._folders[area] / resource_id[0:3] / resource_id[3:6])
        if folder != os.path.realpath(folder):
            raise tk.ValidationError({"upload": ["Invalid storage directory"]})
        return folder

    def exists(self, resource_id: str, area: str) -> bool:
        """See :class:`Storage`."""
        return self._path(resource_id, area).is_file()

    def is_same(self, resource_id: str) -> bool:
        """See :class:`Storage`."""
        paths = (self._path(resource_id, area) for area in (NORMAL, GOVERNED))
        return filecmp.cmp(*paths, shallow=False)

    def move(self, resource_id: str, source: str, target: str, name: str | None = None) -> None:
        """See :class:`Storage`."""
        path = self._path(name or resource_id, target)
        path.parent.mkdir(parents=True, exist_ok=True)
        _link_or_copy(self._path(resource_id, source), path)
        self._path(resource_id, source).unlink()

    def remove(self, resource_id: str, area: str) -> None:
        """See :class:`Storage`."""
        self._path(resource_id, area).unlink(missing_ok=True)

    def ids(self, area: str) -> Iterator[str]:
        """See :class:`Storage`."""
        folder = self._folders[area]
        for path in sorted(folder.glob("*/*/*")):
            if path.is_file() and not _is_being_written(path):
                yield "".join(path.relative_to(folder).parts)

    def _path(self, resource_id: str, area: str) -> Path:
        path = os.path.join(self.directory(resource_id, area), resource_id[6:])
        if path != os.path.realpath(path):
            raise tk.ValidationError({"upload": ["Invalid storage path"]})
        return Path(path)


class KeeperFiles:
    """Files in a storage of CKAN 2.12, wherever its adapter puts them."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    def directory(self, resource_id: str, area: str) -> str:
        """See :class:`Storage`."""
        parts = (resource_id[0:3], resource_id[3:6])
        return os.path.join(*((GOVERNED, *parts) if area == GOVERNED else parts))

    def exists(self, resource_id: str, area: str) -> bool:
        """See :class:`Storage`."""
        return self._storage.exists(self._file(resource_id, area))

    def is_same(self, resource_id: str) -> bool:
        """See :class:`Storage`."""
        hashes = {
            self._storage.analyze(self._location(resource_id, area)).hash
            for area in (NORMAL, GOVERNED)
        }
        return len(hashes) == 1 and "" not in hashes

    def move(self, resource_id: str, source: str, target: str, name: str | None = None) -> None:
        """See :class:`Storage`."""
        file, place = self._file(resource_id, source), self._location(name or resource_id, target)
        if self._storage.supports(files.Capability.MOVE):
            self._storage.move(place, file)
        else:
            self._storage.move_synthetic(place, file, self._storage)

    def remove(self, resource_id: str, area: str) -> None:
        """See :class:`Storage`."""
        if self.exists(resource_id, area):
            self._storage.remove(self._file(resource_id, area))

    def ids(self, area: str) -> Iterator[str]:
        """See :class:`Storage`."""
        start = f"{GOVERNED}/"
        for location in sorted(self._storage.scan()):
            is_governed = location.startswith(start)
            if is_governed == (area == GOVERNED):
                yield location.removeprefix(start).replace("/", "")

    def _location(self, resource_id: str, area: str) -> Any:
        path = os.path.join(self.directory(resource_id, area), resource_id[6:])
        try:
            location = self._storage.prepare_location(path)
            self._storage.full_path(location)
        except files.exc.LocationError:
            location = None
        if location != path:
            raise tk.ValidationError({"upload": ["Invalid storage path"]})
        return location

    def _file(self, resource_id: str, area: str) -> Any:
        return files.FileData(self._location(resource_id, area))


def _link_or_copy(source: Path, target: Path) -> None:
    """Unlike a rename, neither ever replaces what is there."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # two file systems, or one without links
        with source.open("rb") as old, target.open("xb") as new:
            shutil.copyfileobj(old, new)


def _is_being_written(path: Path) -> bool:
    """An upload that is going on is no leftover; one that broke off yesterday is."""
    is_partial = path.name.endswith(_PARTIAL)
    return is_partial and time.time() - path.stat().st_mtime < _UPLOAD_LIMIT
