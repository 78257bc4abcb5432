"""Who finds hidden metadata: permission labels of datasets and users.

CKAN asks for a dataset's labels when it indexes it and at each ``package_show``, for a user's at
each search. They match if, and only if, the rules let that user find that dataset.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ckan import model
from ckan.lib.plugins import get_permission_labels

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.access import facts, papers, stored
from ckanext.jena_governance.policy import Actor, Asset, Entity, audience

PUBLIC = "public"
_PREFIX = "governance-"

# CKAN asks for all that somebody may find, where it looks at what everybody finds.
_is_for_all: ContextVar[bool] = ContextVar("jena_governance_is_for_all", default=False)


@contextmanager
def for_one(package: model.Package) -> Generator[None]:
    """Work out no more labels of users than are needed to decide on one dataset."""
    # Hidden ones are looked up twice otherwise.
    is_for_all = not package.private and PUBLIC in get_permission_labels().get_dataset_labels(
        package
    )
    token = _is_for_all.set(is_for_all)
    try:
        yield
    finally:
        _is_for_all.reset(token)


def is_hidden(package: model.Package | None) -> bool:
    """Whether the description of a dataset is for some only: ours, and CKAN's ``private``."""
    return package is not None and bool(package.private) and stored.is_governed(package)


def of_dataset(package: model.Package, default: list[str]) -> list[str]:
    """The labels of a dataset.

    Args:
        package: the dataset; what is needed of it is loaded already, or costs a query each for
            its resources and its owner.
        default: what CKAN would give.

    Returns:
        CKAN's own for what is not hidden, and for drafts: whoever is writing them must go on.
    """
    if not is_hidden(package) or package.state == "draft":
        return default
    owner, assets = _facts_of(package)
    if package.state != model.State.ACTIVE:
        # Deleted: never for more people than before, nor than CKAN would let in.
        assets, owner = (), owner if owner and owner.id == package.owner_org else None
    return _labels(audience.names_of_dataset(package.id, owner, assets))


def of_user(user: Any, default: Callable[[Any], list[str]]) -> list[str]:
    """The labels of a user, worked out once in a request; see ``for_one``.

    Args:
        user: CKAN's user; ``None`` or anonymous for nobody.
        default: CKAN's own labels, which other datasets still have.
    """
    if _is_for_all.get():
        return [PUBLIC]
    actor = facts.actor_of(None if _is_nobody(user) else user.id)
    if actor.id is None:
        return [PUBLIC]
    cache = facts.cached(facts.LABELS)
    if actor.id not in cache:
        cache[actor.id] = [*default(user), *_labels_of(actor)]
    return cache[actor.id]


def finds(actor: Actor, package: model.Package) -> bool:
    """Whether the rules let somebody find a hidden dataset; what the labels must say as well."""
    owner, assets = _facts_of(package)
    return audience.finds(papers.held(actor, assets), owner, assets, config.today())


def _labels_of(actor: Actor) -> list[str]:
    rules, today = vocabulary.current().sharing, config.today()
    if not papers.may_matter_for_finding():
        return _labels(audience.names_of_actor(actor, rules, today))
    names = audience.names_of_actor(papers.on_all_data(actor), rules, today)
    named = {package.id: _facts_of(package) for package in papers.hidden_datasets(actor)}
    holder = papers.held(actor, [asset for _owner, assets in named.values() for asset in assets])
    names.update(
        audience.name_of_dataset(id_)
        for id_, (owner, assets) in named.items()
        if audience.finds(holder, owner, assets, today)
    )
    return _labels(names)


def _facts_of(package: model.Package) -> tuple[Entity | None, list[Asset]]:
    """The owner, and what there is to get: the dataset and each of its resources."""
    dataset = stored.dataset_of(package)
    owner = facts.owner_of(dataset)
    words, today = vocabulary.current(), config.today()
    parts = [stored.resource_of(resource) for resource in package.resources]
    return owner, [
        # No look into the vault: a row closes what states no level, and neither is a reason
        # to show anything.
        policy.asset_of(dataset, part, owner, words, today, vaulted=True)
        for part in (None, *parts)
    ]


def _is_nobody(user: Any) -> bool:
    return not user or bool(getattr(user, "is_anonymous", False))


def _labels(names: Iterable[str]) -> list[str]:
    return [_PREFIX + name for name in sorted(names)]
