"""What the developer commands print: numbered steps with their times, one line each."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager


class Stop(Exception):  # noqa: N818 - it ends the command, it is not an error of the program
    """Ends the command; its text is the one sentence that the user reads."""


def line(text: str = "") -> None:
    """Print a line at once, also where the output is a pipe."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Print why the command ends."""
    print(text, file=sys.stderr, flush=True)


class Steps:
    """Numbers the steps of one command and times them."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.number = 0
        self.began = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Generator[None, None, None]:
        """Announce a step, run it, print how long it took."""
        self.number += 1
        began = time.monotonic()
        sys.stdout.write(f"[{self.number}/{self.total}] {title} … ")
        sys.stdout.flush()
        try:
            yield
        except BaseException:
            line("not finished")
            raise
        line(f"{time.monotonic() - began:.1f} s")

    @property
    def seconds(self) -> float:
        """Time since the first step."""
        return time.monotonic() - self.began
