"""The rules of the portal: pure Python on plain data, nothing of CKAN, no files, no clock.

This module is the whole public face; what is not named here may change at any time.
"""

from __future__ import annotations

from ckanext.jena_governance.policy.access import (
    ANONYMOUS,
    KEEPERS,
    Actor,
    Agreement,
    Asset,
    Decision,
    Grant,
    Membership,
    Statement,
    asset_of,
    decide,
    role_in,
)
from ckanext.jena_governance.policy.case import any_resource_token, resource_token
from ckanext.jena_governance.policy.checking import check
from ckanext.jena_governance.policy.completing import (
    complete,
    copy,
    touched,
    with_stored_resources,
    without_computed,
)
from ckanext.jena_governance.policy.contract import (
    COMPUTED_FIELDS,
    DATASET_FIELDS,
    RESERVED_KEYS,
    RESOURCE_FIELDS,
)
from ckanext.jena_governance.policy.effective import (
    ANNOUNCED,
    LOCK,
    PARTLY_OPEN,
    VIEWABLE,
    computed,
    effective_level,
    is_locked,
    opening_day,
)
from ckanext.jena_governance.policy.facts import Entity, Facts
from ckanext.jena_governance.policy.feeds import FEEDS, FULL, GOVDATA, part_for
from ckanext.jena_governance.policy.findings import ERROR, INFO, WARNING, Finding, refusing
from ckanext.jena_governance.policy.harvested import Reading, read_record
from ckanext.jena_governance.policy.levels import (
    CLOSED,
    GROUP,
    LEVELS,
    OPEN,
    REQUEST,
    Range,
    is_more_closed,
    is_more_open,
    permitted,
)
from ckanext.jena_governance.policy.licences import licence_of, settle_licence
from ckanext.jena_governance.policy.loosening import Loosening, loosenings, needs_second
from ckanext.jena_governance.policy.reviewing import latest_review
from ckanext.jena_governance.policy.settling import settle_record
from ckanext.jena_governance.policy.shown import state_of
from ckanext.jena_governance.policy.values import day, is_hidden
from ckanext.jena_governance.policy.vocabulary import (
    Basis,
    Card,
    Choice,
    ExportTerm,
    HvdCategory,
    Level,
    Licence,
    Message,
    Permission,
    SharingRule,
    SharingRules,
    Vocabulary,
)
from ckanext.jena_governance.policy.wording import date_label, render, say

__all__ = [
    "ANNOUNCED",
    "ANONYMOUS",
    "CLOSED",
    "COMPUTED_FIELDS",
    "DATASET_FIELDS",
    "ERROR",
    "FEEDS",
    "FULL",
    "GOVDATA",
    "GROUP",
    "INFO",
    "KEEPERS",
    "LEVELS",
    "LOCK",
    "OPEN",
    "PARTLY_OPEN",
    "REQUEST",
    "RESERVED_KEYS",
    "RESOURCE_FIELDS",
    "VIEWABLE",
    "WARNING",
    "Actor",
    "Agreement",
    "Asset",
    "Basis",
    "Card",
    "Choice",
    "Decision",
    "Entity",
    "ExportTerm",
    "Facts",
    "Finding",
    "Grant",
    "HvdCategory",
    "Level",
    "Licence",
    "Loosening",
    "Membership",
    "Message",
    "Permission",
    "Range",
    "Reading",
    "SharingRule",
    "SharingRules",
    "Statement",
    "Vocabulary",
    "any_resource_token",
    "asset_of",
    "check",
    "complete",
    "computed",
    "copy",
    "date_label",
    "day",
    "decide",
    "effective_level",
    "is_hidden",
    "is_locked",
    "is_more_closed",
    "is_more_open",
    "latest_review",
    "licence_of",
    "loosenings",
    "needs_second",
    "opening_day",
    "part_for",
    "permitted",
    "read_record",
    "refusing",
    "render",
    "resource_token",
    "role_in",
    "say",
    "settle_licence",
    "settle_record",
    "state_of",
    "touched",
    "with_stored_resources",
    "without_computed",
]
