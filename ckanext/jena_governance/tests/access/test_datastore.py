"""Rows of restricted resources: for those entitled, and for nobody past us."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import psycopg2.errors
import pytest
import sqlalchemy as sa

import ckantoolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine
from ckanext.jena_governance.access import datastore, log, privileges, vault
from ckanext.jena_governance.tests.access.conftest import logged
from ckanext.jena_governance.tests.conftest import Api, City

CANARY = "canary-cell-51c0"
PUBLIC = "public-cell"
FIELDS = [{"id": "name", "type": "text"}, {"id": "secret", "type": "text"}]
OPEN = {
    "openness": "open",
    "legal_basis": [],
    "personal_data": "none",
    "license_id": "dl-by-de-2.0",
    "opening_reason": "Daten bereinigt",
}

Make = Callable[..., str]


@pytest.fixture
def table(city: City) -> Generator[Make]:
    """Datasets with a table and an alias; what was made is dropped afterwards."""
    log._prune_once.cache_clear()
    made: list[str] = []

    def make(name: str, cell: str = CANARY, **more: Any) -> str:
        dataset = {"name": name, "title": name, "license_id": "dl-by-de-2.0"}
        dataset["owner_org"] = city.department["id"]
        created = city.sysadmin("package_create", **{**dataset, **more})
        assert created.status == 200, created.body
        records = [{"name": "a", "secret": cell}, {"name": "b", "secret": "other"}]
        answer = city.sysadmin(
            "datastore_create",
            resource={"package_id": name, "name": "Zeilen"},
            fields=FIELDS,
            records=records,
            aliases=[alias(name)],
        )
        made.append(answer.result["resource_id"])
        return made[-1]

    yield make
    as_owner(*(f'DROP TABLE IF EXISTS "{resource_id}" CASCADE' for resource_id in made))


def alias(name: str) -> str:
    return f"{name}_alias"


def as_owner(*commands: str) -> None:
    with get_write_engine().begin() as connection:
        for command in commands:
            connection.execute(sa.text(command))


def read_directly(*names: str) -> list[str]:
    """What the read role sees of tables past CKAN, as with psql."""
    found: list[str] = []
    for name in names:
        try:
            with get_read_engine().connect() as connection:
                found.append(
                    str(
                        [
                            tuple(row)
                            for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))
                        ]
                    )
                )
        except sa.exc.ProgrammingError as error:
            if not isinstance(error.orig, psycopg2.errors.InsufficientPrivilege):
                raise
            found.append("refused")
    return found


def close(city: City, name: str, restriction: dict[str, Any]) -> None:
    assert city.sysadmin("package_patch", id=name, **restriction).status == 200


def reopen(city: City, name: str) -> None:
    """By two people, as rule R11 wants it for data on persons."""
    assert city.sysadmin("package_patch", id=name, **OPEN).status == 200
    answer = city.editor("governance_opening_confirm", id=name)
    assert answer.status == 200, answer.body


def ways(app: Any, api: Api, resource_id: str, name: str) -> dict[str, str]:
    """Pages and API, by id and by alias, in every format."""
    found = {
        f"search {kind}": str(api("datastore_search", resource_id=table, records_format=kind).body)
        for kind, table in (
            ("objects", resource_id), ("lists", alias(name)), ("csv", alias(name)), ("tsv", resource_id)
        )
    }  # fmt: skip
    for kind, table in (
        ("csv", resource_id), ("tsv", alias(name)), ("json", resource_id), ("xml", alias(name))
    ):  # fmt: skip
        url = f"/datastore/dump/{table}?format={kind}"
        found[f"dump {kind}"] = app.get(url, headers=api.headers).body
    url = f"/api/3/action/datastore_search?resource_id={resource_id}&q=canary"
    return found | {"get": app.get(url, headers=api.headers).body}


class TestReading:
    def test_follows_the_level_on_every_way(
        self, city: City, app: Any, table: Make, restriction: dict[str, Any]
    ) -> None:
        member = factories.User()
        call_action(
            "organization_member_create",
            id=city.department["id"],
            username=member["name"],
            role="member",
        )
        resource_id = table("zeilen")
        both = (resource_id, alias("zeilen"))
        for way, text in ways(app, city.nobody, resource_id, "zeilen").items():
            assert CANARY in text, way
        assert all(CANARY in text for text in read_directly(*both))
        assert logged() == []

        close(city, "zeilen", restriction)
        assert read_directly(*both) == ["refused", "refused"]
        assert privileges.readable()[resource_id] is False
        for way, text in ways(app, city.nobody, resource_id, "zeilen").items():
            assert CANARY not in text, way
            assert "secret" not in text, way
        # The basis is need-to-know: not for a plain member of the department, either.
        for api in (city.manager, Api(app, member)):
            answer = api("datastore_search", resource_id=alias("zeilen"))
            assert answer.status == 403
            assert "restricted" in answer.body["error"]["message"]
        for way, text in ways(app, city.editor, resource_id, "zeilen").items():
            assert CANARY in text, way
        assert CANARY in str(city.sysadmin("datastore_search", resource_id=resource_id).result)

        reopen(city, "zeilen")
        assert all(CANARY in text for text in read_directly(*both))
        for way, text in ways(app, city.nobody, resource_id, "zeilen").items():
            assert CANARY in text, way

    def test_is_logged_once_a_call_or_refused(
        self, city: City, table: Make, restriction: dict[str, Any]
    ) -> None:
        resource_id = table("zeilen", **restriction)
        assert logged() == []
        for _ in range(2):
            assert CANARY in str(city.editor("datastore_search", resource_id=resource_id).result)
        assert city.nobody("datastore_search", resource_id=alias("zeilen")).status == 403
        assert city.editor.user is not None
        assert logged() == [
            (city.editor.user["id"], "datastore", "owner", 2),
            ("", "datastore", "denied", 1),
        ]
        with model.meta.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE governance_access_log RENAME TO away"))
        try:
            answer = city.editor("datastore_search", resource_id=resource_id)
        finally:
            with model.meta.engine.begin() as connection:
                connection.execute(sa.text("ALTER TABLE away RENAME TO governance_access_log"))
        assert answer.status == 403
        assert CANARY not in str(answer.body)
        assert "log cannot be written" in answer.body["error"]["message"]

    def test_columns_and_counts_are_data(
        self, city: City, app: Any, table: Make, restriction: dict[str, Any]
    ) -> None:
        resource_id = table("zeilen", **restriction)
        for name in (resource_id, alias("zeilen")):
            answer = city.nobody("datastore_info", id=name)
            assert answer.status == 403
            assert "fields" not in answer.body
            assert city.editor("datastore_info", id=name).result["meta"]["count"] == 2
        page = app.get(f"/dataset/zeilen/resource/{resource_id}")
        assert page.status_code == 200
        assert "secret" not in page.body
        # CKAN's pages ask by themselves: nobody's attempt.
        assert [entry[:3] for entry in logged() if not entry[0]] == [("", "datastore", "denied")]

    @pytest.mark.parametrize("who", ["nobody", "editor"])
    def test_a_description_for_everybody_has_no_columns(
        self, city: City, table: Make, restriction: dict[str, Any], who: str
    ) -> None:
        """ckanext-dcat's Croissant profile asks for columns without saying for whom."""
        table("offen")
        table("zu", **restriction)
        ask = {"format": "jsonld", "profiles": ["croissant"]}
        person = getattr(city, who)
        shown, hidden = (
            person("dcat_dataset_show", id=id_, **ask).result for id_ in ("offen", "zu")
        )
        assert "/records" in shown
        assert "/records" not in hidden

    def test_the_list_of_tables_is_for_administrators(self, city: City, table: Make) -> None:
        resource_id = table("zeilen")
        for api in (city.nobody, city.editor):
            assert city.nobody("datastore_search", resource_id="_table_metadata").status == 403
            assert api("datastore_search", resource_id="_table_stats").status in (403, 404)
        everything = city.sysadmin("datastore_search", resource_id="_table_metadata", limit=1000)
        assert resource_id in str(everything.result)

    def test_a_late_privilege_refuses_nobody(self, city: City, app: Any, table: Make) -> None:
        """As after a crash between commit and privilege, or on the day that data open."""
        resource_id = table("zeilen")
        refuse = [
            f'REVOKE SELECT ON "{name}" FROM datastore_default'
            for name in (resource_id, alias("zeilen"))
        ]
        asked: list[Callable[[], Any]] = [
            lambda: city.nobody("datastore_search", resource_id=alias("zeilen")).result,
            lambda: city.nobody("datastore_info", id=resource_id).result,
            lambda: app.get(f"/datastore/dump/{resource_id}", status=200).body,
        ]
        for ask in asked:
            as_owner(*refuse)
            assert read_directly(resource_id) == ["refused"]
            assert "secret" in str(ask())
            assert CANARY in read_directly(resource_id)[0]

    def test_other_dataset_types_stay_ckans_matter(self, city: City) -> None:
        dataset = factories.Dataset(type="dcat-ap", owner_org=city.department["id"])
        made = city.editor(
            "datastore_create",
            resource={"package_id": dataset["id"]},
            fields=FIELDS,
            records=[{"name": "a", "secret": PUBLIC}],
        ).result
        assert PUBLIC in str(
            city.nobody("datastore_search", resource_id=made["resource_id"]).result
        )
        assert PUBLIC in read_directly(made["resource_id"])[0]
        as_owner(f'DROP TABLE "{made["resource_id"]}"')


