"""The one call: a complete dataset in, all findings out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ckanext.jena_governance.policy import values
from ckanext.jena_governance.policy.case import Place, lay_out
from ckanext.jena_governance.policy.facts import Facts
from ckanext.jena_governance.policy.findings import ERROR, Finding
from ckanext.jena_governance.policy.rules import RULES
from ckanext.jena_governance.policy.validation import VALUE, value_findings
from ckanext.jena_governance.policy.vocabulary import Vocabulary

DEFAULT_LICENCE = "dl-by-de-2.0"


def check(
    dataset: Mapping[str, Any],
    facts: Facts,
    vocabulary: Vocabulary,
    today: date,
    *,
    default_licence: str = DEFAULT_LICENCE,
) -> list[Finding]:
    """Hold a complete dataset against the rules.

    Never raises, whatever the dataset holds, and never changes it.

    Args:
        dataset (Mapping): stored merged with submitted (:func:`complete`), with its resources.
        facts (Facts): owner and publisher.
        vocabulary (Vocabulary): the regulation.
        today (date): the day, in the portal's time zone.
        default_licence (str): the licence to suggest where open data have none.

    Returns:
        list[Finding]: what cannot be read first, then the rules in their order; each once.

    Source:
        Design §4.
    """
    if not values.is_readable(dataset):
        return [Place().finding(VALUE, "value_dataset", ERROR, "id")]
    case = lay_out(dataset, facts, vocabulary, today, default_licence=default_licence)
    findings = list(value_findings(dataset, vocabulary, today))
    for rule in RULES:
        findings += rule(case)
    return list({(finding.key(), finding.resource): finding for finding in findings}.values())
