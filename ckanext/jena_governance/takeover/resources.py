"""The resources of a foreign record: links to where the files are. Nothing is downloaded. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ckanext.jena_governance.takeover import cleaning, people
from ckanext.jena_governance.takeover.cleaning import text

if TYPE_CHECKING:
    from ckanext.jena_governance.takeover.draft import Conversion, Draft


def take_over(draft: Draft, record: dict[str, Any], conversion: Conversion) -> None:
    """Adds the resources to the draft; one that cannot be a link is reported and left out."""
    raw = record.get("resources")
    found: list[dict[str, Any]] = []
    uploads = 0
    for number, item in enumerate(cast("list[Any]", raw) if isinstance(raw, list) else [], start=1):
        entry = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        if text(entry.get("state")).lower() == "deleted":
            continue
        address = cleaning.web_address(entry.get("url"), conversion.base_url)
        if not address:
            said = text(entry.get("url"))
            problem = (
                f"address “{said[:200]}” is none that a visitor can follow"
                if said
                else "has no address"
            )
            draft.note(
                "resource-dropped", f"resource {number} {problem}", "Correct it in the source."
            )
            continue
        resource = _resource(entry, address, conversion)
        if not resource["format"]:
            draft.note(
                "resource-no-format",
                f"resource {number} “{resource['name'][:80]}”",
                "Enter it here.",
            )
        uploads += text(entry.get("url_type")) == "upload"
        found.append(resource)
        draft.resource_ids.append(text(entry.get("id")) or address)
    draft.data["resources"] = found
    if uploads:
        draft.note(
            "upload-linked",
            "files uploaded to the old portal became links to it",
            "Copy the files here before the old portal is switched off.",
        )


def _resource(entry: dict[str, Any], address: str, conversion: Conversion) -> dict[str, Any]:
    description = text(entry.get("description"))
    resource: dict[str, Any] = {
        "url": address,
        "name": _name(entry, description, address),
        "description": description,
        "format": cleaning.file_format(entry.get("format"), entry.get("mimetype"), address),
    }
    known = conversion.fields.resource
    for ours, theirs in (("issued", "created"), ("modified", "last_modified")):
        if ours in known and cleaning.iso_date(entry.get(theirs)):
            resource[ours] = cleaning.iso_date(entry.get(theirs))
    licence = text(entry.get("license")) or text(entry.get("license_id"))
    if licence and "license" in known:
        resource["license"] = conversion.licence_of(licence, "", licence) or licence
    return resource


def _name(entry: dict[str, Any], description: str, address: str) -> str:
    name = text(entry.get("name"))
    # DKAN repeats the path of the resource page where a name should be
    if name and not name.startswith("dataset/"):
        return name[:500]
    first_line = description.splitlines()[0].strip() if description else ""
    short = first_line if 0 < len(first_line) <= 120 else ""
    return people.without_mail(short) or cleaning.file_name(address)