@pytest.mark.ckan_config("ckan.datastore.sqlsearch.enabled", True)
class TestSql:
    def test_every_table_counts(self, city: City, table: Make, restriction: dict[str, Any]) -> None:
        shown, hidden = table("offen", PUBLIC), table("zu", **restriction)
        join = f'SELECT o.secret AS x, z.secret FROM "{shown}" o JOIN "{hidden}" z USING (name)'
        queries = [
            f'SELECT * FROM "{hidden}"',
            f"SELECT secret::text FROM {alias('zu')} WHERE name = 'a'",
            f'WITH z AS (SELECT * FROM "{hidden}") SELECT secret FROM z',
            join,
            f'SELECT secret FROM "{shown}" UNION SELECT secret FROM "{hidden}"',
            f'SELECT (SELECT max(secret) FROM "{hidden}" WHERE name = \'a\') FROM "{shown}"',
        ]
        for api in (city.nobody, city.manager):
            answer = api("datastore_search_sql", sql=f'SELECT secret FROM "{shown}"')
            assert PUBLIC in str(answer.result)
            for sql in queries:
                answer = api("datastore_search_sql", sql=sql)
                assert answer.status in (403, 404), sql
                assert CANARY not in str(answer.body), sql
        # To CKAN 2.12 itself, aliases and the names of CTEs are tables that do not exist, unless
        # an administrator asks.
        plain = [sql for sql in queries if alias("zu") not in sql and "WITH" not in sql]
        for api, answered in ((city.editor, plain), (city.sysadmin, queries)):
            for sql in answered:
                assert CANARY in str(api("datastore_search_sql", sql=sql).result), sql
        assert city.editor.user is not None
        own = [entry for entry in logged() if entry[0] == city.editor.user["id"]]
        assert own == [(city.editor.user["id"], "datastore", "owner", len(plain))]
        assert read_directly(hidden) == ["refused"]

    def test_who_may_read_one_table_gets_no_other(
        self, city: City, table: Make, restriction: dict[str, Any]
    ) -> None:
        """The engine for those entitled owns every table: a query must not smuggle one in."""
        own, other = (
            table("eins", "own-cell", **restriction),
            table("zwei", **restriction, owner_org=city.company["id"]),
        )
        sql = f'SELECT secret FROM "{own}"'
        assert "own-cell" in str(city.editor("datastore_search_sql", sql=sql).result)
        for attack in (
            f'{sql} UNION SELECT secret FROM "{other}"',
            f"{sql} WHERE table_to_xml('\"{other}\"', true, true, '')::text > ''",
            f"{sql} WHERE 1 = CAST(table_to_xml('\"{other}\"', true, true, '')::text AS integer)",
            f"{sql} WHERE \"table_to_xml\"('\"{other}\"', true, true, '')::text > ''",
            f'SELECT most_common_vals::text AS secret FROM pg_stats, "{own}"',
            f'{sql}; SELECT secret FROM "{other}"',
            f'{sql}; DROP TABLE "{own}"',
            f'DELETE FROM "{own}" RETURNING secret',
        ):
            answer = city.editor("datastore_search_sql", sql=attack)
            assert answer.status in (400, 403, 404, 409), attack
            assert CANARY not in str(answer.body), attack
        assert "own-cell" in str(city.editor("datastore_search_sql", sql=sql).result)

    def test_a_late_privilege_refuses_nobody(self, city: City, table: Make) -> None:
        resource_id = table("zeilen")
        as_owner(
            f'REVOKE SELECT ON "{resource_id}" FROM datastore_default',
            f'CREATE TABLE of_nobody AS SELECT * FROM "{resource_id}"',
        )
        sql = f'SELECT secret FROM "{resource_id}"'
        assert CANARY in str(city.nobody("datastore_search_sql", sql=sql).result)
        assert logged() == []
        try:
            answer = city.nobody("datastore_search_sql", sql="SELECT secret FROM of_nobody")
            assert answer.status in (403, 404)
            assert read_directly("of_nobody") == ["refused"]
        finally:
            as_owner("DROP TABLE of_nobody")


