"""The container files, as far as they can be checked without a container engine.

Read as text and YAML, compared with the demo portal's own constants, and CKAN reads `ckan.ini`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from configparser import ConfigParser, InterpolationMissingOptionError, RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

import ckan

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[3]
DOCKER = ROOT / "docker"

# Set by the image that uses them, or by the compose file itself from what .env gives.
SETTINGS_OF_OUR_OWN = {"ckan.site_id", "ckan.site_title", "use", "ckan.plugins"}
SECRET = re.compile(r"(PASSWORD|SECRET|KEY|TOKEN)")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compose_text() -> str:
    rows = (DOCKER / "compose.yaml").read_text(encoding="utf-8").splitlines()
    return "\n".join(row for row in rows if not row.lstrip().startswith("#"))


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (DOCKER / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ini() -> RawConfigParser:
    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DOCKER / "ckan.ini", encoding="utf-8")
    return parser


def demo_portal() -> Any:
    """`dev/config.py`: what `make run` is set to."""
    sys.path.insert(0, str(ROOT))
    try:
        from dev import config
    finally:
        sys.path.remove(str(ROOT))
    return config


def releases() -> dict[str, str]:
    sys.path.insert(0, str(ROOT))
    try:
        from dev.venv import RELEASES
    finally:
        sys.path.remove(str(ROOT))
    return RELEASES


def example() -> dict[str, str]:
    """The variables of `.env.example` and what stands behind the equals sign."""
    rows = (DOCKER / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(row.split("=", 1) for row in rows if row and not row.startswith("#"))


def interpolated(text: str) -> dict[str, str]:
    """The variables that compose takes from outside, with what follows the name."""
    return dict(re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", text))


# -- variables and secrets -----------------------------------------------------------------------


def test_every_variable_is_documented_and_every_documented_one_is_used(compose_text: str):
    assert set(interpolated(compose_text)) == set(example())


def test_no_variable_without_braces(compose_text: str):
    assert re.findall(r"(?<!\$)\$(?![${])", compose_text) == []


def test_each_variable_is_explained():
    rows = (DOCKER / ".env.example").read_text(encoding="utf-8").splitlines()
    blocks = "\n".join(rows).split("\n\n")
    for block in blocks:
        names = re.findall(r"^(\w+)=", block, re.MULTILINE)
        assert not names or "# " in block.split(names[0])[0], names


def test_the_example_holds_no_value():
    assert {name: value for name, value in example().items() if value} == {}


def test_a_missing_variable_stops_compose_with_a_sentence(compose_text: str):
    optional = {"CKAN_XLOADER_API_TOKEN", "CKAN_SMTP_USER", "CKAN_SMTP_PASSWORD"}
    for name, rest in interpolated(compose_text).items():
        if name in optional:
            assert rest in (":-", ":-NOT_SET"), name
        else:
            assert rest.startswith(":?"), name
            assert len(rest) > 5, name


def test_no_literal_secret_in_any_file(compose: dict[str, Any]):
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name):
                assert str(value).startswith("${"), name
            if "://" in str(value) and "@" in str(value):
                assert re.search(r":\$\{\w+:\?[^}]*\}@", str(value)), name


def test_no_literal_secret_in_the_ini(ini: RawConfigParser):
    for key, value in ini["app:main"].items():
        if re.search(r"secret|password|_key$|api_token$|_KEY$", key):
            assert re.fullmatch(r"(string:)?%\(CKAN_\w+\)s", value), key


def test_the_image_holds_no_secret(dockerfile: str):
    names = re.findall(r"^(?:ENV|ARG) (\w+)", dockerfile, re.MULTILINE)
    assert names == ["CKAN__PLUGINS"]


def test_a_filled_in_env_file_is_neither_committed_nor_sent_to_the_builder():
    assert ".env" in (DOCKER / ".gitignore").read_text().splitlines()
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    first = next(row for row in ignored if row and not row.startswith("#"))
    assert first == "*"
    assert not any("env" in row for row in ignored if row.startswith("!"))


# -- the same portal as `make run` ---------------------------------------------------------------


def test_plugins_are_the_demo_portals(dockerfile: str, ini: RawConfigParser):
    plugins = demo_portal().PLUGINS
    declared = re.search(r'^ENV CKAN__PLUGINS="([^"]+)"$', dockerfile, re.MULTILINE)
    assert declared
    assert tuple(declared[1].split()) == plugins
    assert tuple(ini["app:main"]["ckan.plugins"].split()) == plugins


def test_policy_is_the_demo_portals(ini: RawConfigParser):
    expected = {
        key: value
        for key, value in demo_portal().PORTAL_SETTINGS.items()
        if key not in SETTINGS_OF_OUR_OWN
    }
    assert {key: ini["app:main"].get(key) for key in expected} == expected


def test_ckan_is_the_series_of_the_demo_portal(dockerfile: str, compose: dict[str, Any]):
    newest = max(releases(), key=lambda series: tuple(map(int, series.split("."))))
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == [f"ckan/ckan-base:{newest}"] * 2
    assert compose["services"]["solr"]["image"].startswith(f"ckan/ckan-solr:{newest}-")


def test_extensions_are_the_tested_ones(dockerfile: str):
    tested = dict(
        row.split("==")
        for row in (ROOT / "dev-requirements.txt").read_text().splitlines()
        if "==" in row and not row.startswith("#")
    )
    installed = dict(re.findall(r"^\s+([\w-]+)==([\w.]+)", dockerfile, re.MULTILINE))
    assert installed == {name: tested[name] for name in installed}
    assert set(installed) >= {"ckanext-scheming", "ckanext-dcat", "ckanext-xloader"}


def test_solr_is_the_major_version_of_the_demo_portal(compose: dict[str, Any]):
    pom = (ROOT / "dev" / "solr" / "pom.xml").read_text()
    version = re.search(r"<artifactId>solr-test-framework</artifactId>\s*<version>(\d+)", pom)
    assert version
    assert compose["services"]["solr"]["image"].endswith(f"-solr{version[1]}")


def test_the_schema_of_the_solr_image_is_the_one_tested_here(compose: dict[str, Any]):
    """CKAN names its schema after its series, and so does the image's tag."""
    if not ckan.__version__.startswith("2.12"):
        return  # the image is for the newest CKAN; the older one brings its own schema
    schema = Path(ckan.__file__).parent / "config" / "solr" / "schema.xml"
    name = re.search(r'<schema name="ckan-([\d.]+)"', schema.read_text())
    assert name
    assert f":{name[1]}-" in compose["services"]["solr"]["image"]


