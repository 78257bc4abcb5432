"""Where things are. Everything that is made lies under ``.local/`` in the checkout."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
CACHE = LOCAL / "cache"
LOGS = LOCAL / "log"
SOLR_SOURCE = ROOT / "dev" / "solr"

# Settings of the caller's shell that would quietly win over the ones made here: CKAN reads
# CKAN_* over its ini file, psql and libpq read PG*, Python and make their own.
_FOREIGN = ("CKAN_", "PG", "PYTEST_", "MAKE", "MFLAGS", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def tool_environment() -> dict[str, str]:
    """Environment for pip, uv and Maven: the caller's proxy and mirror settings stay in force."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    temporary = LOCAL / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return kept | {
        "TMPDIR": str(temporary),
        "LC_ALL": "C.UTF-8",
        "PIP_CACHE_DIR": str(CACHE / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_CACHE_DIR": str(CACHE / "uv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "UV_SYSTEM_CERTS": "true",  # the machine's, which may know an authority of its network
        "PYRIGHT_PYTHON_CACHE_DIR": str(CACHE / "pyright"),
    }


def service_environment() -> dict[str, str]:
    """Environment for what runs: nothing is read from or written to the caller's home folder."""
    home = LOCAL / "home"
    home.mkdir(parents=True, exist_ok=True)
    kept = {key: value for key, value in tool_environment().items() if not key.startswith("XDG_")}
    return kept | {"HOME": str(home), "XDG_CACHE_HOME": str(CACHE)}
