"""The whole import, into a real CKAN."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

import ckantoolkit as tk
from ckan import model
from ckan.lib.search import SearchIndexError
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.takeover import portal as portal_module
from ckanext.jena_governance.takeover.command import import_catalogue
from ckanext.jena_governance.takeover.portal import Portal
from ckanext.jena_governance.tests.conftest import Api

Make = Callable[..., dict[str, Any]]

pytestmark = [pytest.mark.usefixtures("portal")]


class Importer:
    """Writes a source to a file and imports it, as an administrator does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, records: Any, *options: str, **invoke: Any) -> Result:
        source = self.folder / "source.json"
        source.write_text(json.dumps(records, ensure_ascii=False), "utf-8")
        return self.file(source, *options, **invoke)

    def file(self, source: Path | str, *options: str, **invoke: Any) -> Result:
        arguments = [str(source), "--report", str(self.folder / "report"), *options]
        return CliRunner().invoke(import_catalogue, arguments, **invoke)

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "report.json").read_text("utf-8"))

    def counts(self) -> dict[str, int]:
        return {outcome: n for outcome, n in self.report["counts"].items() if n}

    def kinds(self, position: int = 1) -> list[str]:
        [entry] = [e for e in self.report["records"] if e["position"] == position]
        return [finding["kind"] for finding in entry["findings"]]


