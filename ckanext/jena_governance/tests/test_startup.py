"""What stops CKAN at start, and what it says then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Run a ckan command with settings of its own; exit code and all it printed."""
    base = Path(request.config.getoption("--ckan-ini") or os.environ["CKAN_INI"]).resolve()

    def run(*command: str, **settings: str) -> tuple[int, str]:
        own = [f"{key.replace('__', '.')} = {value}" for key, value in settings.items()]
        logging = "[loggers]" + base.read_text().partition("[loggers]")[2]
        ini = tmp_path / "own.ini"
        ini.write_text("\n".join(["[app:main]", f"use = config:{base}", *own, logging]))
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ckan"), "-c", str(ini), *command],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={key: value for key, value in os.environ.items() if not key.startswith("CKAN_")},
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_it_starts(start) -> None:
    code, said = start("jena-governance", "--help")
    assert code == 0, said
    assert "seed" in said
    assert "import" in said


def test_a_bad_vocabulary_stops_ckan_and_names_file_entry_and_problem(
    start, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "legal_bases.yaml").write_text(
        "bases:\n- id: dsgvo-personenbezug\n  levels: [everyone]\n"
    )
    code, said = start(
        "jena-governance", "--help", ckanext__jena_governance__vocabulary_path=str(own)
    )
    assert code != 0
    assert "legal_bases.yaml" in said
    assert "dsgvo-personenbezug" in said
    assert "column 'levels'" in said
    assert "Traceback" not in said


def test_a_schema_without_our_fields_stops_ckan(start) -> None:
    code, said = start(
        "jena-governance",
        "--help",
        scheming__dataset_schemas="ckanext.scheming:ckan_dataset.yaml",
    )
    assert code != 0
    assert "legal_basis" in said
    assert "Traceback" not in said


def test_without_dcat_ckan_does_not_start(start) -> None:
    code, said = start(
        "jena-governance",
        "--help",
        ckan__plugins="jena_governance scheming_datasets scheming_organizations",
    )
    assert code != 0
    assert "Add dcat to ckan.plugins" in said
    assert "Traceback" not in said


def test_an_unknown_enforcement_is_refused(start) -> None:
    code, said = start(
        "jena-governance", "--help", ckanext__jena_governance__enforcement="sometimes"
    )
    assert code != 0
    assert "enforcement" in said


def test_no_solr_is_a_sentence(start) -> None:
    code, said = start(
        "jena-governance", "seed", "--accounts", os.devnull, solr_url="http://127.0.0.1:9/solr/none"
    )
    assert code != 0
    assert "Solr does not answer at http://127.0.0.1:9/solr/none" in said
    assert "Traceback" not in said
