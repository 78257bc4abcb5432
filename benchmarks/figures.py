"""From times to ratios, each with the noise that was measured beside it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

RESAMPLES = 1000


@dataclass(frozen=True)
class Ratio:
    """A ratio of medians with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """For a table."""
        return f"{self.value:.2f} ({self.low:.2f}–{self.high:.2f})"


@dataclass(frozen=True)
class Row:
    """What was measured for one request by one person, in milliseconds.

    Args:
        request: what was asked for.
        who: who asked.
        plain: medians of the portal without us.
        governed: the same with us.
        ratio: with us to without us.
        noise: one portal without us to another one.
        cpu: milliseconds of processor time of the web server, without us and with us.
    """

    request: str
    who: str
    plain: float
    governed: float
    ratio: Ratio
    noise: Ratio
    cpu: tuple[float, float]


@dataclass(frozen=True)
class Series:
    """One request, asked many times of one portal.

    Args:
        seconds: how long each took.
        cpu: seconds of processor time that the web server used for all of them.
    """

    seconds: Sequence[float]
    cpu: float

    @property
    def milliseconds(self) -> float:
        """The median."""
        return median(self.seconds) * 1000

    @property
    def cpu_milliseconds(self) -> float:
        """Processor time of one request."""
        return self.cpu * 1000 / len(self.seconds)


def row(request: str, who: str, plain: Series, twin: Series, governed: Series) -> Row:
    """Compare three series that were measured in turns."""
    return Row(
        request=request,
        who=who,
        plain=plain.milliseconds,
        governed=governed.milliseconds,
        ratio=ratio(plain.seconds, governed.seconds),
        noise=ratio(plain.seconds, twin.seconds),
        cpu=(plain.cpu_milliseconds, governed.cpu_milliseconds),
    )


def ratio(base: Sequence[float], other: Sequence[float]) -> Ratio:
    """Ratio of the medians of two series that were measured in turns.

    The interval comes from drawing rounds with repetition (bootstrap): a round that was slow
    for both stays one round.
    """
    pick = random.Random(7)  # noqa: S311 - the same table from the same times
    rounds = range(len(base))

    def drawn() -> float:
        chosen = pick.choices(rounds, k=len(rounds))
        return median(other[i] for i in chosen) / median(base[i] for i in chosen)

    values = sorted(drawn() for _ in range(RESAMPLES))
    cut = round(RESAMPLES * 0.025)
    return Ratio(median(other) / median(base), values[cut], values[-cut - 1])


_COLUMNS: tuple[tuple[str, Callable[[Row], object]], ...] = (
    ("Request", lambda row: row.request),
    ("Who", lambda row: row.who),
    ("Without, ms", lambda row: f"{row.plain:.1f}"),
    ("With, ms", lambda row: f"{row.governed:.1f}"),
    ("Ratio (95 %)", lambda row: row.ratio),
    ("Noise A/A (95 %)", lambda row: row.noise),
    ("Server's CPU, ms", lambda row: f"{row.cpu[0]:.1f} → {row.cpu[1]:.1f}"),
)


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = [[title for title, _ in _COLUMNS], ["---"] * len(_COLUMNS)]
    lines += [[str(show(row)) for _, show in _COLUMNS] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines).replace("| --- ", "|---") + "\n"
