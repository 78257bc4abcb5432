"""What the rules must be told about owner and publisher; read elsewhere, from live tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entity:
    """A body that owns or publishes data.

    Attributes:
        id: id of its organization.
        title: its name.
        entity_class: id of ``entity_classes.yaml``; ``None`` while it has no entity row.
        in_group: takes part in level ``group``.
        walled: nothing is shared by rule, and nobody publishes for it.
        publishes_for: ids of the organizations whose data it may publish.
    """

    id: str
    title: str
    entity_class: str | None
    in_group: bool
    walled: bool
    publishes_for: frozenset[str]


@dataclass(frozen=True)
class Facts:
    """Who is behind a dataset.

    Attributes:
        owner: the responsible entity (``owning_entity``, else the publisher).
        publisher: the organization that publishes it (``owner_org``).
    """

    owner: Entity | None
    publisher: Entity | None
