"""Everybody asks everything; whatever comes back is searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ckanext.jena_governance.leakcheck import canaries as kinds
from ckanext.jena_governance.leakcheck import classification
from ckanext.jena_governance.leakcheck.canaries import Canaries, Canary
from ckanext.jena_governance.leakcheck.classification import Entry
from ckanext.jena_governance.leakcheck.client import Client, Request, Response, query
from ckanext.jena_governance.leakcheck.personas import Persona
from ckanext.jena_governance.leakcheck.planting import Subject

_GATEWAY = "GET /dataset/<id>/resource/<resource_id>/data"
_DOWNLOAD = "GET /dataset/<id>/resource/<resource_id>/download"
_NAMED = _DOWNLOAD + "/<filename>"
_EDIT = "GET /dataset/<id>/resource/<resource_id>/edit"
_AJAX = "POST /datatables/ajax/<resource_view_id>"
_FILTERED = "POST /datatables/filtered-download/<resource_view_id>"
_DUMP = "GET /datastore/dump/<resource_id>"
_DICTIONARY = "GET /dataset/<id>/dictionary/<resource_id>"
_VIEWS = frozenset(
    {
        "resource_view_show",
        "resource_view_list",
        "GET /dataset/<id>/resource/<resource_id>",
        "GET /dataset/<id>/resource/<resource_id>/views",
        "GET /dataset/<id>/resource/<resource_id>/view",
        "GET /dataset/<id>/resource/<resource_id>/view/<view_id>",
        "GET /dataset/<id>/resource/<resource_id>/edit_view/<view_id>",
        "GET /dataset/<id>/resource/<resource_id>/new_view",
        "GET /dataset/<id>/resource/<resource_id>/edit",
    }
)
_TOLD = frozenset({"governance_location_show", _EDIT})
_FILES = frozenset({_GATEWAY, _DOWNLOAD, _NAMED})
# A table is handed out as rows and as the file it came from.
_ROWS = _FILES | {"datastore_search", "datastore_search_sql", _DUMP, _AJAX}
_COLUMNS = _VIEWS | {
    "datastore_info",
    "GET /datastore/api_info/<resource_id>",
    _FILTERED,
    _DICTIONARY,
}

# Where those who are entitled find restricted data. Anywhere else it is a leak even for them.
PROPER: Mapping[str, frozenset[str]] = {
    kinds.LOCATION: _TOLD | _FILES,
    kinds.ACCESS_URL: _TOLD,
    kinds.DOWNLOAD_URL: _TOLD,
    kinds.URI: _TOLD,
    kinds.HASH: _TOLD,
    kinds.FILE_NAME: _TOLD | _FILES,
    kinds.CONTENT: _ROWS,
    kinds.STORED: frozenset({"GET /file/download/<id>"}),
    kinds.CELL: _ROWS,
    kinds.COLUMN: _ROWS | _COLUMNS,
    kinds.VIEW: _VIEWS,
    kinds.VIEW_URL: _VIEWS,
}

_IN_VAULT = (frozenset({"governance_location_show"}),)
_IN_LIST = (frozenset({"resource_view_list"}),)
_IN_DATASET = (frozenset({"package_show"}),)
_IN_AGREEMENT = ("governance_agreement_show", "GET /governance/agreements/<id>")
_IN_REQUEST = ("governance_access_request_show", "GET /governance/requests/<id>")

# Where they must find it: one of each set.
REQUIRED: Mapping[str, tuple[frozenset[str], ...]] = {
    kinds.LOCATION: (*_IN_VAULT, frozenset({_GATEWAY})),
    kinds.ACCESS_URL: _IN_VAULT,
    kinds.DOWNLOAD_URL: _IN_VAULT,
    kinds.URI: _IN_VAULT,
    kinds.HASH: _IN_VAULT,
    kinds.FILE_NAME: _IN_VAULT,
    kinds.CONTENT: (frozenset({_DOWNLOAD}), frozenset({_NAMED})),
    kinds.CELL: tuple(frozenset({one}) for one in ("datastore_search", _DUMP, _AJAX)),
    kinds.COLUMN: (frozenset({"datastore_search"}), frozenset({"datastore_info"})),
    kinds.VIEW: _IN_LIST,
    kinds.VIEW_URL: _IN_LIST,
    kinds.TITLE: (*_IN_DATASET, frozenset({"package_search"})),
    kinds.NOTES: _IN_DATASET,
    kinds.NAME: _IN_DATASET,
    kinds.TAG: _IN_DATASET,
    kinds.RESOURCE_NAME: (frozenset({"resource_show"}),),
    kinds.AGREED: tuple(frozenset({one}) for one in _IN_AGREEMENT),
    kinds.ASKED: tuple(frozenset({one}) for one in _IN_REQUEST),
}

_GIVEN = frozenset(place for places in REQUIRED.values() for one in places for place in one)

# Who goes deep tries each variant for so many times more subjects, and other methods for every so
# many-th; pages, and what knows of no dataset, are asked by every so many-th of the others.
_DEEPER = 2
_OTHER_METHODS = 5
_PAGES = 3
_DULL = 6

_REFUSED = frozenset({400, 401, 403, 404, 409})


@dataclass(frozen=True)
class Who:
    """Somebody, and what they ask for."""

    persona: Persona
    subject: Subject | None


@dataclass(frozen=True)
class Question:
    """One call by one persona."""

    persona: Persona
    entry: Entry
    subject: Subject | None
    request: Request


@dataclass(frozen=True)
class Finding:
    """Something that may not be.

    Attributes:
        persona, surface: who asked what.
        what: the canary, by kind and subject, or what else is wrong.
        problem: why it may not be.
        example: one such request, without secrets.
    """

    persona: str
    surface: str
    what: str
    problem: str
    example: str = ""

    def __str__(self) -> str:
        """One line of the report."""
        return f"{self.problem}: {self.what} at {self.surface} for {self.persona} ({self.example})"


@dataclass(frozen=True)
class Expected:
    """Who may see what.

    Attributes:
        allowed: whether a persona may see what a canary stands for.
        open: labels of what is open to everybody.
        gone: labels of what was deleted: nobody needs to find it.
    """

    allowed: Callable[[Persona, Canary], bool]
    open: frozenset[str]
    gone: frozenset[str] = frozenset()

    def may_have(self, persona: Persona, label: str) -> bool:
        """Whether a persona may have the data of a dataset or resource."""
        return label in self.open or self.allowed(persona, Canary(kinds.CONTENT, label))


@dataclass
class Result:
    """What a sweep found.

    Attributes:
        findings: everything that may not be.
        seen: where each persona saw each canary.
        statuses: how often each surface answered how.
        asked: the number of requests.
    """

    findings: list[Finding] = field(default_factory=list[Finding])
    seen: dict[tuple[str, Canary], set[str]] = field(default_factory=dict[Any, set[str]])
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    asked: int = 0

    def add(self, finding: Finding) -> None:
        """Note a finding once."""
        if finding not in self.findings:
            self.findings.append(finding)


@dataclass(frozen=True)
class Sweep:
    """A sweep over a portal.

    Attributes:
        clients: servers of the portal; they take turns.
        canaries: what is looked for.
        entries: what is called.
        subjects: what it is called for.
        common: the $names that everything has.
        expected: who may see what.
        width: for how many subjects those who do not go deep make each call.
    """

    clients: Sequence[Client]
    canaries: Canaries
    entries: Sequence[Entry]
    subjects: Sequence[Subject]
    common: Mapping[str, str]
    expected: Expected
    width: int = 1

    def run(self, personas: Iterable[Persona]) -> Result:
        """Ask everything and search the answers."""
        result = Result()
        questions = [one for index, who in enumerate(personas) for one in self._of(who, index)]
        with ThreadPoolExecutor(2 * len(self.clients)) as pool:
            for question, response, found in pool.map(self._ask, enumerate(questions)):
                self._judge(result, question, response, found)
        return result

    def _of(self, persona: Persona, index: int) -> Iterator[Question]:
        for number, entry in enumerate(self.entries):
            turn = index + number
            if not self._is_asked(entry, persona, turn):
                continue
            for arguments in entry.calls:
                chosen = self._chosen(entry, arguments, persona, turn)
                for place, subject in enumerate(chosen):
                    every = persona.role.deep and place % _OTHER_METHODS == 0
                    yield from self._questions(Who(persona, subject), entry, arguments, every=every)
            for arguments in self._variants(entry, persona, turn):
                for subject in self._few(self._fitting(arguments), persona, turn):
                    yield from self._questions(Who(persona, subject), entry, arguments)

    def _is_asked(self, entry: Entry, persona: Persona, turn: int) -> bool:
        """Pages cost time, and what knows of no dataset says little: some ask, turn by turn."""
        if entry.treatment in (classification.WRITES, classification.API):
            return False
        if persona.role.deep or entry.surface in _GIVEN:
            return True
        is_dull = entry.treatment in (classification.GENERAL, classification.STATIC)
        return turn % (_DULL if is_dull else 1 if entry.is_action else _PAGES) == 0

    def _variants(self, entry: Entry, persona: Persona, turn: int) -> Sequence[Mapping[str, Any]]:
        """All of them, or one after the other from person to person."""
        if persona.role.deep or not entry.deep:
            return entry.deep
        return [entry.deep[turn % len(entry.deep)]]

    def _chosen(
        self, entry: Entry, arguments: Mapping[str, Any], persona: Persona, turn: int
    ) -> Sequence[Subject | None]:
        """All subjects; or a few, not always the same, and those that must be given."""
        fitting = self._fitting(arguments)
        if persona.role.deep:
            return fitting
        chosen = self._few(fitting, persona, turn)
        if entry.surface in _GIVEN:
            chosen += [one for one in fitting if one and self._is_due(persona, one)]
        return list(dict.fromkeys(chosen))

    def _few(
        self, fitting: Sequence[Subject | None], persona: Persona, turn: int
    ) -> list[Subject | None]:
        """Some, from persona to persona others; whoever goes deep takes more."""
        width = min(len(fitting), _DEEPER * self.width if persona.role.deep else self.width)
        return [fitting[(turn + step) % len(fitting)] for step in range(width)]

    def _is_due(self, persona: Persona, subject: Subject) -> bool:
        """Whether they have a right that others do not have."""
        label = subject.label
        if label in self.expected.open:
            return False
        finds = self.expected.allowed(persona, Canary(kinds.TITLE, label))
        return self.expected.may_have(persona, label) or finds

    def _fitting(self, arguments: Mapping[str, Any]) -> list[Subject | None]:
        """The subjects that a call can be made for, each only once; none where it needs none."""
        needed = classification.names_in(arguments) - set(self.common) - {"me"}
        if not needed:
            return [None]
        found: dict[tuple[str, ...], Subject | None] = {}
        for subject in self.subjects:
            if needed <= set(subject.values):
                key = tuple(subject.values[name] for name in sorted(needed))
                found.setdefault(key, subject)
        return list(found.values())

    def _questions(
        self, who: Who, entry: Entry, arguments: Mapping[str, Any], *, every: bool = False
    ) -> Iterator[Question]:
        own = who.subject.values if who.subject else {}
        values = {**self.common, "me": who.persona.user or "nobody", **own}
        filled = classification.fill(dict(arguments), values)
        for request in requests_of(entry, filled, every=every):
            yield Question(who.persona, entry, who.subject, request)

    def _ask(self, numbered: tuple[int, Question]) -> tuple[Question, Response, set[Canary]]:
        number, question = numbered
        client = self.clients[number % len(self.clients)]
        response = client.send(question.request, question.persona.headers)
        found = self.canaries.find(response.head, response.body)
        if found:  # what one says oneself is repeated by every error page
            found -= self.canaries.find(question.request.text)
        return question, response, found

    def _judge(
        self, result: Result, question: Question, response: Response, found: set[Canary]
    ) -> None:
        persona, surface = question.persona, question.entry.surface
        result.asked += 1
        result.statuses[surface, response.status] += 1
        example = self._example(question)
        for canary in found:
            result.seen.setdefault((persona.name, canary), set()).add(surface)
            problem = self._problem(persona, surface, canary)
            if problem:
                result.add(Finding(persona.name, surface, str(canary), problem, example))
        problem = self._wrong_status(question, response)
        if problem:
            subject = question.subject.label if question.subject else "-"
            what = f"{response.status} for {subject}"
            result.add(Finding(persona.name, surface, what, problem, example))

    def _problem(self, persona: Persona, surface: str, canary: Canary) -> str:
        if canary.subject in self.expected.open:
            return ""
        if not self.expected.allowed(persona, canary):
            return "LEAK"
        proper = PROPER.get(canary.kind)
        if proper is not None and surface not in proper:
            return "OUT OF PLACE"
        return ""

    def _wrong_status(self, question: Question, response: Response) -> str:
        entry, persona, subject = question.entry, question.persona, question.subject
        if response.status >= 500:
            # CKAN 2.11 cannot render a page for the token of an account that was deleted.
            return "" if entry.fails or persona.role.ends == "account" else "ERROR"
        if entry.treatment == classification.SYSADMIN:
            return "" if persona.role.sysadmin or is_refusal(response) else "NOT REFUSED"
        if entry.treatment == classification.DATA and subject is not None:
            denied = not self.expected.may_have(persona, subject.label)
            return "NOT REFUSED" if denied and not is_refusal(response) else ""
        return ""

    def _example(self, question: Question) -> str:
        request = question.request
        text = request.path
        for part in (request.data, request.form):
            if part:
                text += f" {part}"
        if len(text) > 300:
            text = text[:300] + "…"
        return f"{request.method} {text}"

    def missing(self, result: Result, personas: Iterable[Persona]) -> list[Finding]:
        """What somebody is entitled to but did not get where it is to be had."""
        found: list[Finding] = []
        labels = {subject.label for subject in self.subjects}
        for persona in personas:
            for canary in {one for one in self.canaries if one.subject in labels}:
                if not self.expected.allowed(persona, canary):
                    continue
                seen = result.seen.get((persona.name, canary), set())
                for places in self._required(canary):
                    if not places & seen:
                        where = " or ".join(sorted(places))
                        found.append(Finding(persona.name, where, str(canary), "NOT GIVEN"))
        return found

    def _required(self, canary: Canary) -> tuple[frozenset[str], ...]:
        if canary.subject in self.expected.open | self.expected.gone:
            return ()
        return REQUIRED.get(canary.kind, ())


def is_refusal(response: Response) -> bool:
    """Whether nothing was given; anonymous people may be sent to sign in."""
    target = response.headers.get("location", "")
    return response.status in _REFUSED or "/user/login" in target


def requests_of(entry: Entry, arguments: Mapping[str, Any], *, every: bool) -> Iterator[Request]:
    """The requests of a call.

    Args:
        entry: what is called.
        arguments: filled in.
        every: also by the other methods that it understands.
    """
    if entry.is_action:
        yield Request("POST", f"/api/3/action/{entry.name}", data=dict(arguments))
        if every and not any(isinstance(value, dict) for value in arguments.values()):
            yield Request("GET", f"/api/action/{entry.name}?{query(arguments)}")
        return
    asked = {key[1:]: value for key, value in arguments.items() if key.startswith("?")}
    form = {key[1:]: value for key, value in arguments.items() if key.startswith("=")}
    path = classification.path_of(entry.name, arguments)
    path += f"?{query(asked)}" if asked else ""
    yield Request(entry.method, path, form=form or None)
    if every and entry.method == "GET" and entry.treatment == classification.DATA:
        yield Request("HEAD", path)
        yield Request("GET", f"/de{path}")
