"""The file with the accounts."""

from __future__ import annotations

import stat

import pytest

from ckanext.jena_governance.demo import accounts
from ckanext.jena_governance.demo.errors import SeedError

SECRETS = {"gast": {"password": "geheim", "token": "abc"}}


def test_file_is_private_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "new" / "accounts.json"
    accounts.write_secrets(path, SECRETS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert accounts.read_secrets(path) == SECRETS
    assert list(path.parent.iterdir()) == [path]


def test_file_that_was_open_to_others_becomes_private(tmp_path):
    path = tmp_path / "accounts.json"
    path.touch(mode=0o644)
    accounts.write_secrets(path, SECRETS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_missing_file_holds_nothing(tmp_path):
    assert accounts.read_secrets(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    "entry",
    [None, "x", {"password": "a"}, {"password": "", "token": "b"}, {"password": 1, "token": "b"}],
)
def test_entry_that_is_not_whole_is_left_out(tmp_path, entry):
    path = tmp_path / "accounts.json"
    accounts.write_secrets(path, {**SECRETS, "admin": entry})
    assert accounts.read_secrets(path) == SECRETS


@pytest.mark.parametrize("content", ["", "{", "[1]", "\xff"])
def test_broken_file_is_named_and_kept(tmp_path, content):
    path = tmp_path / "accounts.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(SeedError, match=r"accounts\.json"):
        accounts.read_secrets(path)
    assert path.read_bytes() == content.encode("latin-1")


def test_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SeedError, match="cannot be written"):
        accounts.write_secrets(tmp_path / "file" / "accounts.json", SECRETS)
