"""Jinja2 templates of patches, in bounds: a patch may come from anybody, and values are all that it fills in.

The sandbox of Jinja2 keeps templates off Python's internals, not off loops, powers and repetition without end. So what
a template may hold is listed here: text, values, conditions, comparisons, and filters and tests that look at a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2

LONGEST = 1_000_000
"""Characters of a template, and of what it may become."""

# fmt: off
_NODES = frozenset((
    "Add", "And", "Compare", "Concat", "CondExpr", "Const", "Filter", "If", "Keyword", "Name", "Neg", "Not", "Operand",
    "Or", "Output", "Sub", "Template", "TemplateData", "Test",
))
_FILTERS = (
    "abs", "capitalize", "d", "default", "e", "escape", "first", "forceescape", "int", "last", "length", "lower",
    "replace", "string", "title", "tojson", "trim", "upper",
)
_TESTS = (
    "boolean", "defined", "divisibleby", "eq", "equalto", "even", "false", "ge", "gt", "greaterthan", "in", "integer",
    "le", "lessthan", "lower", "lt", "ne", "none", "odd", "string", "true", "undefined", "upper",
)
# fmt: on


class TemplateProblem(ValueError):
    """A template fails, or holds what it must not."""


def render(text: str, values: Mapping[str, object], used: set[str]) -> str:
    """Return a template filled in; its final line end stays. The names it uses are added to ``used``.

    Raises TemplateProblem.
    """
    import jinja2
    from jinja2 import meta

    if len(text) > LONGEST:
        raise TemplateProblem(f"it has more than {LONGEST:,} characters")
    environment = _environment()
    try:
        parsed = environment.parse(text)
        _check(parsed)
        used |= meta.find_undeclared_variables(parsed)
        rendered = environment.from_string(text).render(dict(values))
    except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise TemplateProblem(str(error)) from error
    except RecursionError:
        raise TemplateProblem("it is nested too deeply") from None
    return _bounded(rendered)


def _environment() -> jinja2.Environment:
    from jinja2 import StrictUndefined, sandbox

    environment = sandbox.ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    environment.globals.clear()
    environment.filters = {name: _short(environment.filters[name]) for name in _FILTERS}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


def _short(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter whose result is no longer than a template may become: each of a chain can make it grow."""

    def call(*arguments: Any, **named: Any) -> Any:
        for each in arguments:
            if isinstance(each, str):
                _bounded(each)
        if function.__name__ == "do_replace":
            if named:
                raise TemplateProblem("replace takes no named arguments")
            text, old, new = (str(each) for each in arguments[1:4])  # after the context
            _bounded("", len(text) + text.count(old) * len(new))
        return function(*arguments, **named)

    for name in ("jinja_pass_arg",):  # tells Jinja2 to give it the environment
        if hasattr(function, name):
            setattr(call, name, getattr(function, name))
    return call


def _bounded(text: str, length: int = 0) -> str:
    if max(len(text), length) > LONGEST:
        raise TemplateProblem(f"it becomes longer than {LONGEST:,} characters")
    return text


def _check(node: jinja2.nodes.Node) -> None:
    """Raise TemplateProblem for a node that could run on, or reach beyond the values."""
    pending = [node]
    while pending:
        each = pending.pop()
        name = type(each).__name__
        if name not in _NODES:
            raise TemplateProblem(
                f"{_said(name)} (line {each.lineno}); a template fills in values, with filters and if"
            )
        pending += each.iter_child_nodes()


def _said(name: str) -> str:
    words = {"For": "a loop", "Getattr": "an attribute", "Getitem": "an item", "Call": "a call", "Pow": "a power"}
    return words.get(name, f"{name} of Jinja2")
