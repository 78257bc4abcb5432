"""Whether the values themselves can be read; what they mean together is for the rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, cast

from ckanext.jena_governance.policy import licences, permissions, values
from ckanext.jena_governance.policy.case import Place, place_of
from ckanext.jena_governance.policy.contract import (
    COMPUTED_FIELDS,
    DATASET_FIELDS,
    DATE_FIELDS,
    TEXT_FIELDS,
)
from ckanext.jena_governance.policy.findings import ERROR, WARNING, Finding
from ckanext.jena_governance.policy.vocabulary import Vocabulary

VALUE = "value"

# Letters that turn the writing direction make a text read differently from what it says.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HARMLESS = frozenset("\t\n\r")
_MAX_SHOWN = 80

_MAIL = re.compile(
    r"[^\s@<>()\[\]\\,;:\"]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[a-z]{2,63}", re.IGNORECASE
)
_TWO_NAMES = re.compile(r"([^\W\d_]{2,}(?:-[^\W\d_]{2,})?)\.([^\W\d_]{2,}(?:-[^\W\d_]{2,})?)")
# Words that only functions have in their address: one of them, and it is no person.
_FUNCTION = re.compile(
    "abteilung|anfrage|archiv|auskunft|bereich|betrieb|buero|bürger|buerger|büro|contact|data|daten"
    "|dezernat|dienst|feuerwehr|finanz|gesellschaft|hilfe|info|jugend|kanzlei|kontakt|kultur|mail"
    "|mobil|netz|office|open|personal|planung|portal|post|presse|rathaus|recht|referat|sammel"
    "|schule|sekretariat|service|social|sozial|stadt|statistik|stelle|steuer|support|team|umwelt"
    "|verkehr|vergabe|verwaltung|wasser|wirtschaft|wohnen|zentral"
    r"|(?<![^.-])(?:amt|bau|bw|city|dsb|gis|help|it|jena|kita|rat|stab|stat|werk)(?![^.-])"
)


def value_findings(
    dataset: Mapping[str, Any], vocabulary: Vocabulary, today: date
) -> Iterator[Finding]:
    """What cannot be read in a dataset and its resources.

    Args:
        dataset (Mapping): the complete dataset.
        vocabulary (Vocabulary): the regulation.
        today (date): the day.

    Yields:
        Finding: errors of rule ``value``, and a warning for what is suspicious.

    Source:
        Design §4 "Values"; work order 3 "Bad input".
    """
    yield from _findings_of_fields(dataset, vocabulary)
    yield from _permissions(dataset, vocabulary, today)
    yield from _extras(dataset)
    yield from _resources(dataset, vocabulary)


def _findings_of_fields(dataset: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Finding]:
    place = Place()
    yield from _level(place, dataset)
    yield from _bases(place, dataset, vocabulary)
    for field in TEXT_FIELDS:
        yield from _text(place, dataset, field)
    for field in DATE_FIELDS:
        yield from _date(place, dataset, field)
    yield from _choice(place, dataset, "personal_data", vocabulary.personal_data)
    yield from _choice(place, dataset, "metadata_visibility", vocabulary.metadata_visibilities)
    yield from _choice(place, dataset, "derivative_status", vocabulary.derivative_statuses)
    yield from _hvd(place, dataset, vocabulary)
    yield from _mailbox(place, dataset)
    yield from _licence_when_open(place, dataset, vocabulary)


def _resources(dataset: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Finding]:
    value = dataset.get("resources")
    if values.is_blank(value):
        return
    if not isinstance(value, (list, tuple)):
        yield Place().finding(VALUE, "value_list", ERROR, "resources")
        return
    for position, resource in enumerate(cast("Iterable[object]", value)):
        if isinstance(resource, Mapping):
            yield from _resource(position, cast("Mapping[str, Any]", resource), vocabulary)
        else:
            yield Place(position).finding(VALUE, "value_resource", ERROR, "resources")


def _resource(
    position: int, resource: Mapping[str, Any], vocabulary: Vocabulary
) -> Iterator[Finding]:
    place = place_of(position, resource)
    yield from _level(place, resource)
    yield from _bases(place, resource, vocabulary)
    yield from _text(place, resource, "restriction_reason")
    yield from _text(place, resource, "license")


def _level(place: Place, data: Mapping[str, Any]) -> Iterator[Finding]:
    if values.level_said(data) == values.UNKNOWN_LEVEL:
        yield place.finding(
            VALUE, "value_level", ERROR, "openness", value=shown(data.get("openness"))
        )


def _bases(place: Place, data: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Finding]:
    field = "legal_basis"
    listed = values.ids(data.get(field))
    if listed is None:
        yield place.finding(VALUE, "value_list", ERROR, field)
        return
    if len(listed) > values.MAX_BASES:
        yield place.finding(VALUE, "value_many", ERROR, field, limit=values.MAX_BASES)
    for id_ in listed[: values.MAX_BASES]:
        if id_ not in vocabulary.bases:
            yield place.finding(VALUE, "value_basis", ERROR, field, value=shown(id_))


def _text(place: Place, data: Mapping[str, Any], field: str) -> Iterator[Finding]:
    value = values.text(data.get(field))
    if value is None:
        yield place.finding(VALUE, "value_text", ERROR, field)
    elif len(value) > values.MAX_TEXT:
        yield place.finding(VALUE, "value_long", ERROR, field, limit=values.MAX_TEXT)
    elif not is_printable(value):
        yield place.finding(VALUE, "value_control", ERROR, field)


def _date(place: Place, data: Mapping[str, Any], field: str) -> Iterator[Finding]:
    value = data.get(field)
    if not values.is_blank(value) and values.day(value) is None:
        yield place.finding(VALUE, "value_date", ERROR, field, value=shown(value))


def _choice(
    place: Place, data: Mapping[str, Any], field: str, known: Mapping[str, object]
) -> Iterator[Finding]:
    value = values.text(data.get(field))
    if value is None:
        yield place.finding(VALUE, "value_text", ERROR, field)
    elif value and value not in known:
        yield place.finding(
            VALUE, "value_choice", ERROR, field, value=shown(value), choices=list(known)
        )


def _hvd(place: Place, data: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Finding]:
    field = "hvd_category"
    known = {category.uri for category in vocabulary.hvd_categories.values()}
    listed = values.ids(data.get(field))
    if listed is None:
        yield place.finding(VALUE, "value_list", ERROR, field)
        return
    for uri in listed[: values.MAX_BASES]:
        if uri not in known:
            yield place.finding(
                VALUE, "value_choice", ERROR, field, value=shown(uri), choices=sorted(known)
            )


def _licence_when_open(
    place: Place, data: Mapping[str, Any], vocabulary: Vocabulary
) -> Iterator[Finding]:
    field = "licence_when_open"
    said = values.text(data.get(field))
    if not licences.is_unsaid(said) and licences.licence_of(said, vocabulary) is None:
        yield place.finding("R6", "R6_unknown", WARNING, field, value=shown(said))


def _mailbox(place: Place, data: Mapping[str, Any]) -> Iterator[Finding]:
    field = "data_steward_email"
    mail = values.text(data.get(field))
    if not mail or len(mail) > values.MAX_TEXT:
        return
    if not is_mail(mail):
        yield place.finding(VALUE, "value_mail", ERROR, field, value=shown(mail))
    elif is_personal_mail(mail):
        yield place.finding("R2", "R2_mailbox_personal", WARNING, field, value=shown(mail))


def _permissions(
    dataset: Mapping[str, Any], vocabulary: Vocabulary, today: date
) -> Iterator[Finding]:
    place, field = Place(), "permission"
    entries = permissions.entries_of(dataset.get(field))
    if entries is None:
        yield place.finding(VALUE, "value_list", ERROR, field)
        return
    if len(entries) > values.MAX_BASES:
        yield place.finding(VALUE, "value_many", ERROR, field, limit=values.MAX_BASES)
    for entry in entries[: values.MAX_BASES]:
        yield from _permission(place, field, entry, vocabulary, today)


def _permission(
    place: Place, field: str, value: object, vocabulary: Vocabulary, today: date
) -> Iterator[Finding]:
    entry = values.mapping(value)
    granted = permissions.granted_of(entry, vocabulary)
    if granted is None:
        said = entry.get("id") if entry else value
        yield place.finding(VALUE, "value_permission", ERROR, field, value=shown(said))
        return
    id_ = granted.permission.id
    yield from _text(place, {field: entry.get("reference")}, field)
    if not granted.reference:
        yield place.finding(VALUE, "value_reference", ERROR, field, permission=id_)
    if not granted.is_readable:
        yield place.finding(VALUE, "value_date", ERROR, field, value=shown(entry.get("until")))
    elif granted.lacks_end():
        yield place.finding(VALUE, "value_until", ERROR, field, permission=id_)
    elif granted.is_over(today):
        yield place.finding("R3a", "R3a_over", WARNING, field, date=granted.until, permission=id_)


def _extras(dataset: Mapping[str, Any]) -> Iterator[Finding]:
    """Free fields must not say again, and differently, what a field of ours says."""
    extras = dataset.get("extras")
    if not isinstance(extras, (list, tuple)):
        return
    ours = DATASET_FIELDS | COMPUTED_FIELDS
    keys = [values.mapping(item).get("key") for item in cast("Iterable[object]", extras)]
    for key in dict.fromkeys(key.strip() for key in keys if isinstance(key, str)):
        if key in ours:
            yield Place().finding(VALUE, "value_extra", ERROR, "extras", (key,), extra=key)


def is_printable(value: str) -> bool:
    """Whether a text holds nothing but letters, signs and line breaks.

    Markup may stand in it: it is escaped where it is shown. Control characters may not, nor
    letters that turn the writing direction, nor half characters that no database stores.
    """
    return all(
        letter in _HARMLESS
        or (letter not in _TURNING and unicodedata.category(letter) not in ("Cc", "Cs"))
        for letter in value
    )


def is_mail(value: str) -> bool:
    """Whether a text is one mail address."""
    return len(value) <= 254 and _MAIL.fullmatch(value) is not None


def is_personal_mail(value: str) -> bool:
    """Whether a mailbox looks like a person's (``firstname.lastname@``)."""
    local = value.partition("@")[0].lower()
    return bool(_TWO_NAMES.fullmatch(local)) and not _FUNCTION.search(local)


def shown(value: object) -> str:
    """A value as it may be repeated in a message: short, without control characters."""
    if not isinstance(value, str):
        return _TYPE_NAMES.get(type(value), "…")
    text = "".join(letter if is_printable(letter) else "�" for letter in value[: _MAX_SHOWN + 1])
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


_TYPE_NAMES: Mapping[type, str] = {
    dict: "{…}",
    list: "[…]",
    tuple: "[…]",
    bool: "true/false",
    int: "123",
    float: "1.5",
}
