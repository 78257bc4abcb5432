"""Which steps are done, and for what: a step is skipped only while its inputs are the same."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


class Stamps:
    """A folder with one small file per finished step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def holds(self, step: str, *inputs: str) -> bool:
        """Whether the step was finished with just these inputs."""
        try:
            return (self.folder / step).read_text() == _digest(inputs)
        except OSError:
            return False

    def known(self, step: str) -> bool:
        """Whether the step was ever finished, with whatever inputs."""
        return (self.folder / step).exists()

    def forget(self, *steps: str) -> None:
        """Have these steps done again; all of them where none is named."""
        for step in steps or [path.name for path in self.folder.glob("*")]:
            (self.folder / step).unlink(missing_ok=True)

    def set(self, step: str, *inputs: str) -> None:
        """Note that the step is finished; called after it, never before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / step).write_text(_digest(inputs))


def _digest(inputs: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(inputs).encode()).hexdigest()


def content_of(paths: Iterable[Path]) -> str:
    """Digest of files, names included, in any order."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()
