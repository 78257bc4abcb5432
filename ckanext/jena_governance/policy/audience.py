"""Who finds a description that is hidden, in terms that an index can match.

What a dataset says and what a person holds are both sets of short names; they find it if the
sets meet. Everything that changes by itself (a date, an agreement, a sharing rule) is on the
person's side: the dataset's names change only with the dataset and its owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from ckanext.jena_governance.policy.access import decide, role_in
from ckanext.jena_governance.policy.asking import ROLES, Actor, Asset
from ckanext.jena_governance.policy.facts import Entity
from ckanext.jena_governance.policy.levels import GROUP, OPEN, REQUEST, rank
from ckanext.jena_governance.policy.vocabulary import SharingRules

# The levels that agreements reach.
_AGREED = (GROUP, REQUEST)


def finds(actor: Actor, owner: Entity | None, assets: Iterable[Asset], today: date) -> bool:
    """Whether somebody finds a dataset whose description is hidden.

    Args:
        actor: who asks.
        owner: the owning entity.
        assets: the dataset and each of its resources.
        today: the day, in the portal's time zone.

    Returns:
        True for sysadmins, for direct members of the owner, and for whoever is let in to any
        of the data by a rule. That data are open, or open by themselves on a day, shows their
        description to nobody: it stays hidden until somebody says otherwise.

    Source:
        Design §6, hidden metadata.
    """
    if actor.id is None:
        return False
    if actor.sysadmin or role_in(actor, owner) is not None:
        return True
    return any(_is_let_in(actor, asset, today) for asset in assets)


def names_of_dataset(dataset: str, owner: Entity | None, assets: Iterable[Asset]) -> set[str]:
    """The names under which a hidden dataset is found.

    Args:
        dataset: its id.
        owner: the owning entity; without one only its own name is left.
        assets: the dataset and each of its resources.
    """
    names = {name_of_dataset(dataset)}
    if owner is None:
        return names
    names.add(f"entity-{owner.id}")
    if owner.walled:
        return names
    for asset in assets:
        # As stated: what opens by itself on a day is no name.
        level = asset.level
        if asset.terms.sharing == "none":
            continue
        if level == GROUP and owner.in_group and owner.entity_class:
            names.add(f"group-{owner.entity_class}")
        terms = asset.terms
        if level in _AGREED and terms.sharing == "agreement" and not terms.need_to_know:
            names.add(f"provider-{owner.id}-{level}")
    return names


def names_of_actor(actor: Actor, sharing: SharingRules, today: date) -> set[str]:
    """The names that somebody holds; those of single datasets are the caller's matter."""
    if actor.id is None:
        return set()
    own = [one.entity for one in actor.memberships if one.role in ROLES]
    names = {f"entity-{entity.id}" for entity in own}
    if sharing.in_force <= today:
        classes = {entity.entity_class for entity in own if entity.in_group}
        for rule in sharing.rules:
            if rule.level == GROUP and classes & rule.to_classes:
                names.update(f"group-{owner}" for owner in rule.from_classes)
    ids = {entity.id for entity in own}
    for agreement in actor.agreements:
        if agreement.datasets is not None or agreement.consumer not in ids:
            continue
        if agreement.since <= today and (agreement.until is None or today <= agreement.until):
            names.update(
                f"provider-{agreement.provider}-{level}"
                for level in _AGREED
                if agreement.level in _AGREED and rank(level) <= rank(agreement.level)
            )
    return names


def name_of_dataset(dataset: str) -> str:
    """The name of a single dataset, held by those whom an agreement or a grant lets in to it."""
    return f"dataset-{dataset}"


def _is_let_in(actor: Actor, asset: Asset, today: date) -> bool:
    """Whether a rule lets somebody in; that data open by themselves is none."""
    standing = replace(asset, opens_on=None)
    return asset.level != OPEN and decide(actor, standing, today).allowed
