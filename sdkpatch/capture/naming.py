"""Name patches: what steps do, in a line, and a short name for the file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

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
    name = step["op"]
    selector = selector_of(step)
    given = step.get(selector) if selector else None
    place = given if isinstance(given, str) else ", ".join(given[:2]) if given else ""
    file = (step.get("files") or ["the SDK"])[0].rpartition("/")[2].removeprefix("**/")
    match name:
        case "field.add" | "class.add" | "module.add":
            return f"Add {_names(str(step['code']))} to {place or file}"
        case "parameter.add":
            return f"Add {str(step['parameter']).partition(':')[0].partition('=')[0].strip()} to {step['function']}"
        case "insert":
            return f"Add code to {place or file}"
        case "delete":
            return f"Remove {place or str(step.get('match', 'code')).splitlines()[0]}"
        case "parameter.set" | "field.set" | "annotation.set":
            return f"Set {place}"
        case "docstring.set":
            return f"Document {place}" if place != "module" else f"Document {file}"
        case "comment.add":
            return f"Mark {place or file} with {step['comment']}"
        case "literal.add":
            return f"Allow {step['value']} in {place or step['target']}"
        case "export.add":
            return f"Export {_listed(step['name'])}"
        case "export.remove":
            return f"Export {_listed(step['name'])} no more"
        case "import.set":
            return f"Import {_listed(step['import'], 'import ')} in {file}"
        case "import.remove":
            return f"Remove imports from {file}"
        case "file.add":
            return f"{'Replace' if step.get('replace') else 'Add'} {step['path'].rpartition('/')[2]}"
        case "file.remove":
            return f"Remove {', '.join(each.rpartition('/')[2] for each in step['paths'])}"
        case "toml.set":
            return f"Set {step['key']}"
        case "toml.add":
            return f"Add {step['value']} to {step['key']}"
        case "toml.remove":
            return f"Remove {step.get('value', '')} from {step['key']}" if "value" in step else f"Remove {step['key']}"
        case _:
            return f"Change {place or file}"


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