@pytest.mark.parametrize(
    ("service", "command"),
    [("db", ["psql", "--version"]), ("redis", ["redis-server", "--version"])],
)
def test_servers_are_the_major_version_of_the_reference_machine(
    compose: dict[str, Any], service: str, command: list[str]
):
    """Debian 12 is the reference; another machine's own servers may be newer."""
    version = int(compose["services"][service]["image"].partition(":")[2])
    here = int(re.search(r"\d+", _output(command).replace("v=", ""))[0])  # type: ignore[index]
    release = Path("/etc/os-release")
    if release.exists() and 'VERSION_ID="12"' in release.read_text():
        assert version == here
    else:
        assert version >= {"db": 14, "redis": 7}[service]


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# -- that it can work ----------------------------------------------------------------------------


def test_every_service_has_a_healthcheck_and_restarts(compose: dict[str, Any]):
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name


def test_dependencies_wait_until_the_other_is_healthy(compose: dict[str, Any]):
    services = compose["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services, name
            assert how == {"condition": "service_healthy"}, name


def test_every_volume_and_network_is_declared(compose: dict[str, Any]):
    for name, service in compose["services"].items():
        assert set(service["networks"]) <= set(compose["networks"]), name
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in compose["volumes"] or (DOCKER / source).exists(), volume


def test_only_the_portal_is_reached_from_outside_and_from_this_machine_only(
    compose: dict[str, Any],
):
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    assert set(published) == {"ckan"}
    assert all(port.startswith("127.0.0.1:") for port in published["ckan"])
    for name in ("db", "solr", "redis"):
        assert compose["services"][name]["networks"] == ["back"]
    assert compose["networks"]["back"]["internal"] is True


def test_the_worker_runs_with_the_rules_too(compose: dict[str, Any]):
    web, worker = compose["services"]["ckan"], compose["services"]["worker"]
    assert worker["image"] == web["image"]
    assert worker["environment"].items() <= web["environment"].items()


def test_seals_are_noted_where_the_database_does_not_reach(
    compose: dict[str, Any], ini: RawConfigParser
):
    """The worker seals each day; what it notes outlives the container, and is not in `db`."""
    file = ini["app:main"]["ckanext.jena_governance.event_digest_file"]
    assert ini["app:main"]["ckanext.jena_governance.event_key"]
    mounts = {name: compose["services"][name]["volumes"] for name in ("worker", "db")}
    volume = next(one for one in mounts["worker"] if file.startswith(one.partition(":")[2] + "/"))
    assert volume.partition(":")[0] not in {one.partition(":")[0] for one in mounts["db"]}
    assert "jobs" in compose["services"]["worker"]["command"]


def test_the_build_gets_all_that_it_copies(dockerfile: str):
    rules = [
        row
        for row in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
        if row and not row.startswith("#")
    ]
    assert "!ckanext" in rules
    assert {f"!{name}" for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE")} <= set(
        rules
    )
    for source in re.findall(r"^COPY (?!--from)(?:--\S+ )*(\S+) ", dockerfile, re.MULTILINE):
        if source != ".":
            assert (ROOT / source).is_file()
            assert f"!{source}" in rules


def test_the_ini_gets_every_variable_from_compose(compose: dict[str, Any], ini: RawConfigParser):
    used = {
        name for value in ini["app:main"].values() for name in re.findall(r"%\((\w+)\)s", value)
    }
    for service in ("ckan", "worker"):
        assert used <= set(compose["services"][service]["environment"])


def test_a_variable_that_is_missing_stops_ckan():
    parser = ConfigParser()
    parser.read(DOCKER / "ckan.ini", encoding="utf-8")
    with pytest.raises(InterpolationMissingOptionError, match="ckan_secret_key"):
        parser.get("app:main", "secret_key")


def test_ckan_reads_the_ini_and_starts_its_plugins(
    compose: dict[str, Any], ini: RawConfigParser, ckan_config: Any, tmp_path: Path
):
    """With the addresses of the test services in place of the containers'."""
    names = compose["services"]["worker"]["environment"]
    values = dict.fromkeys(names, "only-for-this-test")
    values |= {
        "CKAN_SITE_URL": "http://localhost:5000",
        "CKAN_SQLALCHEMY_URL": ckan_config["sqlalchemy.url"],
        "CKAN_DATASTORE_WRITE_URL": ckan_config["ckan.datastore.write_url"],
        "CKAN_DATASTORE_READ_URL": ckan_config["ckan.datastore.read_url"],
        "CKAN_XLOADER_JOBS_URL": ckan_config["ckanext.xloader.jobs_db.uri"],
        "CKAN_SOLR_URL": ckan_config["solr_url"],
        "CKAN_REDIS_URL": ckan_config["ckan.redis.url"],
        "CKAN_SMTP_STARTTLS": "true",
        "CKAN_STORAGE_PATH": str(tmp_path),
    }
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CKAN_")}
    program = Path(sys.executable).with_name("ckan")
    done = subprocess.run(
        [program, "-c", DOCKER / "ckan.ini", "config", "search", "ckanext.jena_governance.*"],
        capture_output=True,
        text=True,
        check=False,
        env=kept | values,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    declared = set(done.stdout.split())
    assert "ckanext.jena_governance.enforcement" in declared
    ours = {key for key in ini["app:main"] if key.startswith("ckanext.jena_governance.")}
    assert ours <= declared


def test_database_script_makes_what_the_addresses_name(compose: dict[str, Any]):
    script = (DOCKER / "postgres" / "10-ckan.sh").read_text()
    assert os.access(DOCKER / "postgres" / "10-ckan.sh", os.X_OK)
    made = set(re.findall(r"CREATE DATABASE (\w+)", script))
    roles = set(re.findall(r"CREATE ROLE (\w+)", script))
    addresses = [
        str(value)
        for value in compose["services"]["ckan"]["environment"].values()
        if str(value).startswith("postgresql://")
    ]
    assert {address.rpartition("/")[2] for address in addresses} == made
    assert {re.match(r"postgresql://(\w+):", address)[1] for address in addresses} == roles  # type: ignore[index]
    subprocess.run(["sh", "-n", str(DOCKER / "postgres" / "10-ckan.sh")], check=True)


def test_the_readme_says_that_no_image_was_built():
    assert "No image was built here" in (DOCKER / "README.md").read_text(encoding="utf-8")
