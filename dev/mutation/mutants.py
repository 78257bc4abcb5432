"""The mutants of a module: where each is, what it changes, and its code."""

import ast
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from types import CodeType

from dev.mutation.operators import reordered, variants

_LONGEST = 72
_CONTEXT = 24
# Parts of the tree that decide nothing when the program runs.
_SKIPPED = frozenset(
    {"annotation", "returns", "decorator_list", "bases", "format_spec", "ctx", "type_params"}
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Place:
    """A node in the tree: the field of its parent that holds it.

    Attributes:
        node: the node.
        parent, field, index: where it hangs; ``index`` is ``None`` for a field with one node.
        scope: the names of what it is part of: class, function, constant.
        function: the same of the outermost function; empty where it is in no function's body.
        statement: the statement it is in.
        around: the expressions around it, the nearest first.
    """

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    scope: str
    function: str
    statement: ast.stmt
    around: tuple[ast.AST, ...] = ()

    def put(self, node: ast.AST) -> None:
        """Hang another node there."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


@dataclass(frozen=True)
class Mutant:
    """A source with one change.

    Attributes:
        source: the module.
        place, node: what hangs where instead.
        change: before and after, in a few words.
        number: distinguishes equal changes in one function.
    """

    source: "Source"
    place: Place
    node: ast.AST
    change: str
    number: int = 1

    @property
    def name(self) -> str:
        """What it is called in reports and documents: without line numbers, which would move."""
        return f"{self.where}: {self.change}" + (f" #{self.number}" if self.number > 1 else "")

    @property
    def where(self) -> str:
        """The module, with class, function or constant."""
        return ".".join(part for part in (self.source.name, self.place.scope) if part)

    @property
    def lines(self) -> range:
        """The lines of its statement, or of the head of one with a body."""
        statement = self.place.statement
        body: list[ast.stmt] = getattr(statement, "body", [])
        end = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
        return range(statement.lineno, max(end, statement.lineno) + 1)

    def code(self) -> CodeType:
        """The changed module; the source is used up by that."""
        self.place.put(self.node)
        return self.source.code()


@dataclass(frozen=True)
class Source:
    """A module that is to be changed."""

    path: Path
    module: str
    tree: ast.Module = field(repr=False)

    @classmethod
    def read(cls, path: Path, package: str) -> "Source":
        """Read it from a file of a package."""
        return cls(path, f"{package}.{path.stem}", ast.parse(path.read_text(encoding="utf-8")))

    @property
    def name(self) -> str:
        """Its name without the package."""
        return self.path.stem

    def code(self) -> CodeType:
        """Its code, as the tree is now."""
        return compile(ast.fix_missing_locations(self.tree), str(self.path), "exec")

    def mutants(self) -> Iterator[Mutant]:
        """All of them, in the order of the source; the same ones each time."""
        seen: Counter[tuple[str, str]] = Counter()
        for place in _places(self.tree):
            for node in _variants(place):
                mutant = Mutant(self, place, node, _change(place, node))
                key = (place.scope, mutant.change)
                seen[key] += 1
                yield replace(mutant, number=seen[key])


def sample(mutants: Sequence[Mutant], size: int, seed: int) -> list[Mutant]:
    """Some of them, the same ones for the same seed, in their order."""
    if size >= len(mutants):
        return list(mutants)
    chosen = random.Random(seed).sample(range(len(mutants)), size)  # noqa: S311 - no secret
    return [mutants[index] for index in sorted(chosen)]


def _variants(place: Place) -> Iterator[ast.AST]:
    yield from variants(place.node)
    is_table = isinstance(place.parent, (ast.Assign, ast.AnnAssign)) and not place.function
    if is_table and isinstance(place.node, ast.Tuple):
        yield from reordered(place.node)


def _places(tree: ast.Module) -> Iterator[Place]:
    for index, statement in enumerate(tree.body):
        yield from _within(Place(statement, tree, "body", index, "", "", statement))


def _within(place: Place) -> Iterator[Place]:
    """A place and all below it."""
    node = place.node
    if isinstance(node, ast.stmt) and _decides_nothing(node):
        return
    place = _named(place)
    yield place
    around = (node, *place.around) if isinstance(node, (ast.expr, ast.keyword)) else place.around
    for name, index, child in _children(node):
        below = replace(place, node=child, parent=node, field=name, index=index, around=around)
        if isinstance(child, ast.stmt):
            below = replace(below, statement=child, around=())
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not place.function:
                below = replace(below, function=place.scope)
        yield from _within(below)


def _named(place: Place) -> Place:
    """The same place, its scope with the name that a definition or constant gives."""
    node, name = place.node, ""
    if isinstance(node, _DEFINITIONS):
        name = node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and not place.function:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        name = ast.unparse(target)
    return replace(place, scope=f"{place.scope}.{name}".strip(".")) if name else place


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for name, value in ast.iter_fields(node):
        if name in _SKIPPED or _is_type(node, name):
            continue
        if isinstance(value, ast.AST):
            yield name, None, value
        elif isinstance(value, list):
            first = 1 if name == "args" and _is_cast(node) else 0
            for index, item in enumerate(value[first:], first):
                if isinstance(item, ast.AST):
                    yield name, index, item


def _decides_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.annotation) == "TypeAlias":
        return True
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    is_all = any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)
    return is_all or isinstance(statement, (ast.Import, ast.ImportFrom))


def _is_type(node: ast.AST, name: str) -> bool:
    """Whether the field holds types: ``dict[str, Any]``, ``class A(frozen=True)``."""
    if isinstance(node, ast.Subscript):
        return name == "slice" and isinstance(node.slice, ast.Tuple)
    return isinstance(node, ast.ClassDef) and name == "keywords"


def _is_cast(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "cast"


def _change(place: Place, node: ast.AST) -> str:
    """Before and after: with as much around it as is short."""
    near = takewhile(lambda outer: len(ast.unparse(outer)) <= _LONGEST, place.around)
    shown = [place.node, *near][-1]
    before = _text(shown)
    place.put(node)
    after = _text(node if shown is place.node else shown)
    place.put(place.node)
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    return f"{_cut(before, start, end)} → {_cut(after, start, end)}"


def _text(node: ast.AST) -> str:
    """A node in one line; of a statement with a body its head."""
    text = ast.unparse(node)
    if isinstance(node, ast.stmt) and hasattr(node, "body"):
        text = text.splitlines()[0]
    return " ".join(text.split())


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _cut(text: str, start: int, end: int) -> str:
    """A long text without most of what is left and right of the change, and within it."""
    if len(text) <= _LONGEST:
        return text
    left, middle, right = text[:start], text[start : len(text) - end], text[len(text) - end :]
    if len(left) > _CONTEXT:
        left = "…" + left[-_CONTEXT:]
    if len(middle) > 2 * _CONTEXT:
        middle = middle[:_CONTEXT] + "…" + middle[-_CONTEXT:]
    if len(right) > _CONTEXT:
        right = right[:_CONTEXT] + "…"
    return left + middle + right
