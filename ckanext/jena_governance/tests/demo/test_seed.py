"""Seeding a real portal: once, twice, after an abort."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

import ckan.plugins as p
import ckantoolkit as tk
from ckan import model
from ckan.cli.cli import ckan
from ckan.lib import api_token
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.jena_governance.demo import datasets
from ckanext.jena_governance.demo import seed as seeding
from ckanext.jena_governance.demo.accounts import ACCOUNTS
from ckanext.jena_governance.demo.errors import SeedError
from ckanext.jena_governance.tests.conftest import stored

pytestmark = pytest.mark.usefixtures("portal")

FEW = (
    "demo-altlasten",
    "demo-artnachweise-raster",
    "demo-fledermausquartiere",
    "demo-klimamessnetz",
    "demo-luftmesswerte",
    "demo-melderegister",
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "accounts.json"


@pytest.fixture
def few(monkeypatch):
    """A handful of datasets and the organizations they need."""
    all_datasets, all_entities = datasets.datasets, datasets.entities()
    owners = {
        "umweltschutz",
        "ksj",
        "jenaer-nahverkehr",
        "buergerservice",
        "stadt-jena",
        "smart-city-stabsstelle",
        "dezernat-2",
        "dezernat-3",
        "stadtwerke-jena",
    }
    entities = [entity for entity in all_entities if entity.name in owners]

    def some(today):
        monkeypatch.setattr(datasets, "entities", lambda: all_entities)
        chosen = [one for one in all_datasets(today) if one.name in FEW]
        monkeypatch.setattr(datasets, "entities", lambda: entities)
        return chosen

    monkeypatch.setattr(datasets, "entities", lambda: entities)
    monkeypatch.setattr(datasets, "datasets", some)


@pytest.fixture
def run(app):
    """Seeds as the command does."""

    def seed(path):
        with app.flask_app.test_request_context():
            try:
                return seeding.seed(path, lambda _line: None)
            finally:
                model.Session.remove()

    return seed


def everything():
    """The catalogue as stored, table by table."""
    model.Session.remove()
    tables = (
        "package",
        "resource",
        '"group"',
        "member",
        "governance_entity",
        "api_token",
        "activity",
        "resource_view",
        "governance_event",
    )
    return {
        table: sorted(
            str(tuple(row)) for row in model.Session.execute(text(f"SELECT * FROM {table}"))
        )
        for table in tables
    }


def test_all_of_the_demo_is_written_and_a_second_run_changes_nothing(path, run):
    first = run(path)
    assert first.datasets == len(datasets.datasets(seeding.config.today()))
    assert (first.accounts, first.entities) == (len(ACCOUNTS), 45)
    before, secrets = everything(), path.read_bytes()

    second = run(path)
    assert second.is_nothing
    assert everything() == before
    assert path.read_bytes() == secrets

    found = call_action("package_search", q="tags:demonstration", rows=0)["count"]
    hidden = "demo-stoerfallbetriebe-lageplaene"
    assert found == first.datasets - 1
    assert tk.get_action("package_show")({"user": "kern-editor"}, {"id": hidden})
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("package_show")({"user": "gast"}, {"id": hidden})

    assert {
        state for _name, state in model.Session.query(model.Package.name, model.Package.state)
    } == {"active"}


def test_accounts_work_and_have_only_the_roles_they_should(few, path, run):
    run(path)
    secrets = json.loads(path.read_text())
    assert set(secrets) == {account.name for account in ACCOUNTS}
    for account in ACCOUNTS:
        user = model.User.get(account.name)
        assert user.validate_password(secrets[account.name]["password"])
        assert api_token.get_user_from_token(secrets[account.name]["token"]).name == account.name
        assert user.sysadmin is account.sysadmin
        members = [
            (member.group.name, member.capacity)
            for member in model.Session.query(model.Member).filter_by(
                table_id=user.id, table_name="user", state="active"
            )
        ]
        assert members == ([(account.organization, account.role)] if account.organization else [])


def test_lost_file_means_new_passwords_and_no_second_token(few, path, run):
    run(path)
    old = json.loads(path.read_text())
    path.unlink()
    again = run(path)
    new = json.loads(path.read_text())
    assert again.accounts == len(ACCOUNTS)
    assert api_token.get_user_from_token(old["gast"]["token"]) is None
    assert api_token.get_user_from_token(new["gast"]["token"]).name == "gast"
    assert model.User.get("gast").validate_password(new["gast"]["password"])
    assert model.Session.query(model.ApiToken).count() == len(ACCOUNTS)


def test_file_outlives_the_database(few, path, run):
    run(path)
    old = json.loads(path.read_text())
    path.write_text(json.dumps({**old, "gast": {"password": "ein-anderes-wort", "token": "x"}}))
    run(path)
    new = json.loads(path.read_text())
    assert new["admin"] == old["admin"]
    assert new["gast"]["password"] == "ein-anderes-wort"
    assert model.User.get("gast").validate_password("ein-anderes-wort")


def test_account_of_somebody_else_is_not_touched(few, path, run):
    person = factories.Sysadmin(name="admin", password="my own password")
    with pytest.raises(SeedError, match='already an account "admin"'):
        run(path)
    assert model.User.get(person["id"]).validate_password("my own password")
    assert not path.exists()
    assert model.Session.query(model.Package).count() == 0


def test_aborted_run_is_finished_by_the_next(few, path, run, monkeypatch):
    real = seeding._write

    def breaks(action, name, context, fields):
        if (action, name) == ("package_update", "demo-luftmesswerte"):
            raise KeyboardInterrupt
        return real(action, name, context, fields)

    monkeypatch.setattr(seeding, "_write", breaks)
    with pytest.raises(KeyboardInterrupt):
        run(path)
    assert stored("demo-luftmesswerte")["state"] == "draft"

    monkeypatch.setattr(seeding, "_write", real)
    run(path)
    dataset = stored("demo-luftmesswerte")
    assert dataset["state"] == "active"
    assert [resource["url_type"] for resource in dataset["resources"]] == ["upload"]
    assert dataset["resources"][0]["datastore_active"]
    assert run(path).is_nothing


def test_the_agreement_is_signed_by_both(few, path, run):
    run(path)
    (found,) = tk.get_action("governance_agreement_list")({"user": "betrieb-editor"}, {})["results"]
    assert (found["status"], len(found["signatures"])) == ("in_force", 2)
    ended = {"id": found["id"], "reason": "Von Besuchern beendet"}
    tk.get_action("governance_agreement_end")({"user": "betrieb-admin"}, ended)
    assert run(path).is_nothing


def test_a_request_waits_for_an_answer(few, path, run):
    run(path)
    listing = tk.get_action("governance_access_request_list")
    (waiting,) = listing({"user": "kern-editor"}, {"box": "decide"})["results"]
    assert waiting["dataset"]["name"] == "demo-altlasten"
    assert waiting["state"] == "submitted"
    assert listing({"user": "kern-editor-2"}, {"box": "decide"})["counts"]["decide"] == 1
    denied = {
        "id": waiting["id"],
        "decision": "deny",
        "legal_basis": ["thueruig-sonstige-belange"],
        "text": "x",
        "way_on": "y",
    }
    tk.get_action("governance_access_request_decide")({"user": "kern-editor"}, denied)
    assert run(path).is_nothing


def test_nothing_is_asked_for_where_visitors_have_closed_it(few, path, run, monkeypatch):
    ensure = seeding.ensure_request
    monkeypatch.setattr(seeding, "ensure_request", lambda: 0)
    run(path)
    tk.get_action("package_delete")({"user": "admin"}, {"id": "demo-altlasten"})
    monkeypatch.setattr(seeding, "ensure_request", ensure)
    assert run(path).requests == 0


def test_what_a_visitor_changed_stays(few, path, run):
    run(path)
    call_action(
        "package_patch",
        context={"user": "kern-editor"},
        id="demo-artnachweise-raster",
        title="Geändert",
    )
    assert run(path).is_nothing
    assert stored("demo-artnachweise-raster")["title"] == "Geändert"


def test_datasets_are_written_by_the_editors(few, path, run):
    run(path)
    authors = dict(
        model.Session.query(model.Package.name, model.User.name).join(
            model.User, model.User.id == model.Package.creator_user_id
        )
    )
    assert authors["demo-fledermausquartiere"] == "kern-editor"
    assert authors["demo-melderegister"] == "admin"


def test_table_has_rows_and_a_view(few, path, run):
    assert p.plugin_loaded("datastore")
    run(path)
    resource = stored("demo-luftmesswerte")["resources"][0]
    rows = call_action("datastore_search", resource_id=resource["id"], limit=1)
    assert rows["total"] == 270
    views = call_action("resource_view_list", context={"user": "admin"}, id=resource["id"])
    assert "datatables_view" in {view["view_type"] for view in views}


def test_parents_and_doubts_are_kept(few, path, run):
    run(path)
    group = model.Group.get("umweltschutz")
    assert [parent.name for parent in group.get_parent_groups("organization")] == ["dezernat-3"]
    row = call_action("governance_entity_show", context={"user": "admin"}, id="ksj")
    assert (row["entity_class"], row["data_steward_email"]) == (
        "municipal-enterprise",
        "daten@ksj.example",
    )


def test_a_refusal_names_dataset_and_reason(few, path, run, monkeypatch):
    monkeypatch.setattr(datasets, "NOTICE", "")
    real = seeding.demo.datasets

    def broken(today):
        chosen = real(today)
        chosen[-1].fields["review_date"] = "2199-01-01"
        return chosen

    monkeypatch.setattr(datasets, "datasets", broken)
    with pytest.raises(SeedError, match=r"refused demo-.*review_date"):
        run(path)


def test_group_in_the_way_is_named(few, path, run):
    factories.Group(name="ksj")
    with pytest.raises(SeedError, match='name "ksj" is taken'):
        run(path)


def test_command_says_what_it_did(few, path, cli):
    first = cli.invoke(ckan, ["jena-governance", "seed", "--accounts", str(path)])
    assert first.exit_code == 0, first.output
    assert "6 datasets, 6 new; 1 new DataStore tables" in first.output
    assert str(path) in first.output
    second = cli.invoke(ckan, ["jena-governance", "seed", "--accounts", str(path)])
    assert second.exit_code == 0, second.output
    assert "Everything was there already." in second.output


def test_command_fails_in_a_sentence(few, path, cli):
    path.write_text("no json")
    done = cli.invoke(ckan, ["jena-governance", "seed", "--accounts", str(path)])
    assert done.exit_code == 1
    assert "Repair or remove it." in done.output
    assert "Traceback" not in done.output