@pytest.fixture
def take(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


@pytest.fixture
def entities(portal: None) -> None:
    """Some organizations of Musterstadt."""
    for name, title in (("stadt", "Stadt Musterstadt"), ("gruen", "Fachdienst Grün und Friedhof")):
        factories.Organization(name=name, title=title)


def show(name: str) -> dict[str, Any]:
    model.Session.remove()
    return call_action("package_show", id=name)


def person(action: str, **data: Any) -> Any:
    """Somebody works in the portal."""
    model.Session.remove()
    return call_action(action, context={"user": factories.Sysadmin()["name"]}, **data)


def three(record: Make) -> list[dict[str, Any]]:
    return [
        record(id=f"{n}1111111-1111-4111-8111-111111111111", name=f"d{n}", title=f"D {n}")
        for n in (1, 2, 3)
    ]


@pytest.mark.usefixtures("entities")
def test_a_dataset_comes_in(take: Importer, record: Make) -> None:
    result = take([record(license_id="cc-by")])
    assert result.exit_code == 0, result.output
    dataset = show("baeume")
    assert dataset["title"] == "Bäume"
    assert dataset["type"] == "dataset"
    assert dataset["openness"] == "open"
    assert dataset["license_id"] == "cc-by"
    assert dataset["organization"]["name"] == "gruen"
    assert dataset["identifier"] == record()["id"]
    assert dataset["private"] is False
    assert dataset["author"] in {None, ""}
    assert {"key": "Turnus", "value": "jährlich"} in dataset["extras"]
    [resource] = dataset["resources"]
    assert resource["url"] == "https://old.example/baeume.csv"
    assert not resource.get("url_type")
    # found at once, although Solr was told only at the end
    assert call_action("package_search", q="Bäume")["count"] == 1


@pytest.mark.usefixtures("entities")
def test_twice_the_same(take: Importer, record: Make) -> None:
    take(three(record))
    assert take.counts() == {"created": 3}
    before = [show(f"d{n}") for n in (1, 2, 3)]
    assert take(three(record)).exit_code == 0
    assert take.counts() == {"unchanged": 3}
    assert [show(f"d{n}") for n in (1, 2, 3)] == before


@pytest.mark.usefixtures("entities")
def test_change_at_the_source_comes_in_and_ids_stay(take: Importer, record: Make) -> None:
    take([record()])
    before = show("baeume")
    more = {"id": "r2", "url": "https://old.example/neu.json", "format": "json"}
    changed = record(notes="Neu.", resources=[more, *record()["resources"]])
    take([changed])
    assert take.counts() == {"updated": 1}
    after = show("baeume")
    assert after["notes"] == "Neu."
    assert after["id"] == before["id"]
    assert [r["format"] for r in after["resources"]] == ["JSON", "CSV"]
    assert after["resources"][1]["id"] == before["resources"][0]["id"]
    take([changed])
    assert take.counts() == {"unchanged": 1}


@pytest.mark.usefixtures("entities")
def test_a_persons_edit_is_never_overwritten(take: Importer, record: Make, app: Any) -> None:
    take([record()])
    person = Api(app, factories.Sysadmin())
    assert person("package_patch", id="baeume", title="Stadtbäume").result
    take([record(notes="Neu.")])
    assert take.counts() == {"skipped": 1}
    assert "edited-here" in take.kinds()
    dataset = show("baeume")
    assert (dataset["title"], dataset["notes"]) == ("Stadtbäume", "Alle Bäume.")


@pytest.mark.usefixtures("entities")
@pytest.mark.parametrize("part", ["resource", "tag", "openness"])
def test_every_kind_of_edit_counts(
    take: Importer, record: Make, restriction: dict[str, Any], part: str
) -> None:
    take([record(license_id="cc-by")])
    dataset = show("baeume")
    ground = {key: value for key, value in restriction.items() if key != "openness"}
    if part == "resource":
        person("resource_patch", id=dataset["resources"][0]["id"], description="neu")
    elif part == "tag":
        person("package_patch", id="baeume", tags=[{"name": "anders"}])
    else:
        person("package_patch", id="baeume", openness="request", **ground)
    changed = show("baeume")
    take([record(license_id="cc-by", notes="Neu.")])
    assert take.counts() == {"skipped": 1}
    assert show("baeume") == changed


@pytest.mark.usefixtures("entities")
def test_machines_are_no_persons(take: Importer, record: Make) -> None:
    take([record()])
    resource = show("baeume")["resources"][0]
    model.Session.get(model.Resource, resource["id"]).hash = "abc"
    model.Session.commit()
    take([record(notes="Neu.")])
    assert take.counts() == {"updated": 1}


@pytest.mark.usefixtures("entities")
def test_deleted_here_stays_deleted(take: Importer, record: Make) -> None:
    take([record()])
    person("package_delete", id="baeume")
    take([record(notes="Neu.")])
    assert take.counts() == {"skipped": 1}
    assert "deleted-here" in take.kinds()
    assert show("baeume")["state"] == "deleted"


@pytest.mark.usefixtures("entities")
def test_name_of_another_dataset(take: Importer, record: Make) -> None:
    factories.Dataset(name="baeume", title="Schon da")
    take([record()])
    assert show("baeume")["title"] == "Schon da"
    assert show("baeume-2")["title"] == "Bäume"
    assert "name-taken" in take.kinds()
    take([record()])
    assert take.counts() == {"unchanged": 1}


@pytest.mark.usefixtures("entities")
def test_duplicates_in_one_file(take: Importer, record: Make) -> None:
    take([record(), record(notes="anders")])
    assert take.counts() == {"created": 1, "skipped": 1}
    assert show("baeume")["notes"] == "Alle Bäume."
    assert take.kinds(2) == ["duplicate"]


@pytest.mark.usefixtures("entities")
def test_bad_records_stop_nothing(
    take: Importer, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = three(record)
    create = Portal.create

    def fragile(self: Portal, draft: Any, *args: Any) -> str:
        if draft.title == "D 2":
            # leaves the transaction broken, as a real database error does
            model.Session.execute(sa.text("SELECT 1/0"))
        return create(self, draft, *args)

    monkeypatch.setattr(Portal, "create", fragile)
    bad = [
        {"id": "x"},
        None,
        record(id="y", private=True),
        record(id="z", name="long", title="T " * 1000),
    ]
    result = take([*bad, *good])
    assert result.exit_code == 3
    assert take.counts() == {"created": 3, "rejected": 4}
    assert "division by zero" in (take.folder / "report.txt").read_text("utf-8")
    assert len(show("long")["title"]) <= 500
    assert show("d3")["title"] == "D 3"


@pytest.mark.usefixtures("entities")
def test_ckans_refusal_is_the_reason(take: Importer, record: Make) -> None:
    def refuse(*_args: Any) -> Any:
        raise tk.ValidationError({"title": ["Bad"], "resources": [{}, {"url": ["Worse"]}]})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Portal, "create", refuse)
        take([record()])
    [entry] = take.report["records"]
    assert entry["findings"][0]["text"] == "title: Bad; resources 2.url: Worse"


@pytest.mark.usefixtures("entities")
def test_killed_in_the_middle_goes_on(
    take: Importer, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Portal.create

    def killed(self: Portal, draft: Any, *args: Any) -> str:
        if draft.title == "D 2":
            raise KeyboardInterrupt
        return create(self, draft, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Portal, "create", killed)
        result = take(three(record))
    assert result.exit_code == 130
    assert take.counts() == {"created": 1}
    assert "goes on where it stopped" in take.report["stopped_by"]
    assert call_action("package_search")["count"] == 1
    take(three(record))
    assert take.counts() == {"created": 2, "unchanged": 1}


@pytest.mark.usefixtures("entities")
def test_killed_within_a_record_makes_no_second_dataset(
    take: Importer, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_package: Any) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(portal_module, "seal_of", killed)
        take([record()])
    take([record()])
    assert take.counts() == {"unchanged": 1}
    # nobody can say any more whether it was edited: a person decides
    take([record(notes="Neu.")])
    assert take.counts() == {"skipped": 1}


@pytest.mark.usefixtures("entities")
def test_store_that_is_down_ends_the_run(
    take: Importer, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: Any) -> str:
        raise SearchIndexError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(Portal, "create", down)
        result = take([record(id=str(n), name=f"d{n}") for n in range(9)])
    assert result.exit_code == 1
    assert "Solr does not answer" in result.output
    assert len(take.report["records"]) < 9
    take([record(id=str(n), name=f"d{n}") for n in range(9)])
    assert take.counts() == {"created": 9}


def test_missing_organization_is_created_external(take: Importer, record: Make) -> None:
    take([record()])
    assert take.report["organizations_created"] == ["musterstadt"]
    organization = call_action("organization_show", id="musterstadt", include_users=True)
    assert organization["title"] == "Stadt Musterstadt"
    assert organization["users"] == []
    entity = call_action("governance_entity_show", id="musterstadt")
    assert entity["entity_class"] == "external"
    take([record()])
    assert take.counts() == {"unchanged": 1}
    assert take.report["organizations_created"] == []


def test_no_organization_at_all(take: Importer, record: Make) -> None:
    nowhere = record(organization=None, author="")
    result = take([nowhere])
    assert result.exit_code == 3
    assert "--organization NAME" in result.output
    result = take([nowhere], "--organization", "land", "--organization-title", "Das Land")
    assert result.exit_code == 0, result.output
    assert show("baeume")["organization"]["title"] == "Das Land"


@pytest.mark.usefixtures("entities")
def test_dry_run_writes_nothing(take: Importer, record: Make) -> None:
    result = take(
        [record(), record(id="other", name="wege", author="", organization={"name": "neu"})],
        "--dry-run",
    )
    assert result.exit_code == 0
    assert "nothing written" in result.output
    assert take.counts() == {"created": 2}
    assert call_action("package_list") == []
    assert call_action("organization_list") == ["gruen", "stadt"]


@pytest.mark.usefixtures("entities")
def test_asked_at_the_terminal(take: Importer, record: Make) -> None:
    answers = take.folder / "answers.yaml"
    study = record(author="ORBITAL Institut", license_id="cc-by")
    result = take([study], "--ask", "--answers", str(answers), input="n\n")
    assert "May the city license this?" in result.output
    assert "rights-denied" in take.kinds()
    dataset = show("baeume")
    assert (dataset["license_id"], dataset["openness"]) == ("other-closed", "open")
    assert dataset["creator"] == [{"name": "ORBITAL Institut"}]
    take([study], "--answers", str(answers))
    assert take.counts() == {"unchanged": 1}


@pytest.mark.usefixtures("entities")
def test_nobody_to_ask(take: Importer, record: Make) -> None:
    take([record(author="ORBITAL Institut", license_id="cc-by")])
    assert "rights" in take.kinds()
    assert show("baeume")["license_id"] == "cc-by"


@pytest.mark.usefixtures("entities")
def test_mapping_file(take: Importer, record: Make) -> None:
    mapping = take.folder / "mapping.yaml"
    mapping.write_text("units: {ORBITAL Institut: gruen}\nlicences: {eigene: cc-zero}\n", "utf-8")
    take([record(author="ORBITAL Institut", license_id="eigene")], "--mapping", str(mapping))
    dataset = show("baeume")
    assert (dataset["organization"]["name"], dataset["license_id"]) == ("gruen", "cc-zero")
    mapping.write_text("units: {X: nirgends}", "utf-8")
    result = take([record()], "--mapping", str(mapping))
    assert result.exit_code == 1
    assert "no organization is called “nirgends”" in result.output


@pytest.mark.usefixtures("entities")
@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"<html></html>", "web page"), (b'[{"title": "a"', "cut off")],
)
def test_unusable_source_is_a_sentence(take: Importer, content: bytes, words: str) -> None:
    source = take.folder / "dump.json"
    source.write_bytes(content)
    result = take.file(source)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("entities")
def test_inventory_is_announced(take: Importer) -> None:
    source = take.folder / "liste.csv"
    source.write_text(
        "Titel;Amt;Fachverfahren\nBäume;Fachdienst Grün & Friedhof;GrünSys\nWege;;\n", "cp1252"
    )
    result = take.file(source, "--organization", "stadt")
    assert result.exit_code == 0, result.output
    assert take.counts() == {"created": 2}
    trees = show("baeume")
    assert trees["organization"]["name"] == "gruen"
    assert trees["openness"] == "open"
    assert trees["resources"] == []
    assert trees["provenance"] == "System: GrünSys"
    assert trees["openness_mix"] == "announced"
    assert show("wege")["organization"]["name"] == "stadt"
    take.file(source, "--organization", "stadt")
    assert take.counts() == {"unchanged": 2}


@pytest.mark.usefixtures("entities")
def test_nobody_but_sysadmins_sees_the_mark(take: Importer, record: Make, app: Any) -> None:
    take([record()])
    shown = Api(app, None)("package_show", id="baeume").body
    assert "jena_governance_import" not in json.dumps(shown)
