"""The gateway's address: what the catalogue holds instead of a restricted location."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import ckantoolkit as tk

# On any host and under any prefix: portals move, and the language stands in the path.
_PATH = re.compile(r"(?:^|/)dataset/([^/]+)/resource/([^/]+)/data/?$")


class Gateway(NamedTuple):
    """What a gateway's address names: a dataset (id or name) and a resource (id)."""

    package: str
    resource: str


def gateway_url(package_id: str, resource_id: str) -> str:
    """The address under which this portal decides who gets a resource."""
    return portal_url(f"/dataset/{quote(package_id)}/resource/{quote(resource_id)}/data")


def portal_url(path: str) -> str:
    """The full address of a path of this portal, in no language; it stays the same everywhere."""
    root = (tk.config.get("ckan.root_path") or "").replace("/{{LANG}}", "").rstrip("/")
    return f"{tk.config['ckan.site_url'].rstrip('/')}{root}{path}"


def gateway_in(url: object) -> Gateway | None:
    """What a gateway's address names; ``None`` for every other address."""
    if not isinstance(url, str) or "/resource/" not in url:
        return None
    try:
        path = unquote(urlsplit(url.strip()).path)
    except ValueError:
        return None
    found = _PATH.search(path)
    return Gateway(*found.groups()) if found else None


def is_gateway_of(url: object, resource_id: str) -> bool:
    """Whether an address is the gateway of this very resource, here or under another host."""
    gateway = gateway_in(url)
    return gateway is not None and gateway.resource == resource_id


def could_be_location(text: object) -> bool:
    """Whether a text could say where data are: an address, but not merely that of the portal.

    ckanext-xloader notes the portal's address beside what it loads.
    """
    if not isinstance(text, str) or "://" not in text:
        return False
    return not tk.config["ckan.site_url"].startswith(text.strip().rstrip("/"))


def is_on_this_portal(url: str) -> bool:
    """Whether an address is on our own host, or has none."""
    host = urlsplit(url).netloc.lower()
    return host in ("", urlsplit(tk.config["ckan.site_url"]).netloc.lower())
