"""Wiring only: which interface of CKAN is served by which module."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan import plugins as p
from ckan.common import CKANConfig
from ckan.lib.plugins import DefaultPermissionLabels, DefaultTranslation
from ckan.types import Context

from ckanext.datastore.interfaces import IDatastoreBackend
from ckanext.dcat.interfaces import IDCATRDFHarvester, IDCATURIGenerator
from ckanext.jena_governance import logic, startup
from ckanext.jena_governance.access import (
    datastore,
    files,
    following,
    labels,
    leaving,
    memberships,
    recognising,
    searching,
    sources,
    trail,
    uploads,
    vault,
)
from ckanext.jena_governance.dcat import uris
from ckanext.jena_governance.logic import catalogue, dissolving, facets, opening
from ckanext.jena_governance.views import blueprints


@tk.blanket.config_declarations
@tk.blanket.actions(logic.actions)
@tk.blanket.auth_functions(logic.auth_functions)
@tk.blanket.blueprints(blueprints)
@tk.blanket.helpers
@tk.blanket.validators
@tk.blanket.cli
class JenaGovernancePlugin(p.SingletonPlugin, DefaultTranslation, DefaultPermissionLabels):
    """Open by default, enforced."""

    p.implements(p.IConfigurer)
    p.implements(p.IConfigurable)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IPermissionLabels)
    p.implements(p.IUploader)
    p.implements(p.ITranslation)
    p.implements(IDatastoreBackend)
    p.implements(IDCATURIGenerator, inherit=True)
    p.implements(IDCATRDFHarvester, inherit=True)
    if hasattr(p, "IFiles"):  # CKAN 2.12
        p.implements(p.IFiles, inherit=True)
    if datastore.IXloader is not None:
        p.implements(datastore.IXloader, inherit=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Before any setting is declared: our profile is ckanext-dcat's default."""
        super().__init__(*args, **kwargs)
        startup.prefer_our_profile()

    # IConfigurer
    def update_config(self, config: CKANConfig) -> None:
        """Templates; the vocabulary, which stops CKAN if it is broken."""
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "jena_governance")
        startup.plain_solr_errors()
        startup.load_vocabulary()

    # IConfigurable
    def configure(self, config: CKANConfig) -> None:
        """Licences; and a look at the schemas and settings in use."""
        startup.register_licences(config)
        startup.require_our_fields()
        startup.name_our_fields()
        datastore.install()
        datastore.close_at_birth()
        startup.check_settings()
        startup.warn_of_disorder()
        startup.note_rules()
        memberships.watch()
        dissolving.watch()
        sources.watch()

    # IPackageController
    def create(self, entity: model.Package) -> None:
        """Restricted locations into the vault; after the checks, before index and commit."""
        vault.settle(entity)

    def edit(self, entity: model.Package) -> None:
        """As on creation; and the record of what was opened."""
        vault.settle(entity)
        leaving.forget(entity)
        opening.note(entity)
        trail.relabel(entity)
        following.requests_follow(entity)

    def after_dataset_create(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        """What later plugins are handed holds the gateway only."""
        vault.hand_over(pkg_dict)

    def after_dataset_update(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        """As on creation."""
        vault.hand_over(pkg_dict)

    def after_dataset_show(self, context: Context, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Computed fields; of harvest sources what is for everybody."""
        if sources.is_source(pkg_dict):
            return sources.shown(context, pkg_dict)
        return catalogue.add_computed(pkg_dict)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Facet values; long texts must not break indexing; no secrets of harvest sources."""
        if sources.is_source(pkg_dict):
            pkg_dict = sources.indexed(pkg_dict)
        return catalogue.index_document(searching.without_relations(pkg_dict))

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        """No question about what is not found."""
        return searching.plain(search_params)

    def after_dataset_search(
        self, search_results: dict[str, Any], search_params: dict[str, Any]
    ) -> dict[str, Any]:
        """Filters in words; computed fields."""
        return facets.labelled(catalogue.complete_found(search_results))

    # IFacets
    def dataset_facets(self, facets_dict: Any, package_type: str) -> Any:
        """Openness, legal basis, owner, class."""
        return facets.added_to(facets_dict, package_type)

    def organization_facets(
        self, facets_dict: Any, organization_type: str, package_type: str | None
    ) -> Any:
        """As on the list of datasets."""
        return facets.added_to(facets_dict, package_type)

    def group_facets(self, facets_dict: Any, group_type: str, package_type: str | None) -> Any:
        """As on the list of datasets."""
        return facets.added_to(facets_dict, package_type)

    # IPermissionLabels
    def get_dataset_labels(self, dataset_obj: model.Package) -> list[str]:
        """Who finds a dataset."""
        return labels.of_dataset(dataset_obj, super().get_dataset_labels(dataset_obj))

    def get_user_dataset_labels(self, user_obj: Any) -> list[str]:
        """Which datasets somebody finds."""
        return labels.of_user(user_obj, super().get_user_dataset_labels)

    # IUploader
    def get_uploader(self, upload_to: str, old_filename: str | None = None) -> None:
        """Pictures stay CKAN's matter."""
        return

    def get_resource_uploader(self, data_dict: dict[str, Any]) -> Any:
        """Files of restricted resources lie in a folder of their own."""
        return uploads.uploader(data_dict)

    # IDatastoreBackend
    def register_backends(self) -> dict[str, Any]:
        """PostgreSQL with privileges by level."""
        return datastore.backends()

    # IDCATURIGenerator
    def dataset_uri(self, dataset_dict: dict[str, Any], default_uri: str) -> str:
        """An address that breaks nothing and is nobody else's."""
        return uris.of_dataset(dataset_dict, default_uri)

    def resource_uri(self, resource_dict: dict[str, Any], default_uri: str) -> str:
        """As of datasets."""
        return uris.of_resource(resource_dict, default_uri)

    # IDCATRDFHarvester
    def before_update(
        self, harvest_object: Any, dataset_dict: dict[str, Any], temp_dict: dict[str, Any]
    ) -> None:
        """Restricted files keep their ids."""
        recognising.by_address(dataset_dict)

    # IFiles
    def files_file_allows(self, context: Context, file: Any, operation: str) -> bool | None:
        """Files that belong to restricted resources."""
        return files.allows(context, file, operation)

    def files_owner_allows(
        self, context: Context, owner_type: str, owner_id: str, operation: str
    ) -> bool | None:
        """Lists of such files."""
        return files.owner_allows(context, owner_type, owner_id, operation)

    # IXloader
    def can_upload(self, resource_id: str) -> bool:
        """Restricted links are not loaded."""
        return datastore.is_loadable(resource_id)
