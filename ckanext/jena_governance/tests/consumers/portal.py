"""The portal that others take from, as the tests see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ckanext.jena_governance.leakcheck.canaries import Canaries
from ckanext.jena_governance.leakcheck.client import Api, Client

# What `ckanext.harvest.user_name` says here.
HARVEST_USER = "ernte"


@dataclass(frozen=True)
class Portal:
    """A running portal with everything planted.

    Attributes:
        client: its server.
        people: what signs the requests of ``sysadmin``, ``editor``, ``harvester``, ``stranger``.
        organization: the owner of everything.
        canaries: the secrets.
        ids: of the datasets, by label.
        config: CKAN's configuration with the plugins loaded.
        answers: what everybody was shown at first, by name.
    """

    client: Client
    people: dict[str, dict[str, str]]
    organization: dict[str, Any]
    canaries: Canaries
    ids: dict[str, str]
    config: dict[str, Any]
    answers: dict[str, dict[str, Any]]

    def api(self, role: str = "") -> Api:
        """The API as one of the people, or as nobody."""
        return Api(self.client, self.people.get(role, {}))

    def shown(self, role: str = "") -> dict[str, dict[str, Any]]:
        """All datasets that somebody finds, by name."""
        return shown(self.api(role))


def shown(api: Api) -> dict[str, dict[str, Any]]:
    """All datasets that somebody finds, by name."""
    found = api("package_search", rows=1000)["results"]
    return {one["name"]: api("package_show", id=one["id"]) for one in found}
