"""Template helpers: choices and labels out of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ckan import model

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import derivation, entitlement, explaining, facts, stored
from ckanext.jena_governance.access.location import Place, place_of
from ckanext.jena_governance.logic import (
    dataset_form,
    facets,
    figures,
    history,
    opening_form,
    organizations,
    proposals,
    tasks,
    terms,
)
from ckanext.jena_governance.logic.access_requests import inbox
from ckanext.jena_governance.logic.messages import language
from ckanext.jena_governance.logic.validators import governance_json_to_list

Choices = list[dict[str, str]]


def governance_level_choices(_field: dict[str, Any]) -> Choices:
    """The ladder of openness."""
    return _choices(vocabulary.current().levels.values())


def governance_personal_data_choices(_field: dict[str, Any]) -> Choices:
    """How far the data identify persons."""
    return _choices(vocabulary.current().personal_data.values())


def governance_licence_choices(_field: dict[str, Any]) -> Choices:
    """Licences; the portal's default first, then the recommended, then the rest."""
    default = config.default_licence()
    licences = sorted(
        vocabulary.current().licences.values(),
        key=lambda licence: (licence.id != default, not licence.recommended_by_govdata),
    )
    return _choices(licences)


def governance_derivative_choices(_field: dict[str, Any]) -> Choices:
    """Whether there is an open version."""
    return _choices(vocabulary.current().derivative_statuses.values())


def governance_hvd_choices(_field: dict[str, Any]) -> Choices:
    """The EU's categories of high-value datasets, by the URI that ckanext-dcat stores."""
    lang = language()
    categories = vocabulary.current().hvd_categories.values()
    return [{"value": entry.uri, "label": entry.label(lang)} for entry in categories]


def governance_visibility_choices(_field: dict[str, Any]) -> Choices:
    """Who may read the description."""
    words = vocabulary.current().metadata_visibilities
    return _choices(words.values())


def governance_permission_choices() -> Choices:
    """What can permit more openness than a legal basis does."""
    return _choices(vocabulary.current().permissions.values())


def governance_legal_bases_by_card() -> list[dict[str, Any]]:
    """Legal bases grouped as the cards of the form, in the order of the register."""
    words, lang = vocabulary.current(), language()
    groups = []
    for card in words.cards.values():
        bases = [basis for basis in words.bases.values() if basis.card == card.id]
        if bases:
            groups.append({"label": card.label(lang), "bases": bases})
    return groups


def governance_legal_basis(id_: str) -> Any:
    """An entry of the register, or ``None``."""
    return vocabulary.current().bases.get(id_)


def governance_permission_label(id_: str) -> str:
    """The name of a permission; an unknown one as it is stored."""
    permission = vocabulary.current().permissions.get(id_)
    return permission.label(language()) if permission else id_


def governance_location(data: dict[str, Any], package_reference: str | None) -> Place:
    """What the form of a resource shows about where its data are."""
    return place_of(data, package_reference)


def governance_opening(id_: Any, is_resource: bool) -> opening_form.Form | None:
    """What the form of a stored dataset or resource says about opening it."""
    return opening_form.form_of(id_, is_resource=is_resource)