class TestPrivileges:
    def test_tables_are_closed_at_birth(
        self, city: City, table: Make, restriction: dict[str, Any]
    ) -> None:
        # As CKAN's own `datastore set-permissions` leaves it.
        privileges.open_defaults()
        assert privileges.defaults_open()
        resource_id = table("zeilen", **restriction)
        assert not privileges.defaults_open()
        assert read_directly(resource_id, alias("zeilen")) == ["refused", "refused"]
        as_owner("CREATE TABLE past_ckan AS SELECT 1 AS x")
        try:
            assert read_directly("past_ckan") == ["refused"]
        finally:
            as_owner("DROP TABLE past_ckan")
        # Aliases come and go with every call.
        again = {"resource_id": resource_id, "aliases": ["neu_alias", "zu:viert"]}
        assert city.editor("datastore_create", **again).status == 200
        assert read_directly(resource_id, "neu_alias") == ["refused", "refused"]
        reopen(city, "zeilen")
        assert CANARY in read_directly("neu_alias")[0]
        close(city, "zeilen", restriction)
        assert read_directly("neu_alias") == ["refused"]
        assert privileges.readable()[resource_id] is False

    def test_ckans_set_permissions_is_undone(
        self, city: City, table: Make, restriction: dict[str, Any]
    ) -> None:
        """It opens all tables to the read role; administrators run it at every upgrade of CKAN."""
        shown, hidden = table("offen"), table("zu", **restriction)
        privileges.open_defaults()
        as_owner("GRANT SELECT ON ALL TABLES IN SCHEMA public TO datastore_default")
        assert CANARY in read_directly(hidden)[0]
        # As at every start, and before every new table.
        datastore.close_at_birth()
        assert read_directly(hidden, alias("zu")) == ["refused", "refused"]
        assert CANARY in read_directly(shown)[0]

    def test_views_of_views_and_joins(
        self, city: City, table: Make, restriction: dict[str, Any]
    ) -> None:
        """What an administrator has built on a table."""
        first, second = table("eins"), table("zwei", PUBLIC)
        as_owner(
            f'CREATE VIEW deep AS SELECT * FROM "{alias("eins")}"',
            f'CREATE VIEW joined AS SELECT a.secret FROM "{first}" a, "{second}" b',
            "GRANT SELECT ON deep, joined TO datastore_default",
            f'GRANT SELECT (secret) ON "{first}" TO PUBLIC',
        )
        assert CANARY in read_directly("joined")[0]
        close(city, "eins", restriction)
        assert read_directly("deep", "joined", first) == ["refused"] * 3
        with get_read_engine().connect() as connection, pytest.raises(sa.exc.ProgrammingError):
            connection.execute(sa.text(f'SELECT secret FROM "{first}"'))
        # The other table's next save does not open what both are in.
        close(city, "zwei", restriction)
        reopen(city, "zwei")
        assert read_directly("joined") == ["refused"]
        assert PUBLIC in read_directly(second)[0]

    def test_nothing_opens_before_the_commit(
        self, city: City, table: Make, restriction: dict[str, Any]
    ) -> None:
        resource_id = table("zeilen", **restriction)
        resource = model.Resource.get(resource_id)
        package = resource.package
        package.extras["openness"] = "open"
        package.extras["legal_basis"] = "[]"
        package.extras["personal_data"] = "none"
        model.Session.flush()
        with model.Session.begin_nested():
            vault.settle(package)
        assert read_directly(resource_id) == ["refused"]
        model.Session.rollback()
        model.Session.execute(sa.text("SELECT 1"))
        model.Session.commit()
        assert read_directly(resource_id) == ["refused"]
        assert city.nobody("datastore_search", resource_id=resource_id).status == 403

    def test_a_closing_that_fails_leaves_open_data_readable(self, city: City, table: Make) -> None:
        resource_id = table("zeilen")
        datastore.settle_privileges([], [resource_id])
        model.Session.rollback()
        assert read_directly(resource_id) == ["refused"]
        assert CANARY in str(city.nobody("datastore_search", resource_id=resource_id).result)

    def test_is_restricted_table(
        self, city: City, table: Make, restriction: dict[str, Any]
    ) -> None:
        shown, hidden = table("offen"), table("zu", **restriction)
        names = (shown, alias("offen"), hidden, alias("zu"), "_table_metadata", "", None, 7)
        restricted = [name for name in names if datastore.is_restricted_table(name)]
        assert restricted == [hidden, alias("zu")]


