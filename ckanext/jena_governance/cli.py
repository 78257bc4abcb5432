"""The command ``ckan jena-governance``."""

from __future__ import annotations

import click

from ckanext.jena_governance.access.command import vault
from ckanext.jena_governance.access.log_command import log, person
from ckanext.jena_governance.dcat.command import dcat_check
from ckanext.jena_governance.dcat.export_command import dcat_export
from ckanext.jena_governance.demo.command import seed
from ckanext.jena_governance.leakcheck.command import leak_check
from ckanext.jena_governance.logic.access_requests.command import requests
from ckanext.jena_governance.takeover.command import import_catalogue

__all__ = ["governance"]


@click.group("jena-governance", short_help="Data governance: demo data, taking over catalogues.")
def governance() -> None:
    """Data governance of a city group."""


governance.add_command(seed)
governance.add_command(import_catalogue)
governance.add_command(vault)
governance.add_command(leak_check)
governance.add_command(dcat_export)
governance.add_command(log)
governance.add_command(person)
governance.add_command(requests)
governance.add_command(dcat_check)
