"""Who is held to the rules: people strictly, machines by report."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from rq import get_current_job

import ckantoolkit as tk
from ckan.types import Context

from ckanext.jena_governance import config

_report = ContextVar("jena_governance_report", default=False)


@contextmanager
def report_mode() -> Generator[None]:
    """Server-side code that takes over foreign data (harvester, import) works inside this.

    Broken rules are logged instead of refused, and nothing is loosened:
    a level stays as closed as it is stored. A client cannot ask for it.
    """
    token = _report.set(True)
    try:
        yield
    finally:
        _report.reset(token)


def is_reporting(context: Context) -> bool:
    """Whether this write comes from a machine, or the portal only reports.

    A machine is code inside :func:`report_mode`, a background job, the site
    user (CKAN's own account for internal work), or a harvester outside of web
    requests. What the client sends, and ``ignore_auth``, do not count.
    """
    return not config.is_strict() or is_machine(context)


def is_machine(context: Context) -> bool:
    """Whether no person stands behind this write."""
    if _report.get() or get_current_job() is not None:
        return True
    user = context.get("user")
    return bool(user) and (user == tk.config.get("ckan.site_id") or _is_harvester(user))


def _is_harvester(user: str) -> bool:
    """The account that ckanext-harvest's own processes write with."""
    return not tk.request and user == tk.config.get("ckanext.harvest.user_name")