class TestWriting:
    def test_who_may_not_see_rows_does_not_change_them(
        self, city: City, table: Make, restriction: dict[str, Any]
    ) -> None:
        """An editor of the publisher, where another entity owns the data."""
        admin = factories.Sysadmin()
        call_action(
            "governance_entity_update",
            context={"user": admin["name"]},
            organization_id=city.department["id"],
            publishes_for=[city.company["id"]],
        )
        resource_id = table("zeilen", **restriction, owning_entity=city.company["id"])
        assert city.editor("package_patch", id="zeilen", notes="Neu").status == 200
        row = {"name": "c", "secret": "c"}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("datastore_search", {}),
            ("datastore_upsert", {"method": "insert", "records": [row], "include_records": True}),
            ("datastore_create", {"records": [row], "include_records": True}),
            ("datastore_create", {"primary_key": ["secret"]}),
            ("datastore_delete", {"filters": {"name": "a"}, "include_deleted_records": True}),
            ("datastore_records_delete", {"filters": {"name": "a"}}),
        ]
        for action, data in calls:
            answer = city.editor(action, resource_id=resource_id, **data)
            assert answer.status == 403, (action, answer.body)
            assert CANARY not in str(answer.body), action
        rows = city.sysadmin("datastore_search", resource_id=resource_id).result["records"]
        assert [found["secret"] for found in rows] == [CANARY, "other"]
        # Whose data it is would need CKAN's own right to edit the dataset, too.
        assert city.manager("datastore_search", resource_id=resource_id).status == 200

    def test_what_stays_in_its_own_system_gets_no_table(
        self, city: City, restriction: dict[str, Any]
    ) -> None:
        kept_out = {**restriction, "legal_basis": ["beschaeftigte-oeffentlich"]}
        created = city.editor(
            "package_create",
            name="akten",
            title="Akten",
            owner_org=city.department["id"],
            resources=[{"name": "Akten", "url": ""}],
            **kept_out,
            openness_effective="closed",
        )
        assert created.status == 200, created.body
        resource_id = created.result["resources"][0]["id"]
        answer = city.editor(
            "datastore_create",
            resource_id=resource_id,
            force=True,
            fields=FIELDS,
            records=[{"name": "a", "secret": CANARY}],
        )
        assert "R12" in str(answer.errors["resource_id"])
        assert resource_id not in privileges.readable()

    def test_the_engine_for_those_entitled_only_reads(self, city: City, table: Make) -> None:
        resource_id = table("zeilen")
        backend: Any = datastore.DatastoreBackend.get_active_backend()
        with datastore.entitled():
            engine = backend._get_read_engine()
        with engine.connect() as connection, pytest.raises(sa.exc.InternalError):
            connection.execute(sa.text(f'DELETE FROM "{resource_id}"'))
        with backend._get_read_engine().connect() as connection:
            assert connection.scalar(sa.text("SELECT current_user")) == "datastore_default"
        assert tk.get_action("datastore_search").__name__
