"""A record of a foreign CKAN or DKAN becomes a dataset of ours. Pure: no CKAN import, no I/O."""

from __future__ import annotations

from typing import Any, cast

from ckanext.jena_governance.takeover import cleaning, extras, people, resources
from ckanext.jena_governance.takeover.cleaning import text
from ckanext.jena_governance.takeover.draft import Conversion, Draft
from ckanext.jena_governance.takeover.errors import RecordError
from ckanext.jena_governance.takeover.mapping import UnitDirectory, normal_key

# What CKAN computes or keeps for itself; nothing of it says anything about the data.
_KEPT_BY_CKAN = """
    id name title notes notes_rendered owner_org organization groups tags extras resources
    state type private license_id license_title license_url license isopen author author_email
    maintainer maintainer_email url version metadata_created metadata_modified revision_id
    revision_timestamp creator_user_id num_resources num_tags tracking_summary relationships
    relationships_as_object relationships_as_subject ratings_average ratings_count
    download_url ckan_url log_message display_name position package_count image_url
    image_display_url score total_res_downloads openness_effective openness_mix entity_class
    owning_entity_name index_id data_dict validated_data_dict metadata_language harvest
    tag_string num_followers
"""
_TECHNICAL = frozenset(_KEPT_BY_CKAN.split())
_PUBLIC = frozenset(
    {"", "false", "0", "no", "nein", "none", "veroeffentlicht", "published", "public"}
)
_ACTIVE = frozenset({"", "active", "aktiv", "published", "veroeffentlicht"})


def source_id(raw: Any) -> str:
    """What identifies the record in its source: id, else name; empty where it has neither."""
    if not isinstance(raw, dict):
        return ""
    record = cast("dict[str, Any]", raw)
    return text(record.get("id")) or text(record.get("name"))


def convert(raw: Any, position: int, conversion: Conversion) -> Draft:
    """Converts one foreign record.

    Raises:
        RecordError: with reason and remedy, where it must not or cannot be taken over.
    """
    if not isinstance(raw, dict):
        raise RecordError(f"is no dataset but a {type(raw).__name__}")
    record = cast("dict[str, Any]", raw)
    _refuse_unpublished(record)
    draft = _head(record, position)
    _describe(draft, record, conversion)
    _set_licence(draft, record, conversion)
    _set_unit(draft, record, conversion)
    _set_people(draft, record, conversion)
    extras.take_over(draft, record, conversion.fields, _TECHNICAL)
    resources.take_over(draft, record, conversion)
    return draft


def _refuse_unpublished(record: dict[str, Any]) -> None:
    """Only what everyone could read there goes in: the import publishes nothing new."""
    private = record.get("private")
    if private is True or (not isinstance(private, bool) and not _says(private, _PUBLIC)):
        raise RecordError(
            f"is not public in its portal (private: {private})",
            "Enter it here by hand, with its legal basis, or publish it there first.",
        )
    if not _says(record.get("state"), _ACTIVE):
        raise RecordError(f"is not active in its portal (state: {text(record.get('state'))})")
    parts = [record, *(r for r in _list(record.get("resources")) if isinstance(r, dict))]
    for part in parts:
        level = text(part.get("openness"))
        if level not in {"", "open"}:
            raise RecordError(
                f"is restricted in its portal (openness: {level})",
                "Enter it here by hand: a legal ground is not taken over unread.",
            )


def _says(value: Any, accepted: frozenset[str]) -> bool:
    return cleaning.fold(text(value)) in accepted


def _head(record: dict[str, Any], position: int) -> Draft:
    name, title = text(record.get("name")), text(record.get("title"))
    if not name and not title:
        raise RecordError("has neither title nor name", "Give it a title in the source.")
    short, full = cleaning.title_and_rest(title or name)
    slug = name if cleaning.is_name(name) else cleaning.slug(name) or cleaning.slug(short)
    data = {
        "title": short,
        "name": slug or f"dataset-{position}",
        "type": "dataset",
        "openness": "open",
    }
    draft = Draft(source_id(record) or slug, position, data)
    notes = text(record.get("notes"))
    if full:
        notes = f"{full}\n\n{notes}".strip()
        draft.note("title-long", f"the title has {len(full):,} characters", "Write a shorter one.")
    data["notes"] = notes
    return draft


