"""Which legal bases a form proposes to whom, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ckanext.jena_governance.policy.effective import LOCK
from ckanext.jena_governance.policy.vocabulary import Basis, Card, Vocabulary


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """The bases of a card.

    Attributes:
        likely: to be shown at once, the likeliest first.
        more: the rest, in the order of the register.
    """

    likely: tuple[Basis, ...]
    more: tuple[Basis, ...]


def suggested(card: Card, vocabulary: Vocabulary) -> Suggestion:
    """The bases of a card, the likeliest first.

    Args:
        card (Card): the card a steward has chosen.
        vocabulary (Vocabulary): the register.

    Returns:
        Suggestion: all of them, whomever they bind; without the provisional lock, which has
        a way of its own. Where the card names no likely ones, all are shown at once.

    Source:
        Design §2: plain cards first, then the bases, "the likeliest first, the rest behind
        'mehr'".
    """
    own = [basis for basis in vocabulary.bases.values() if basis.card == card.id]
    own = [basis for basis in own if basis.id != LOCK]
    likely = tuple(vocabulary.bases[id_] for id_ in card.likely)
    rest = tuple(basis for basis in own if basis not in likely)
    return Suggestion(likely=likely, more=rest) if likely else Suggestion(likely=rest, more=())


def fits(basis: Basis, entity_class: str | None) -> bool:
    """Whether a basis binds entities of a class; unknown, it may.

    Args:
        basis (Basis): an entry of the register.
        entity_class (str | None): class of the owning entity; ``None`` while it has none.
    """
    return entity_class is None or entity_class in basis.applies_to


def cards_of(bases: Iterable[Basis]) -> tuple[str, ...]:
    """The cards on which bases stand, in their order, each once."""
    return tuple(dict.fromkeys(basis.card for basis in bases))
