"""`make prove`: would the tests of the policy notice if the policy were wrong?"""

from collections.abc import Sequence

from dev import processes
from dev.paths import CACHE, ROOT, tool_environment
from dev.preparation import prepare
from dev.say import Steps
from dev.venv import NEWEST, Venv


def prove(arguments: Sequence[str]) -> int:
    """Change the policy in many small ways and count the changes that no test notices."""
    venv = Venv(NEWEST)
    if not venv.ready():
        prepare(Steps(3), venv)
    environment = tool_environment() | {
        "HYPOTHESIS_STORAGE_DIRECTORY": str(CACHE / "hypothesis"),
        "PYTHONHASHSEED": "0",  # the same order of sets, the same result
    }
    command = [venv.program("python"), "-m", "dev.mutation", *arguments]
    return processes.run(command, cwd=ROOT, env=environment)
