"""What the editors of a source say about it: the JSON in the field "configuration"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, cast

import ckantoolkit as tk

from ckanext.jena_governance.access import facts

# RDF in one graph; formats that fetch or execute something are not among them.
FORMATS = ("xml", "turtle", "json-ld", "nt")


@dataclass(frozen=True)
class Settings:
    """The configuration of a source; every key may be missing.

    Attributes:
        api_key: sent as ``Authorization`` to a CKAN source; never shown.
        user_agent: how the harvester calls itself.
        publishers: names or addresses of publishers in the source, each with the name or id of
            the organization here whose data they are.
        organizations_filter_include, organizations_filter_exclude, groups_filter_include,
            groups_filter_exclude: names at a CKAN source, as ckanext-harvest has them.
        rdf_format: one of ``FORMATS``, where the source does not say it rightly.
        profiles: names of profiles of ckanext-dcat to read with.
        delete_missing: whether what is no longer in the source is deleted here.
        max_missing: percentage that may be missing at once; 0: the portal's setting.
        force_all: also records that have not changed are taken over anew.
    """

    api_key: str = ""
    user_agent: str = ""
    publishers: Mapping[str, str] = field(default_factory=dict[str, str])
    organizations_filter_include: tuple[str, ...] = ()
    organizations_filter_exclude: tuple[str, ...] = ()
    groups_filter_include: tuple[str, ...] = ()
    groups_filter_exclude: tuple[str, ...] = ()
    rdf_format: str = ""
    profiles: tuple[str, ...] = ()
    delete_missing: bool = True
    max_missing: int = 0
    force_all: bool = False


def read(config: str | None) -> Settings:
    """Read a configuration.

    Args:
        config: JSON, or nothing.

    Raises:
        ValueError: names key, value and remedy.
    """
    if not config or not config.strip():
        return Settings()
    try:
        said = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise ValueError(tk._("The configuration is no valid JSON: {}").format(error)) from error
    if not isinstance(said, dict):
        raise ValueError(tk._('The configuration must be a JSON object: {"key": "value"}'))  # noqa: TRY004
    known = {one.name: one.default for one in fields(Settings)}
    given = cast("dict[str, Any]", said)
    for key in given:
        if key not in known:
            message = tk._("Unknown key “{}” in the configuration. Known are: {}")
            raise ValueError(message.format(key, ", ".join(known)))
    return Settings(**{key: _value(key, value) for key, value in given.items()})


def check(config: str | None) -> str | None:
    """As :func:`read`, and whether what it names is there; what the form of a source asks.

    Returns:
        The configuration as it was.

    Raises:
        ValueError: names key, value and remedy.
    """
    settings = read(config)
    known = facts.entities_of(settings.publishers.values())
    for said, name in settings.publishers.items():
        if name not in known:
            message = tk._("publishers: “{}” stands for “{}”, which is no organization here")
            raise ValueError(message.format(said, name))
    return config


def _value(key: str, value: Any) -> Any:
    if key == "publishers":
        return _table(key, value)
    if key.endswith(("_include", "_exclude")) or key == "profiles":
        return _texts(key, value)
    if key in ("delete_missing", "force_all"):
        return _typed(key, value, bool, tk._("true or false"))
    if key == "max_missing":
        return _percentage(key, value)
    text = _typed(key, value, str, tk._("a text"))
    if key == "rdf_format" and text not in FORMATS:
        raise ValueError(tk._("rdf_format must be one of: {}").format(", ".join(FORMATS)))
    if not text.isprintable():
        raise ValueError(tk._("{} must be {}").format(key, tk._("a text")))
    return text


def _typed(key: str, value: Any, kind: type, words: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(tk._("{} must be {}").format(key, words))  # noqa: TRY004
    return value


def _percentage(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise ValueError(tk._("{} must be {}").format(key, tk._("a number from 1 to 100")))
    return value


def _texts(key: str, value: Any) -> tuple[str, ...]:
    listed: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [None]
    if not all(isinstance(one, str) and one for one in listed):
        raise ValueError(tk._("{} must be {}").format(key, tk._("a list of texts")))
    return tuple(listed)


def _table(key: str, value: Any) -> dict[str, str]:
    pairs = cast("dict[Any, Any]", value).items() if isinstance(value, dict) else [(None, None)]
    if not all(isinstance(one, str) and one.strip() for pair in pairs for one in pair):
        raise ValueError(tk._("{} must be {}").format(key, tk._('{"publisher": "organization"}')))
    return dict(pairs)
