"""Template helpers: choices and labels out of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ckanext.jena_governance import config, vocabulary
from ckanext.jena_governance.access import explaining
from ckanext.jena_governance.access.location import Place, place_of
from ckanext.jena_governance.logic import opening_form
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
