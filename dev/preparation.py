"""What every command needs before it can start anything, shared by all instances."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager

from dev import jars, machine
from dev.paths import LOCAL
from dev.say import Steps, Stop, line
from dev.venv import Venv

STEPS = 3


def prepare(steps: Steps, venv: Venv, *, browser: bool = False) -> None:
    """Debian packages, Solr and the virtual environment: what is there already is left alone."""
    if LOCAL.exists() and not os.access(LOCAL, os.W_OK):
        raise Stop(f"{LOCAL} belongs to another user: run make as that user, or remove it.")
    with _one_at_a_time():
        with steps.step("Debian packages"):
            machine.prepare(browser=browser)
        with steps.step("Solr's jars"):
            jars.prepare()
        with steps.step(f"Python packages with CKAN {venv.ckan}"):
            venv.prepare()


@contextmanager
def _one_at_a_time() -> Generator[None, None, None]:
    """Two commands started together would otherwise install into each other's half-made folders."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "preparation.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            line("Another command is preparing the same things; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
