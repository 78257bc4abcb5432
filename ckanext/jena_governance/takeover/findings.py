"""What the import could not decide by itself: kinds, headings, and the finding itself."""

from __future__ import annotations

from dataclasses import dataclass

# kind -> (heading of the report, whether a person has to act)
KINDS: dict[str, tuple[str, bool]] = {
    "rejected": ("Not taken over", True),
    "rights": ("May the city license this? Imported as published, nobody has answered yet", True),
    "rights-denied": ("Answered: the city may not license this", True),
    "unit-unknown": ("Publishing unit is no known entity", True),
    "unit-ambiguous": ("Publishing unit fits several entities", True),
    "unit-mailbox": ("Only a mailbox tells of the publishing unit", True),
    "licence-unknown": ("Licence not recognised: counts as not open", True),
    "licence-missing": ("No licence named: counts as not open", True),
    "person-dropped": ("Personal contact data not taken over", True),
    "mail-in-text": ("A text names what looks like a person's mailbox", True),
    "resource-no-format": ("Resource without format", True),
    "resource-dropped": ("Resource not taken over", True),
    "edited-here": ("Changed at the source, but edited here since: left as it is", True),
    "deleted-here": ("Deleted here: not brought back", True),
    "duplicate": ("The source names the same dataset twice: the first one counts", True),
    "title-long": ("Title shortened, in full at the head of the description", True),
    "name-taken": ("Name already belongs to another dataset: a suffix was added", False),
    "field-dropped": ("Field not taken over", False),
    "upload-linked": ("Files stay on the old portal: uploaded files became links to it", True),
    "group-as-tag": ("Topic groups of the old portal became tags", False),
}


@dataclass(frozen=True)
class Finding:
    """One thing about one record that a person should know or decide."""

    kind: str
    text: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of finding: {self.kind}")