def _describe(draft: Draft, record: dict[str, Any], conversion: Conversion) -> None:
    data, known = draft.data, conversion.fields.dataset
    data["url"] = cleaning.web_address(record.get("url"), conversion.base_url)
    data["version"] = text(record.get("version"))[:100]
    topics = _group_titles(record) if not _publishes_by_group(record) else []
    data["tags"] = cleaning.tags([*_list(record.get("tags")), *topics])
    if topics:
        draft.note("group-as-tag", "topic groups became tags")
    if "identifier" in known:
        data["identifier"] = text(record.get("id"))
    for ours, theirs in (("issued", "metadata_created"), ("modified", "metadata_modified")):
        if ours in known:
            data[ours] = cleaning.iso_date(record.get(theirs))
    if "theme" in known:
        tags = [tag["name"] for tag in data["tags"]]
        themes = {conversion.mapping.themes.get(normal_key(t)) for t in [*topics, *tags]}
        data["theme"] = sorted(theme for theme in themes if theme)


def _set_licence(draft: Draft, record: dict[str, Any], conversion: Conversion) -> None:
    value = text(record.get("license_id"))
    title = text(record.get("license_title")) or text(record.get("license"))
    url = text(record.get("license_url"))
    stated = [said for said in (value, title, url) if said]
    mapped = (conversion.mapping.licences.get(normal_key(said)) for said in stated)
    licence = next((m for m in mapped if m), None) or conversion.licence_of(value, title, url)
    draft.licensed = bool(licence)
    draft.data["license_id"] = licence or ""
    if licence:
        return
    if not stated or value == "notspecified":
        draft.note("licence-missing", "the source names no licence", "Choose one in the form.")
        return
    said = value or title or url
    # kept as said, so that a person sees it; an unknown licence counts as not open (design §2)
    draft.data["license_id"] = said[:100]
    draft.note(
        "licence-unknown", f"licence “{said}”", f"Mapping file: licences: {{“{said}”: <id>}}"
    )


def _set_unit(draft: Draft, record: dict[str, Any], conversion: Conversion) -> None:
    """The publishing unit: the first text that names one we know."""
    units = conversion.units
    draft.organization = organization_of(record)
    draft.author = people.without_mail(record.get("author"))
    named = [draft.author, people.without_mail(record.get("maintainer"))]
    mails = people.mail_addresses(record.get("author_email"))
    mails += people.mail_addresses(record.get("maintainer_email"))
    found = [units.find(value) for value in [*named, *mails] if value]
    # a topic called "Mobilität" is not the department of that name, unless the mapping file says so
    found += [units.explicit(title) for title in _group_titles(record)]
    draft.unit = next((unit for unit in found if unit), None)
    for value in dict.fromkeys(named):
        if value and not units.find(value) and people.is_office(value):
            note_unknown_unit(draft, value, units)
    if draft.unit is None:
        _note_mailbox_unit(draft, mails, units)


def note_unknown_unit(draft: Draft, value: str, units: UnitDirectory) -> None:
    """Reports a unit that no organization, or more than one, is called by."""
    candidates = units.candidates(value)
    target = " | ".join(candidates) or "<organization>"
    kind = "unit-ambiguous" if candidates else "unit-unknown"
    draft.note(kind, f"unit “{value}”", f"Mapping file: units: {{“{value}”: {target}}}")


def _note_mailbox_unit(draft: Draft, mails: list[str], units: UnitDirectory) -> None:
    """A mailbox called like a unit is a hint, no proof: a person decides."""
    for mail in mails:
        unit = units.find(mail.partition("@")[0])
        if unit:
            remedy = f"Mapping file: units: {{“{mail.lower()}”: {unit.name}}}"
            draft.note(
                "unit-mailbox", f"mailbox “{mail.lower()}” sounds like “{unit.title}”", remedy
            )
            return


