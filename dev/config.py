"""CKAN's configuration: what the demo portal is set to, and how an ini file is written."""

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

from dev.paths import ROOT
from dev.say import Stop

# The order matters: CKAN lets the first plugin win, and ours has the last word on both
# ckanext-scheming's schema and ckanext-dcat's fields.
PLUGINS = (
    "jena_governance",
    "scheming_datasets",
    "scheming_organizations",
    "dcat",
    "activity",
    "datastore",
    "text_view",
    "datatables_view",
    "xloader",
)

# CKAN names its own system account after the site.
SITE_USER = "jena-governance-demo"

# What does not depend on the instance. Data are open by rule, rights to write are not: nobody
# creates organizations, unowned datasets or collaborators past the portal's administration, and
# no role reaches from one entity into another.
PORTAL_SETTINGS: dict[str, str] = {
    "use": "egg:ckan",
    "ckan.plugins": " ".join(PLUGINS),
    "ckan.site_id": SITE_USER,
    "ckan.site_title": "Datenportal (Demonstration)",
    "ckan.locale_default": "de",
    "ckan.locales_offered": "de en",
    "ckan.display_timezone": "Europe/Berlin",
    # Pictures of accounts would tell another company who works here.
    "ckan.gravatar_default": "disabled",
    "ckan.auth.anon_create_dataset": "false",
    "ckan.auth.create_unowned_dataset": "false",
    "ckan.auth.create_dataset_if_not_in_organization": "false",
    "ckan.auth.user_create_organizations": "false",
    "ckan.auth.user_create_groups": "false",
    "ckan.auth.user_delete_organizations": "false",
    "ckan.auth.user_delete_groups": "false",
    "ckan.auth.create_user_via_api": "false",
    "ckan.auth.create_user_via_web": "false",
    "ckan.auth.roles_that_cascade_to_sub_groups": "",
    "ckan.auth.public_user_details": "false",
    "ckan.auth.public_activity_stream_detail": "false",
    "ckan.auth.allow_dataset_collaborators": "false",
    "ckan.auth.allow_admin_collaborators": "false",
    "ckan.auth.allow_collaborators_to_change_owner_org": "false",
    "SESSION_COOKIE_SAMESITE": "Lax",
    "REMEMBER_COOKIE_SAMESITE": "Lax",
    "ckan.datastore.sqlsearch.enabled": "false",
    "ckan.datastore.public_table_search": "",
    # Files that belong to a dataset or resource are data, and its metadata are public.
    "ckan.files.owner.cascade_access": "group organization",
    "ckanext.jena_governance.strict_settings": "true",
    "ckan.views.default_views": "datatables_view text_view",
    "ckanext.xloader.formats": "csv application/csv text/csv tsv xls xlsx ods "
    "application/vnd.ms-excel "
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet "
    "application/vnd.oasis.opendocument.spreadsheet",
}

_LOGGING = """
[loggers]
keys = root, ckan, ckanext, werkzeug

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console

[logger_ckan]
level = INFO
handlers = console
qualname = ckan
propagate = 0

[logger_ckanext]
level = INFO
handlers = console
qualname = ckanext
propagate = 0

[logger_werkzeug]
level = INFO
handlers = console
qualname = werkzeug
propagate = 0

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


def write(path: Path, settings: Mapping[str, str], *, base: Path | None = None) -> None:
    """Write an ini file that only its owner can read, complete or resting on another one."""
    lines = ["# Written anew at every start; changes here are lost.", "[app:main]"]
    if base:
        # CKAN follows `use` before it resolves %-signs, so the path may need none.
        lines.append(f"use = config:{os.path.relpath(base, path.parent)}")
    lines += [f"{key} = {value.replace('%', '%%')}".rstrip() for key, value in settings.items()]
    # CKAN 2.11 looks for the logging sections in the topmost file only.
    logging = "\n[loggers]" + base.read_text().partition("\n[loggers]")[2] if base else _LOGGING
    text = "\n".join(lines) + "\n" + logging
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)


def check_test_ini() -> None:
    """Refuse to test another list of plugins than the portal runs."""
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "test.ini")
    if tuple(parser["app:main"]["ckan.plugins"].split()) != PLUGINS:
        raise Stop("test.ini and PLUGINS in dev/config.py name different plugins: make them agree.")
