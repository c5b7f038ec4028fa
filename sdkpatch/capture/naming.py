"""Name patches: what steps do, in a line, and a short name for the file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from .generalise import selector_of
from .steps import StepTable

_LONGEST_TITLE, _WORDS = 72, 6
_SMALL = frozenset({"a", "an", "the", "of", "to", "in", "and", "for", "with", "at", "on"})


def slug(title: str) -> str:
    """Return a title as a file's name: its first words, small ones left out."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    words = [word for word in re.findall(r"[a-z0-9]+", spaced.lower()) if word not in _SMALL]
    return "-".join(words[:_WORDS])[:60].strip("-") or "hand-edit"


def title(steps: Sequence[StepTable], paths: Sequence[str]) -> str:
    """Return what steps do, in one line."""
    said = list(dict.fromkeys(map(_said, steps)))
    if len(said) == 1:
        return _cut(said[0])
    verbs = {each.split(" ", 1)[0] for each in said}
    unique = list(dict.fromkeys(paths))
    where = unique[0] if len(unique) == 1 else f"{len(unique)} files"
    if len(said) == 2 and len(verbs) == 1:
        return _cut(f"{said[0]} and {said[1].split(' ', 1)[1]}")
    return _cut(f"{said[0]}, and {len(said) - 1} more changes in {where}", said[0])


def _said(step: StepTable) -> str:
    """Return what one step does, in a few words."""
    selector = selector_of(step)
    given = step.get(selector) if selector else None
    place = given if isinstance(given, str) else ", ".join(given[:2]) if given else ""
    file = (step.get("files") or ["the SDK"])[0].rpartition("/")[2].removeprefix("**/")
    where = place if place not in ("", "module") else file
    told = _PHRASES.get(step["op"], _change)
    return told(step, where)


def _change(step: StepTable, where: str) -> str:
    return f"Change {where}"


_PHRASES: Mapping[str, Callable[[StepTable, str], str]] = {
    "field.add": lambda step, where: f"Add {_names(step['code'])} to {where}",
    "class.add": lambda step, where: f"Add {_names(step['code'])} to {where}",
    "module.add": lambda step, where: f"Add {_names(step['code'])} to {where}",
    "parameter.add": lambda step, where: f"Add {re.split('[:=]', step['parameter'])[0].strip()} to {where}",
    "parameter.rename": lambda step, where: f"Rename {step['parameter']} of {where} to {step['to']}",
    "insert": lambda step, where: f"Add code to {where}",
    "delete": lambda step, where: f"Remove code from {where}" if "match" in step else f"Remove {where}",
    "parameter.set": lambda step, where: f"Set {where}",
    "field.set": lambda step, where: f"Set {where}",
    "annotation.set": lambda step, where: f"Set {where}",
    "docstring.set": lambda step, where: f"Document {where}",
    "comment.add": lambda step, where: f"Mark {where} with {step['comment']}",
    "comment.set": lambda step, where: f"Say {step['comment']} in {where}",
    "comment.remove": lambda step, where: f"Remove the comment {step['comment']} from {where}",
    "literal.add": lambda step, where: f"Allow {step['value']} in {where}",
    "export.add": lambda step, where: f"Export {_listed(step['name'])}",
    "export.remove": lambda step, where: f"Export {_listed(step['name'])} no more",
    "import.set": lambda step, where: f"Import {_listed(step['import'], 'import ')} in {where}",
    "import.remove": lambda step, where: f"Remove imports from {where}",
    "file.add": lambda step, where: f"{'Replace' if step.get('replace') else 'Add'} {step['path'].rpartition('/')[2]}",
    "file.remove": lambda step, where: f"Remove {', '.join(each.rpartition('/')[2] for each in step['paths'])}",
    "toml.set": lambda step, where: f"Set {step['key']}",
    "toml.add": lambda step, where: f"Add {step['value']} to {step['key']}",
    "toml.remove": lambda step, where: (
        f"Remove {' from '.join(str(step[key]) for key in ('value', 'key') if key in step)}"
    ),
}


def _listed(given: str | Sequence[str], behind: str = "") -> str:
    names = [given] if isinstance(given, str) else list(given)
    short = [each.rpartition(behind)[2] if behind else each for each in names]
    return short[0] if len(short) == 1 else f"{short[0]} and {len(short) - 1} more"


def _names(code: str) -> str:
    found = re.findall(r"^(?:async def|def|class)\s+(\w+)|^(\w+)\s*[:=]", code, re.MULTILINE)
    names = [one or other for one, other in found]
    return _listed(names) if names else "code"


def _cut(text: str, shorter: str = "") -> str:
    text = " ".join(text.split())
    if len(text) > _LONGEST_TITLE and shorter:
        text = " ".join(shorter.split())
    return text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 3].rstrip()}..."