def _set_people(draft: Draft, record: dict[str, Any], conversion: Conversion) -> None:
    """Authorship credit stays, a contact becomes a function, a person's contact data goes."""
    data, known = draft.data, conversion.fields.dataset
    if draft.author and not conversion.units.find(draft.author) and "creator" in known:
        data["creator"] = [{"name": draft.author}]
    named = _named_function(draft, people.without_mail(record.get("maintainer")), conversion)
    mailbox = _mailbox(draft, record, conversion)
    name = named or _publisher(draft, conversion)
    if (named or mailbox) and "contact" in known:
        data["contact"] = [{"name": name, "email": mailbox}]
    if name and mailbox and "data_steward" in known:
        data["data_steward"], data["data_steward_email"] = name, mailbox
    for key in ("title", "notes"):
        _report_personal_mail(draft, data.get(key), conversion)


def _named_function(draft: Draft, maintainer: str, conversion: Conversion) -> str:
    """The contact that the record names, where it is a function."""
    if maintainer and not conversion.units.find(maintainer) and people.may_be_person(maintainer):
        draft.note(
            "person-dropped", "contact person in “maintainer”", "Name a function as data steward."
        )
        return ""
    return "" if people.is_placeholder(maintainer) else maintainer


def _publisher(draft: Draft, conversion: Conversion) -> str:
    """Who publishes, as a function: author, unit, or the organization that takes the dataset."""
    if draft.author and (conversion.units.find(draft.author) or people.is_office(draft.author)):
        return draft.author
    unit = draft.unit or conversion.organization
    return unit.title if unit else draft.organization[1]


def _mailbox(draft: Draft, record: dict[str, Any], conversion: Conversion) -> str:
    texts = [text(record.get("author")), text(record.get("maintainer"))]
    third_party = bool(draft.author) and not conversion.units.find(draft.author)
    keys = ["maintainer", "maintainer_email"]
    # an institute's address is no address of ours
    if not third_party or people.is_office(draft.author):
        keys.append("author_email")
    elif text(record.get("author_email")):
        draft.note("field-dropped", "“author_email” of a third party")
    found = ""
    for key in keys:
        for address in people.mail_addresses(record.get(key)):
            if not people.is_function_mailbox(
                address, texts, conversion.mapping.function_mailboxes
            ):
                draft.note(
                    "person-dropped",
                    f"mailbox in “{key}” looks like a person's",
                    "If it is a function's: mapping file, function_mailboxes.",
                )
            else:
                found = found or address
    return found


def _report_personal_mail(draft: Draft, value: Any, conversion: Conversion) -> None:
    for address in people.mail_addresses(value):
        if not people.is_function_mailbox(address, [], conversion.mapping.function_mailboxes):
            draft.note(
                "mail-in-text", "title or description", "Write the function's mailbox instead."
            )
            return


def organization_of(record: dict[str, Any]) -> tuple[str, str]:
    """Name and title of the organization that the record belongs to in its portal."""
    organization = record.get("organization")
    if not isinstance(organization, dict) and _publishes_by_group(record):
        organization = _list(record.get("groups"))[0]
    if not isinstance(organization, dict):
        return "", ""
    found = cast("dict[str, Any]", organization)
    title = text(found.get("title")) or text(found.get("display_name")) or text(found.get("name"))
    return cleaning.slug(text(found.get("name"))) or cleaning.slug(title), title


def _publishes_by_group(record: dict[str, Any]) -> bool:
    """DKAN calls publishers groups ("group/stadt-bonn"), CKAN calls topics groups."""
    groups = [g for g in _list(record.get("groups")) if isinstance(g, dict)]
    return bool(groups) and all(text(g.get("name")).startswith("group/") for g in groups)


def _group_titles(record: dict[str, Any]) -> list[str]:
    """Titles of the groups, which come as mappings, or as names (CKAN 1)."""
    titles: list[str] = []
    for group in _list(record.get("groups")):
        if isinstance(group, dict):
            said = (text(group.get(key)) for key in ("title", "display_name", "name"))
            titles.append(next((title for title in said if title), ""))
        else:
            titles.append(text(group))
    return [title for title in titles if title]


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
