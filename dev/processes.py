"""Processes that outlive the function that started them, and how they are found and ended again.

Each one is started as the leader of a session of its own: Ctrl-C in the terminal reaches only the
supervisor, which then ends its services in order, and a session can be ended with all its members
(the worker's job processes, for one). What runs is written down as process id and start time, so
that a later command never ends a stranger that got the same id.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_PROC = Path("/proc")

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Command prefix: the kernel ends the command when this program ends, in whatever way.
DIE_WITH_ME = ("setpriv", "--pdeathsig", "TERM")


@dataclass(frozen=True)
class Process:
    """A process of this machine, recognisable after its id was given away again."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Process":
        """Note down a running process."""
        stat = _stat(pid)
        return cls(pid, stat.started if stat else 0, _boot())

    @classmethod
    def of_this(cls) -> "Process":
        """This program."""
        return cls.of(os.getpid())

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Process":
        """Read what `to_json` wrote."""
        return cls(int(data["pid"]), int(data["started"]), str(data["boot"]))

    def to_json(self) -> dict[str, Any]:
        """Plain data for the state file."""
        return asdict(self)

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        stat = _stat(self.pid)
        return bool(stat and stat.started == self.started and self.boot == _boot())

    def members(self) -> list[int]:
        """The running processes of the session that this one led, itself included."""
        if self.boot != _boot():
            return []
        stat = _stat(self.pid)
        if stat and stat.started != self.started:  # the id is somebody else's by now
            return []
        entries = (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())
        return [pid for pid in entries if (found := _stat(pid)) and found.session == self.pid]

    def tell(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self, ask: signal.Signals = signal.SIGTERM, patience: float = 15) -> None:
        """Ask the process to end; after `patience` seconds end its whole session."""
        self.tell(ask)
        wait_until(lambda: not self.alive, patience)
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.members(), 5)


@dataclass(frozen=True)
class _Stat:
    session: int
    started: int


def _stat(pid: int) -> _Stat | None:
    """Session and start time of a process; None where it ended or is only waiting to be reaped."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The second field is the program's name in parentheses and may hold blanks.
    fields = text.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return _Stat(session=int(fields[3]), started=int(fields[19]))


def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition; False when it took too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def start(
    command: Sequence[str], *, log: Path, cwd: Path, env: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """Start a service: own session, no input, its output appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
        )


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path | None = None,
    patience: float = 10,
) -> int:
    """Run a command to its end, its output appended to `log` or shown; return its exit code.

    When this program is asked to end, the command is too, and gets `patience` seconds for it.
    """
    with contextlib.ExitStack() as stack:
        output = None
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
            output = stack.enter_context(log.open("ab"))
        child = subprocess.Popen(
            [*DIE_WITH_ME, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            cwd=cwd,
            env=dict(env),
            start_new_session=True,
        )
        leader = Process.of(child.pid)
        try:
            return child.wait()
        finally:
            leader.end(signal.SIGINT, patience)
            child.wait()


@contextlib.contextmanager
def undisturbed() -> Generator[None, None, None]:
    """Let no second Ctrl-C interrupt the end."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_on_signals() -> None:
    """Treat being told to end like Ctrl-C, also where the caller ignores Ctrl-C (background)."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in ENDING_SIGNALS:
        signal.signal(number, interrupt)


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def port_answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
