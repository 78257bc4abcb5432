"""Wiring only: which interface of CKAN is served by which module."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import plugins as p
from ckan.common import CKANConfig
from ckan.lib.plugins import DefaultTranslation

from ckanext.jena_governance import startup
from ckanext.jena_governance.logic import catalogue


@tk.blanket.config_declarations
@tk.blanket.actions
@tk.blanket.auth_functions
@tk.blanket.helpers
@tk.blanket.validators
@tk.blanket.cli
class JenaGovernancePlugin(p.SingletonPlugin, DefaultTranslation):
    """Open by default, enforced."""

    p.implements(p.IConfigurer)
    p.implements(p.IConfigurable)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.ITranslation)

    # IConfigurer
    def update_config(self, config: CKANConfig) -> None:
        """Templates; the vocabulary, which stops CKAN if it is broken."""
        tk.add_template_directory(config, "templates")
        startup.plain_solr_errors()
        startup.load_vocabulary()

    # IConfigurable
    def configure(self, config: CKANConfig) -> None:
        """Licences; and a look at the schemas in use."""
        startup.register_licences(config)
        startup.require_our_fields()

    # IPackageController
    def after_dataset_show(self, context: Any, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Computed fields."""
        return catalogue.add_computed(pkg_dict)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Facet values; long texts must not break indexing."""
        return catalogue.index_document(pkg_dict)
