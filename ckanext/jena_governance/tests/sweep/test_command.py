"""`ckan jena-governance leak-check` against a portal that runs elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ckanext.jena_governance.cli import governance
from ckanext.jena_governance.tests.sweep.conftest import LEAKING, Portal


def leak_check(*arguments: str) -> Result:
    return CliRunner().invoke(governance, ["leak-check", *arguments])


@pytest.fixture
def tokens(portal_of_sweep: Portal, tmp_path: Path) -> str:
    accounts = {
        role: {"token": portal_of_sweep.people.of(role).headers["Authorization"]}
        for role in ("sysadmin", "editor of another entity, external")
    }
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(accounts))
    return str(path)


def test_planting_finds_nothing_and_leaves_nothing(portal_of_sweep: Portal, tokens: str) -> None:
    url = portal_of_sweep.clients[0].url
    result = leak_check(
        "--url", url, "--token-file", tokens, "--plant", "sysadmin", "--datasets", "0",
        "--organization", portal_of_sweep.people.organizations["owner"]["name"],
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert "Nothing leaked." in result.output
    left = portal_of_sweep.api("sysadmin")(
        "package_search",
        q="name:leak-check-planted*",
        include_private=True,
        include_deleted=True,
    )
    assert left["count"] == 0


def test_a_leak_is_told_without_the_secret_and_is_the_exit_code(
    leak: str, portal_of_sweep: Portal, tokens: str
) -> None:
    name = portal_of_sweep.world.planted[LEAKING.partition("/")[0]].name
    url = portal_of_sweep.clients[0].url

    result = leak_check("--url", url, "--token-file", tokens, "--dataset", name)

    assert result.exit_code == 1, result.output
    assert "LEAK: location of" in result.output
    assert "package_show for anonymous" in result.output
    assert leak not in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--url", "http://127.0.0.1:9"], "does not answer as CKAN does"),
        (["--url", "http://127.0.0.1:9", "--plant", "admin"], "the token file has no such account"),
        ([], "Missing option '--url'"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], message: str) -> None:
    result = leak_check(*arguments)

    assert result.exit_code != 0
    assert message in result.output


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("[1]")

    result = leak_check("--url", "http://127.0.0.1:9", "--token-file", str(path))

    assert "not a file of accounts" in result.output
