"""Tell what led nowhere already before a run: then something that is not seen binds names, and none is missed."""

from __future__ import annotations

from .modules import Modules
from .unbound import Unbound, unbound


def unseen(before: Modules, after: Modules, found: Unbound) -> str:
    """Return what led nowhere in the file before the run, of the same kind: something that is not seen binds it."""
    module = before.module(found.path)
    if module is None and found.kind == "module":
        return _beside(before, found)
    if module is None:
        return ""
    match found.kind:
        case "name" | "module":
            alike = [each for each in unbound(before, found.path) if each.kind == found.kind]
        case "lazy" if not found.target:  # a module that is there and lacks the name is a mistake of the new code
            alike = [each for each in unbound(before, found.path) if _is_absent(each)]
        case "all":  # importing from a submodule binds its name as well
            absent = (each for each in unbound(after, found.path) if each.kind == "module")
            submodule = next((each for each in absent if each.module == f".{found.name}"), None)
            return unseen(before, after, submodule) if submodule else ""
        case _:
            return ""
    known = {each.module or each.name: each.line for each in alike}
    name = next((name for name in known if name not in module.scopes.bound), "")
    return f"{name} on line {known[name]}" if name else ""


def _is_absent(found: Unbound) -> bool:
    """Tell whether what leads nowhere is a module that the tree does not hold."""
    return found.kind == "module" or (found.kind == "lazy" and not found.target)


def _beside(before: Modules, found: Unbound) -> str:
    """Return a module that the code around a new file imports and that was not there before: the tree is a part."""
    folders = found.path.split("/")[:-1]
    packages = ["/".join(folders[: length + 1]) for length in range(len(folders))]
    beside = (f"{folder}/{name}" for folder in packages for name in ("__init__.py", "core/client_wrapper.py"))
    for path in beside:
        for each in unbound(before, path) if path in before.files else ():
            if _is_absent(each):
                return f"{each.module} on line {each.line} of {path}"
    return ""


def open_text(found: Unbound, known: str) -> str:
    """Return why it is not judged whether a name is there."""
    if known:
        what = f"there is no module {found.module}" if _is_absent(found) else f"nothing binds {found.name}"
        there = "files beside it" if " of " in known else "the file"
        return f"{what}; that is no conflict, because {there} had such before: {known}"
    if found.kind == "member":
        what = f"{found.module} has no {found.name} of its own any more"
        return f"{what}; whether a base outside the tree has it cannot be told"
    name = f"{found.module}.{found.name}" if found.module else found.name
    return f"whether {name} is there cannot be told: a star import or a __getattr__ may provide it"
