"""What is done to the source: each operator writes one small thing wrongly.

Left alone are docstrings, annotations, imports, decorators and ``__all__``: they decide nothing.
"""

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

Node = TypeVar("Node", bound=ast.AST)

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    # The boundary, and the direction.
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
}
_CALCULATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_FUNCTIONS = {"any": "all", "all": "any", "min": "max", "max": "min"}
_METHODS = {"startswith": "endswith", "endswith": "startswith"}
_CLEANING = frozenset({"strip", "lower", "casefold"})
_TRUE = ast.Constant(value=True)
_FALSE = ast.Constant(value=False)
_NONE = ast.Constant(value=None)
# Given None instead of something these raise at once, whatever is tested.
_BUILTIN = frozenset(dir(builtins))


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand instead of a node, each of it wrong in one thing."""
    for kind in type(node).__mro__:
        for operator in _OPERATORS.get(kind, ()):
            yield from operator(node)


def reordered(node: ast.Tuple) -> Iterator[ast.AST]:
    """A table with two neighbours changed over: of rules and levels, not of mere texts."""
    if not any(isinstance(entry, ast.Name) for entry in node.elts):
        return
    for index in range(len(node.elts) - 1):
        left, right = node.elts[index : index + 2]
        yield _like(node, elts=[*node.elts[:index], right, left, *node.elts[index + 2 :]])


def _like(node: Node, **changes: Any) -> Node:
    """A node like another, with some fields changed."""
    fields = {name: getattr(node, name) for name in node._fields if hasattr(node, name)}
    return ast.copy_location(type(node)(**{**fields, **changes}), node)


def _without(items: list[Any], index: int) -> list[Any]:
    return [*items[:index], *items[index + 1 :]]


def _with(items: list[Any], index: int, item: object) -> list[Any]:
    return [*items[:index], item, *items[index + 1 :]]


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for index, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            yield _like(node, ops=_with(node.ops, index, other()))


def _and_or(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield _like(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for index in range(len(node.values)):
        rest = _without(node.values, index)
        yield rest[0] if len(rest) == 1 else _like(node, values=rest)


def _sign(node: ast.UnaryOp) -> Iterator[ast.AST]:
    yield node.operand


def _calculation(node: ast.BinOp) -> Iterator[ast.AST]:
    if type(node.op) in _CALCULATIONS:
        yield _like(node, op=_CALCULATIONS[type(node.op)]())


def _either(node: ast.IfExp) -> Iterator[ast.AST]:
    yield node.body
    yield node.orelse


def _condition(node: ast.If) -> Iterator[ast.AST]:
    yield _like(node, test=_TRUE)
    yield _like(node, test=_FALSE)


def _repetition(node: ast.While) -> Iterator[ast.AST]:
    yield _like(node, test=_FALSE)


def _filter(node: ast.comprehension) -> Iterator[ast.AST]:
    for index in range(len(node.ifs)):
        yield _like(node, ifs=_without(node.ifs, index))


def _value(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield _like(node, value=not value)
    elif isinstance(value, int):
        yield _like(node, value=value + 1)
        if value > 1:
            yield _like(node, value=value - 1)
    elif isinstance(value, str):
        yield _like(node, value=f"XX{value}XX" if value else "XX")


def _entries(node: ast.List | ast.Set | ast.Tuple) -> Iterator[ast.AST]:
    if isinstance(node, ast.Set) and len(node.elts) == 1:
        return  # there is no display of an empty set
    if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        for index in range(len(node.elts)):
            yield _like(node, elts=_without(node.elts, index))


def _items(node: ast.Dict) -> Iterator[ast.AST]:
    for index in range(len(node.values)):
        keys, values = _without(node.keys, index), _without(node.values, index)
        yield _like(node, keys=keys, values=values)


def _part(node: ast.Slice) -> Iterator[ast.AST]:
    if node.lower is not None:
        yield _like(node, lower=None)
    if node.upper is not None:
        yield _like(node, upper=None)


def _formatting(node: ast.FormattedValue) -> Iterator[ast.AST]:
    if node.format_spec is not None:
        yield _like(node, format_spec=None)


def _nothing(node: ast.Lambda) -> Iterator[ast.AST]:
    yield _like(node, body=_NONE)


def _callee(node: ast.Call) -> Iterator[ast.AST]:
    function = node.func
    if isinstance(function, ast.Name) and function.id in _FUNCTIONS:
        yield _like(node, func=_like(function, id=_FUNCTIONS[function.id]))
    if isinstance(function, ast.Attribute) and function.attr in _METHODS:
        yield _like(node, func=_like(function, attr=_METHODS[function.attr]))
    if isinstance(function, ast.Attribute) and function.attr in _CLEANING and not node.args:
        yield function.value


def _arguments(node: ast.Call) -> Iterator[ast.AST]:
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    for index, argument in enumerate(node.args):
        if not isinstance(argument, (ast.Constant, ast.Starred)) and called not in _BUILTIN:
            yield _like(node, args=_with(node.args, index, _NONE))
    if len(node.args) > 1 and called != "isinstance":
        yield _like(node, args=node.args[:-1])
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is None:
            continue
        if not called[:1].isupper():  # a class of ours wants all of its fields
            yield _like(node, keywords=_without(node.keywords, index))
        if not isinstance(keyword.value, ast.Constant):
            empty = _like(keyword, value=_NONE)
            yield _like(node, keywords=_with(node.keywords, index, empty))


def _answer(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield _like(node, value=_NONE)


def _assignment(node: ast.Assign | ast.AnnAssign) -> Iterator[ast.AST]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield _like(node, value=_NONE)


def _effect(node: ast.Expr) -> Iterator[ast.AST]:
    if isinstance(node.value, (ast.Yield, ast.YieldFrom)):
        # Yields nothing, and stays a generator.
        yield _like(node, value=ast.YieldFrom(value=ast.Tuple(elts=[], ctx=ast.Load())))
    elif not isinstance(node.value, ast.Constant):
        yield ast.copy_location(ast.Pass(), node)


def _left_out(node: ast.stmt) -> Iterator[ast.AST]:
    yield ast.copy_location(ast.Pass(), node)


def _on(node: ast.Break) -> Iterator[ast.AST]:
    yield ast.copy_location(ast.Continue(), node)


def _off(node: ast.Continue) -> Iterator[ast.AST]:
    yield ast.copy_location(ast.Break(), node)


_OPERATORS: dict[type, Iterable[Callable[[Any], Iterator[ast.AST]]]] = {
    ast.Compare: (_compare,),
    ast.BoolOp: (_and_or,),
    ast.UnaryOp: (_sign,),
    ast.BinOp: (_calculation,),
    ast.IfExp: (_either,),
    ast.If: (_condition,),
    ast.While: (_repetition,),
    ast.comprehension: (_filter,),
    ast.Constant: (_value,),
    ast.List: (_entries,),
    ast.Set: (_entries,),
    ast.Tuple: (_entries,),
    ast.Dict: (_items,),
    ast.Slice: (_part,),
    ast.FormattedValue: (_formatting,),
    ast.Lambda: (_nothing,),
    ast.Call: (_callee, _arguments),
    ast.Return: (_answer,),
    ast.Assign: (_assignment,),
    ast.AnnAssign: (_assignment,),
    ast.Expr: (_effect,),
    ast.AugAssign: (_left_out,),
    ast.Delete: (_left_out,),
    ast.Raise: (_left_out,),
    ast.Break: (_on,),
    ast.Continue: (_off,),
}
