"""What a form of ours means, once it is sent: the fields to store, and what else was asked for.

The form asks one question after the other. What belongs to an answer that was taken back is
not stored, and what is only about the form itself is not stored either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk
from ckan.lib.munge import munge_title_to_name

from ckanext.jena_governance import config, policy, vocabulary
from ckanext.jena_governance.logic.opening import IF_OPENNESS
from ckanext.jena_governance.policy import OPEN, values
from ckanext.jena_governance.policy.contract import FORM_KEYS

TOKEN = "governance_form"  # noqa: S105 - the number of a form, no secret
SCRIPTED = "governance_js"
CARD = "governance_card"
GROUND = "governance_ground"
LOADED = "governance_loaded"

NOT_YET = "announced"
UNSURE = "provisional-lock"

# What says why data are not open; goes when they are.
GROUND_FIELDS: Mapping[str, Any] = {
    "legal_basis": [],
    "restriction_reason": "",
    "stricter_reason": "",
    "permission": [],
    "review_date": "",
    "opens_on": "",
    "ends_when": "",
    "derivative_status": "",
    "open_derivative": "",
    "derivative_note": "",
    "metadata_visibility": "public",
}


@dataclass(frozen=True, kw_only=True)
class Post:
    """What was sent.

    Attributes:
        data: the fields of the dataset, as its actions take them.
        typed: all that was typed, to be shown again.
        first: the first file or link; empty if there is none.
        token: number of the form; empty if it has none.
        loaded: when the dataset had been changed last, when the form was loaded.
        save: which button was used.
        draft: id of the draft that it belongs to; empty for a new dataset.
        is_unsure: whether the steward asks for help ("I do not know").
        wants_second_page: whether the ground has still to be asked for (without JavaScript).
    """

    data: dict[str, Any]
    typed: dict[str, Any]
    first: dict[str, Any] = field(default_factory=dict[str, Any])
    token: str = ""
    loaded: str = ""
    save: str = ""
    draft: str = ""
    is_unsure: bool = False
    wants_second_page: bool = False

    @property
    def is_draft(self) -> bool:
        """Whether it shall be kept, and not be published yet."""
        return self.save == "draft"


def is_ours(form: Mapping[str, Any]) -> bool:
    """Whether a form was ours; programs may send CKAN's."""
    return TOKEN in form


def read(typed: dict[str, Any], upload: Any = None) -> Post:
    """Read what was sent.

    Args:
        typed: the fields, unflattened as CKAN does.
        upload: the first file, if there is one.

    Returns:
        The meaning of it. ``typed`` itself is not changed.
    """
    said = {name: _text(typed.get(name)) for name in (*FORM_KEYS, IF_OPENNESS)}
    data = {name: value for name, value in typed.items() if name not in _ABOUT_THE_FORM()}
    if "tag_string" in data:
        data["tags"] = _tags(_text(data["tag_string"]))
    card = vocabulary.current().cards.get(said[CARD])
    goto = card.goto if card else None
    if goto == NOT_YET:
        data["openness"] = OPEN
    _settle_ground(data, said, dropped=goto is not None)
    has_ground = bool(said[GROUND])
    if not said[SCRIPTED] and has_ground:
        _fill_review(data)
    return Post(
        data=data,
        typed=typed,
        first=_first(said, upload),
        token=said[TOKEN],
        loaded=said[LOADED],
        save=said["save"],
        draft=said["pkg_name"],
        is_unsure=goto == UNSURE,
        wants_second_page=not said[SCRIPTED]
        and not has_ground
        and _text(typed.get("openness")) not in ("", OPEN),
    )


def name_for(title: str) -> str:
    """An address for a dataset that was given none: from its title, and not taken yet."""
    from ckan import model

    base = munge_title_to_name(title)[:90].strip("-_")
    base = base if len(base) > 1 else f"dataset-{base}".rstrip("-")
    names = (base if number == 1 else f"{base}-{number}" for number in range(1, 1000))
    return next((name for name in names if model.Package.get(name) is None), base)


def _ABOUT_THE_FORM() -> frozenset[str]:  # noqa: N802 - the CSRF field's name is a setting
    return FORM_KEYS | {str(tk.config.get("WTF_CSRF_FIELD_NAME") or "_csrf_token")}


def _text(value: object) -> str:
    if isinstance(value, list):
        value = next((item for item in value if item), "")
    return value.strip() if isinstance(value, str) else ""


def _tags(said: str) -> list[dict[str, str]]:
    names = (name.strip() for name in said.split(","))
    return [{"name": name, "state": "active"} for name in names if name]


def _first(said: Mapping[str, str], upload: Any) -> dict[str, Any]:
    """The first resource: a file goes before a link."""
    if upload:
        return {"url_type": "upload", "upload": upload, "url": "", "name": str(upload.filename)}
    url = said["first_url"]
    if not url:
        return {}
    last = url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return {"url": url, "name": last or url}


def _settle_ground(data: dict[str, Any], said: Mapping[str, str], *, dropped: bool) -> None:
    is_open = _text(data.get("openness")) in ("", OPEN)
    was_restricted = said[IF_OPENNESS] not in ("", OPEN)
    is_taken_back = is_open and (not said[GROUND] or (was_restricted and not _keeps(data)))
    if dropped or is_taken_back:
        data.update(policy.copy(dict(GROUND_FIELDS)))
    elif isinstance(data.get("legal_basis"), str | list):
        data["legal_basis"] = values.ids(data["legal_basis"]) or []


def is_viewable(data: Mapping[str, Any]) -> bool:
    """Open to view, under a licence that is not open: that needs a ground, too."""
    licence = policy.licence_of(_text(data.get("license_id")), vocabulary.current())
    return licence is not None and not licence.open


def _keeps(data: Mapping[str, Any]) -> bool:
    """Whether open data have a ground all the same: a licence that is not open, a permission."""
    named = values.items(data.get("permission")) or []
    is_permitted = any(values.text(values.mapping(entry).get("id")) for entry in named)
    return is_permitted or is_viewable(data)


def _fill_review(data: dict[str, Any]) -> None:
    """The form proposes the review date; without JavaScript only here all bases are known."""
    words = vocabulary.current()
    bases = [words.bases[id_] for id_ in data.get("legal_basis") or [] if id_ in words.bases]
    if bases and not _text(data.get("review_date")):
        data["review_date"] = policy.latest_review(bases, config.today()).isoformat()
