"""What is looked at once, when CKAN starts."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

import ckantoolkit as tk
from ckan import model
from ckan import plugins as p
from ckan.common import CKANConfig
from ckan.exceptions import CkanConfigurationException
from ckan.model.license import LicenseRegister

from ckanext.dcat import processors
from ckanext.jena_governance import config, settings_check, settings_facts, vocabulary
from ckanext.jena_governance.access import inspection, rule_versions
from ckanext.jena_governance.policy import DATASET_FIELDS, RESOURCE_FIELDS, Vocabulary
from ckanext.jena_governance.vocabularies import VocabularyError

log = logging.getLogger(__name__)


# The profile's name among the entry points.
PROFILE = "dcat_ap_de_3"


def prefer_our_profile() -> None:
    """Let ckanext-dcat use our profile where the administrator names none.

    CKAN refuses a setting that two plugins declare. So the list is changed that ckanext-dcat itself
    declares as the default; ``ckanext.dcat.rdf.profiles`` is obeyed as before.
    """
    processors.DEFAULT_RDF_PROFILES[:] = [PROFILE]


def load_vocabulary() -> None:
    """Read the vocabulary.

    Raises:
        CkanConfigurationException: a file is broken; names file, entry and problem.
    """
    try:
        vocabulary.load()
    except VocabularyError as error:
        raise CkanConfigurationException(str(error)) from error


def register_licences(settings: CKANConfig) -> None:
    """Make CKAN's licence list ours, unless the administrator has named their own."""
    if not settings.get("licenses_group_url"):
        # CKAN has no setter; it fills this attribute itself at the first use.
        setattr(model.Package, "_license_register", VocabularyLicences(vocabulary.current()))  # noqa: B010


class VocabularyLicences(LicenseRegister):
    """CKAN's licence register, filled from licences.yaml."""

    def __init__(self, words: Vocabulary) -> None:
        self._create_license_list(
            [
                {
                    "id": licence.id,
                    "title": licence.title_de,
                    "url": licence.text_url or licence.uri,
                    "status": "active",
                    "od_conformance": "approved" if licence.open else "rejected",
                    "osd_conformance": "not reviewed",
                    "domain_data": True,
                    "domain_content": True,
                    "domain_software": False,
                    "maintainer": "",
                    "family": "",
                    "is_generic": False,
                }
                for licence in words.licences.values()
            ]
        )


def name_our_fields() -> None:
    """Names and help of the contract's fields come from the vocabulary, where a schema has none."""
    words = vocabulary.current().fields
    for schemas in _all_schemas():
        for dataset_type in config.dataset_types() & schemas.keys():
            for field in schemas[dataset_type].get("dataset_fields", []):
                entry = words.get(field["field_name"])
                if entry is None or "label" in field:
                    continue
                field["label"] = {"de": entry.label_de, "en": entry.label_en}
                if entry.text_de and "{" not in entry.text_de:
                    field.setdefault("help_text", {"de": entry.text_de, "en": entry.text_en})


def require_our_fields() -> None:
    """Refuse to start with a schema that would silently drop our fields.

    Raises:
        CkanConfigurationException: names type, missing fields and remedy.
    """
    schemas = _dataset_schemas()
    for dataset_type in sorted(config.dataset_types()):
        schema = schemas.get(dataset_type)
        if schema is None:
            raise CkanConfigurationException(
                f"ckanext-jena-governance: no scheming schema for dataset type '{dataset_type}'. "
                "Add scheming_datasets to ckan.plugins after jena_governance, keep our schema in "
                "scheming.dataset_schemas, or take the type out of "
                "ckanext.jena_governance.dataset_types."
            )
        _require_dcat(dataset_type, schema)
        missing = _missing(schema, "dataset_fields", DATASET_FIELDS) + _missing(
            schema, "resource_fields", RESOURCE_FIELDS
        )
        if missing:
            raise CkanConfigurationException(
                f"ckanext-jena-governance: the schema of dataset type '{dataset_type}' lacks "
                f"{', '.join(missing)}. What a schema lacks is lost on saving. Copy the fields "
                "from ckanext/jena_governance/schemas/dataset.yaml."
            )


def _require_dcat(dataset_type: str, schema: dict[str, Any]) -> None:
    """Our descriptive fields are checked by ckanext-dcat; without it every save would fail."""
    fields = [*schema.get("dataset_fields", []), *schema.get("resource_fields", [])]
    if any(field.get("preset") == "dcat_date" for field in fields) and not p.plugin_loaded("dcat"):
        raise CkanConfigurationException(
            f"ckanext-jena-governance: the schema of dataset type '{dataset_type}' uses fields of "
            "ckanext-dcat. Add dcat to ckan.plugins after jena_governance."
        )


def _dataset_schemas() -> dict[str, Any]:
    from ckanext.scheming.plugins import SchemingDatasetsPlugin

    instance = SchemingDatasetsPlugin.instance
    return dict(instance._schemas) if instance else {}


def _all_schemas() -> list[dict[str, Any]]:
    """As they were written, and with their presets."""
    from ckanext.scheming.plugins import SchemingDatasetsPlugin

    instance = SchemingDatasetsPlugin.instance
    return [dict(instance._schemas), dict(instance._expanded_schemas)] if instance else []


def _missing(schema: dict[str, Any], part: str, wanted: frozenset[str]) -> list[str]:
    present = {field["field_name"] for field in schema.get(part, [])}
    return [f"{part[:-7]} field '{name}'" for name in sorted(wanted - present)]


_told: set[str] = set()


def check_settings() -> None:
    """Look for settings that let restricted data out.

    Raises:
        CkanConfigurationException: `strict_settings` is on and there are some; names them all.
    """
    found = [str(finding) for finding in settings_check.findings(settings_facts.setup())]
    if found and config.strict_settings() and not settings_facts.is_maintenance():
        raise CkanConfigurationException(
            "ckanext-jena-governance: strict_settings is on, so CKAN does not start before this is "
            "put right:\n- " + "\n- ".join(found)
        )
    for text in found:
        if text not in _told:
            log.warning("%s", text)
    _told.update(found)


def warn_of_disorder() -> None:
    """Say so when the catalogue shows locations that belong to the vault; one query."""
    try:
        is_red = inspection.is_red_at_a_glance()
    except SQLAlchemyError:
        return  # no database yet, or none that answers: CKAN says so itself
    if is_red:
        log.warning(
            "the catalogue shows locations of restricted data: "
            "run 'ckan jena-governance vault status', then 'ckan jena-governance vault clean'"
        )


def note_rules() -> None:
    """Record that other rules are in force than when CKAN was started last."""
    try:
        rule_versions.note()
    except SQLAlchemyError as error:
        # Before the migrations have run there is no log to write to.
        log.info("the version of the rules was not recorded: %s", type(error).__name__)


class _Sentence(logging.Filter):
    """CKAN logs a traceback when Solr does not answer; a sentence tells more."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the traceback, keep the record."""
        if record.exc_info:
            record.msg = (
                f"Solr does not answer at {tk.config.get('solr_url')}: start it, or correct "
                "solr_url. Until then nothing can be searched or saved."
            )
            record.args = None
            record.exc_info = None
        return True


def plain_solr_errors() -> None:
    """Say in one sentence that Solr is missing."""
    logger = logging.getLogger("ckan.lib.search.common")
    if not any(isinstance(known, _Sentence) for known in logger.filters):
        logger.addFilter(_Sentence())
