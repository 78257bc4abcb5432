"""The fields of the metadata contract, by the way they are read."""

from __future__ import annotations

TEXT_FIELDS = (
    "restriction_reason",
    "stricter_reason",
    "ends_when",
    "data_steward",
    "data_steward_email",
    "owning_entity",
    "licence_when_open",
    "license_id",
    "open_derivative",
    "derivative_note",
)
DATE_FIELDS = ("review_date", "opens_on", "publish_by")
LIST_FIELDS = ("legal_basis", "permission", "hvd_category")

# What a dataset stores; kept on update where nothing is said (R1).
DATASET_FIELDS = frozenset(
    {
        "openness",
        "personal_data",
        "metadata_visibility",
        "derivative_status",
        *DATE_FIELDS,
        *LIST_FIELDS,
        *(field for field in TEXT_FIELDS if field != "license_id"),
    }
)
RESOURCE_FIELDS = frozenset({"openness", "legal_basis", "restriction_reason", "license"})

# Said about a write, or about what became of it; never stored.
RESERVED_KEYS = frozenset(
    {"opening_reason", "if_openness", "opening_pending", "governance_card", "governance_ground"}
)

# What forms of ours say about themselves; never stored.
FORM_KEYS = frozenset(
    {
        "governance_form",
        "governance_js",
        "governance_card",
        "governance_ground",
        "governance_loaded",
        "first_url",
        "first_upload",
        "first_file",
        "save",
        "pkg_name",
        "_ckan_phase",
    }
)

# Computed when shown; ignored when sent.
COMPUTED_FIELDS = frozenset(
    {
        "openness_effective",
        "openness_mix",
        "entity_class",
        "owning_entity_name",
        "derived_from",
    }
)