def governance_access(
    package: dict[str, Any], resource: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    """What this reader is told about their access; ``None`` where the rules do not apply."""
    return explaining.for_page(package["id"], resource["id"] if resource else None)


def governance_badge(
    package: dict[str, Any], resource: dict[str, Any] | None = None
) -> dict[str, str] | None:
    """What the badge of a dataset or resource says; ``None`` where the rules do not apply.

    Asks no store: what a list holds already is enough.
    """
    if not config.governs(package.get("type")):
        return None
    words = vocabulary.current()
    state = policy.state_of(package, resource, words, config.today())
    entry = words.levels.get(state) or words.states[state]
    lang = language()
    text = entry.text(lang) if "{" not in entry.text(lang) else ""
    return {"id": state, "label": entry.label(lang), "text": text}


def governance_derived_from(package: dict[str, Any]) -> list[dict[str, Any]]:
    """Datasets whose open version this one is, as far as this reader may know of them."""
    found = model.Package.get(package["id"])
    return derivation.derived_from(found) if found is not None else []


def governance_charge(package: dict[str, Any]) -> dict[str, bool] | None:
    """What those in charge of a dataset can do on its page; ``None`` for everybody else."""
    found = model.Package.get(package["id"])
    if found is None or not stored.is_governed(found) or not history.may_read(found):
        return None
    return {
        "is_locked": policy.is_locked(stored.dataset_of(found), vocabulary.current()),
        "waits": proposals.pending(found.id) is not None,
    }


def governance_may_review() -> bool:
    """Whether the list of tasks can hold anything for whoever looks."""
    return tasks.has_any_charge(entitlement.actor_in())


def governance_belongs_to(organization_id: str) -> bool:
    """Whether whoever looks is a direct member of an organization."""
    return organization_id in entitlement.actor_in().roles


def governance_requests_waiting() -> int:
    """How many requests wait for whoever looks: to be decided, or for their answer."""
    actor = entitlement.actor_in()
    if actor.id is None:
        return 0
    counted = inbox.counts(actor)
    return counted["decide"] + counted["questions"]


def governance_term(value: Any) -> str:
    """The name of an entry of an EU vocabulary by its address; anything else as it is."""
    return terms.label_of(value)


def governance_facet_fields() -> tuple[str, ...]:
    """The filters that have names of their own."""
    return facets.FIELDS


def governance_facet_label(item: dict[str, Any]) -> str:
    """What a filter of ours calls one of its values."""
    return item["display_name"]


def governance_entity(organization_id: str) -> dict[str, Any] | None:
    """What an organization is inside the city group, with its class and parents in words.

    CKAN's pages show an organization twice, for narrow and for wide screens.
    """
    shown = facts.cached("jena_governance_shown_entities")
    if organization_id not in shown:
        shown[organization_id] = organizations.entity_of(organization_id)
    return shown[organization_id]


def governance_entity_class(id_: str) -> Any:
    """An entity class, or ``None``."""
    return vocabulary.current().entity_classes.get(id_)


def governance_statement(code: str) -> str:
    """What people read about a decision on access, without anything filled in."""
    entry = vocabulary.current().statements.get(code)
    return entry.label(language()) if entry is not None else ""


def governance_figures() -> dict[str, Any]:
    """How many datasets have which level: of those that the reader may find."""
    return figures.by_level()


def governance_form(
    data: dict[str, Any], errors: dict[str, Any], *, is_resource: bool, package: object = None
) -> dataset_form.Form:
    """What the form of a dataset or resource shows beside its fields."""
    return dataset_form.form_of(data, errors, package=package, is_resource=is_resource)


def governance_error_summary(
    errors: dict[str, Any], fields: list[dict[str, Any]], resources: list[Any] | None = None
) -> list[dataset_form.Entry]:
    """The errors of a form, one line each, with where they lead."""
    return dataset_form.summary(errors, fields, resources or [])


def governance_field(id_: str) -> Any:
    """Name and help of a field of ours."""
    return vocabulary.current().fields[id_]


def governance_derivative_reasons() -> list[str]:
    """Why there may be no open version, in words."""
    return [entry.label(language()) for entry in vocabulary.current().derivative_reasons.values()]


def governance_as_list(value: Any) -> list[Any]:
    """Stored lists come as JSON text, form input as one value or several."""
    restored = governance_json_to_list(value)
    if isinstance(restored, list):
        return [item for item in restored if item]
    return [restored] if restored else []


def governance_lang() -> str:
    """``de`` or ``en``."""
    return language()


def _choices(entries: Iterable[Any]) -> Choices:
    lang = language()
    return [{"value": entry.id, "label": entry.label(lang)} for entry in entries]
