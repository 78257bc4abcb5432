# ckantoolkit hands out what CKAN's own toolkit has.
from typing import Any

from ckan.plugins.toolkit import *  # noqa: F403

def __getattr__(name: str) -> Any: ...
