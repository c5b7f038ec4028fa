"""A workflow or composite action of GitHub Actions as jobs and steps, each with the line where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from yaml.nodes import Node

_LONGEST = 1 << 20


class WorkflowStep(NamedTuple):
    """A step. ``inputs`` are the texts below ``with``; ``folder`` is its working directory, empty for the workspace.

    ``line`` is the 1-based line of its dash, ``indent`` the blanks in front of it; 0 for a step that is not written as
    a list with dashes.
    """

    line: int
    indent: str
    name: str
    uses: str
    script: str
    folder: str
    inputs: Mapping[str, str]


class WorkflowJob(NamedTuple):
    """A job. ``uses`` names the workflow that it calls, ``needs`` the jobs that are done before it."""

    name: str
    runner: str
    uses: str
    needs: tuple[str, ...]
    steps: tuple[WorkflowStep, ...]


def jobs(text: str) -> tuple[WorkflowJob, ...]:
    """Return the jobs of a workflow. Raises ValueError with the reason where the text is no workflow."""
    root = _composed(text)
    found = _items(root.get("jobs"))
    shared = _text(_at(root.get("defaults"), "run", "working-directory"))
    return tuple(_job(name, _items(node), text, shared) for name, node in found.items())


def action_steps(text: str) -> tuple[WorkflowStep, ...]:
    """Return the steps of a composite action, none for any other. Raises ValueError where the text is no action."""
    return tuple(_steps(_at(_composed(text).get("runs"), "steps"), text, ""))


def _composed(text: str) -> Mapping[str, Node]:
    """Return the top of a YAML document, nodes with their places. Nothing is built from them: tags have no effect."""
    import yaml

    if len(text) > _LONGEST:
        raise ValueError("it is longer than a mebibyte")
    try:
        return _items(yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ValueError(f"line {mark.line + 1} is no YAML" if mark else "it is no YAML") from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _job(name: str, found: Mapping[str, Node], text: str, shared: str) -> WorkflowJob:
    folder = _text(_at(found.get("defaults"), "run", "working-directory")) or shared
    return WorkflowJob(
        name=name,
        runner=" ".join(_texts(found.get("runs-on"))),
        uses=_text(found.get("uses")),
        needs=tuple(_texts(found.get("needs"))),
        steps=tuple(_steps(found.get("steps"), text, folder)),
    )


def _steps(node: Node | None, text: str, shared: str) -> Iterator[WorkflowStep]:
    from yaml.nodes import SequenceNode

    if not isinstance(node, SequenceNode):
        return
    for item in node.value:
        found = _items(item)
        line, indent = (0, "") if node.flow_style else _dash(text, item.start_mark.index)
        yield WorkflowStep(
            line=line,
            indent=indent,
            name=_text(found.get("name")),
            uses=_text(found.get("uses")),
            script=_text(found.get("run")),
            folder=_text(found.get("working-directory")) or shared,
            inputs={name: _text(value) for name, value in _items(found.get("with")).items()},
        )


def _dash(text: str, at: int) -> tuple[int, str]:
    """Return the line and the indent of the dash in front of a place."""
    dash = text.rfind("-", 0, at)
    start = text.rfind("\n", 0, dash) + 1
    indent = text[start:dash]
    return (text.count("\n", 0, dash) + 1, indent) if dash >= 0 and not indent.strip() else (0, "")


def _at(node: Node | None, *keys: str) -> Node | None:
    for key in keys:
        node = _items(node).get(key)
    return node


def _items(node: Node | None) -> Mapping[str, Node]:
    from yaml.nodes import MappingNode, ScalarNode

    if not isinstance(node, MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}


def _text(node: Node | None) -> str:
    from yaml.nodes import ScalarNode

    return str(node.value) if isinstance(node, ScalarNode) else ""


def _texts(node: Node | None) -> list[str]:
    from yaml.nodes import SequenceNode

    if isinstance(node, SequenceNode):
        return [_text(each) for each in node.value]
    return [_text(node)] if _text(node) else []
