"""Compare what names lead to before and after a run: what a run leaves without a binding is a conflict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from ...errors import TreeError
from ...model import Conflict, Note, Result, Site, SiteKind
from ...python import running_order
from ...python.offered import LAZY
from ...python.parsing import parse
from ...python.scopes import Scopes
from ...python.source import Source
from ...tree import Tree
from ..file_result import FileResult
from . import import_order
from .lost_members import has_member, lost_members
from .modules import Modules
from .unbound import Unbound, unbound
from .unseen import open_text, unseen

_WORD = re.compile(rb"\w+")
_AT_MARGIN = re.compile(rb"^[^\s#)\]}].*", re.MULTILINE)
_SHOWN = 8
"""Lines that a conflict shows at most."""


class Findings(NamedTuple):
    """Conflicts and notes about names."""

    results: list[Result]
    notes: list[Note]


def compare(tree: Tree, files: Sequence[FileResult]) -> Findings:
    """Return a conflict for every name that led somewhere before and does not now, or is new and leads nowhere.

    Looks at changed files and at those that import from them. What a star import from outside the tree or a
    ``__getattr__`` may still provide gives a note. An import that the planner took away because it became useless comes
    back where another module imports the name from there.
    """
    changed = {each.path: each for each in files if each.revisions and each.path.endswith(".py")}
    if not changed:
        return Findings([], [])
    before = Modules(tree, {path: each.before for path, each in changed.items()})
    after = Modules(tree, {path: each.after for path, each in changed.items()}, before)
    loud = _loud(changed)
    lessened = {path: each for path, each in loud.items() if _has_less(each)}
    lost = {path: each.names.lost for path, each in changed.items() if path not in loud and each.names is not None}
    lost |= {path: frozenset(before.names(path) - after.names(path)) for path in lessened}
    importers = _importers(tree, after, lost, changed)
    if not loud and not importers:
        return Findings([], [])
    fresh = [each for path in sorted({*loud, *importers}) for each in _fresh(before, after, path)]
    kept = {path for path, file in changed.items() for each in fresh if _is_pruned(path, file, each)}
    if kept:
        for path in kept:
            changed[path].keep_unused()
        return compare(tree, files)
    found = [*fresh, *(each for path in sorted(lessened) for each in _rebound(before, after, path))]
    found += lost_members(before, after, sorted(lessened))
    known = {(each.path, each.line, each.name) for each in found}
    more = (each for path in sorted(loud) for each in _early(before, after, path))
    found += [each for each in more if (each.path, each.line, each.name) not in known]
    findings = _told(before, after, changed, found)
    for each in import_order.early(tree, files):
        reason = (
            f"line {each.line} of the result imports {each.module}, which needs {each.name} from here "
            f"({each.user}) before it is bound"
        )
        hint = f"import {each.module} below what binds {each.name}, such as with insert"
        site = _site(each.path, _line_before(changed[each.path], each.line))
        patch, step, operation = changed[each.path].made[-1]
        conflict = Conflict(reason=reason, hint=hint)
        findings.results.append(Result(patch=patch, step=step, operation=operation, site=site, outcome=conflict))
    return findings


def _loud(changed: Mapping[str, FileResult]) -> dict[str, FileResult]:
    """Return the files whose names have to be looked up: what they ask for is new, or is not what it was elsewhere."""
    there = [each.names for each in changed.values() if each.names is not None]
    moved = frozenset[str]().union(*(each.moved for each in there))
    if len(there) < len(changed):  # a file that comes, goes, or is planned by its bytes
        return dict(changed)
    return {
        path: each
        for path, each in changed.items()
        if each.names is None or not each.names.is_quiet or not moved.isdisjoint(each.names.asked)
    }


def _is_pruned(path: str, file: FileResult, found: Unbound) -> bool:
    """Tell whether a name is missed because its import was taken away from a file as useless."""
    is_there = found.target == path or (not found.target and found.path != path and found.kind in ("name", "all"))
    return is_there and ("", found.name) in file.unused


def _has_less(file: FileResult) -> bool:
    """Tell whether a name may be gone: a word stands in the file less often, a line is not at the margin any more."""
    if file.before is None or file.after is None or b"del " in file.after:
        return True
    return any(Counter(each.findall(file.before)) - Counter(each.findall(file.after)) for each in (_WORD, _AT_MARGIN))


def _fresh(before: Modules, after: Modules, path: str) -> list[Unbound]:
    """Return what leads nowhere in a file now and did not before; of several of one name, the new ones."""
    now = unbound(after, path)
    if not now:
        return []
    was = unbound(before, path)
    known = Counter(each.key for each in was)
    places = Counter((each.key, each.scope) for each in was)
    counts = Counter(each.key for each in now)
    found: list[Unbound] = []
    for each in now:
        if counts[each.key] <= known[each.key]:
            continue
        if each.kind == "module" and known[each.key]:  # it was not there before: one more name of it is none lost
            continue
        if places[each.key, each.scope] > 0:
            places[each.key, each.scope] -= 1
        else:
            found.append(each)
    return found


def _rebound(before: Modules, after: Modules, path: str) -> Iterator[Unbound]:
    """Yield the names that meant a function's own name, or the module's, and now fall through to another.

    Only on lines that were there before: new code may well mean the other.
    """
    old, new = before.module(path), after.module(path)
    if old is None or new is None:
        return
    was, now = old.scopes, new.scopes
    known = {line.strip() for line in old.source.text.content.split("\n")}
    for (scope, name), use in now.builtins.items():
        is_known = (scope, name) in was.locals or (scope, name) in was.globals
        if is_known and new.source.text.line(use.line).strip() in known:
            yield Unbound(path, use.line, "builtin", name, scope)
    for (scope, name), use in now.globals.items():
        function = _function(scope, name, was)
        is_known = bool(function) and name in was.bound and (scope, name) in was.locals
        is_known = is_known and new.source.text.line(use.line).strip() in known
        if is_known and _is_renamed(function, name, was, now):
            yield Unbound(path, use.line, "global", name, scope)


def _early(before: Modules, after: Modules, path: str) -> Iterator[Unbound]:
    """Yield the names that the module uses before anything binds them, and did not use so before the run."""
    old, new = before.module(path), after.module(path)
    if new is None or new.is_open:
        return
    now = running_order.early(new.source.tree)
    known = {(each.name, each.scope) for each in running_order.early(old.source.tree)} if now and old else set()
    for each in now:
        if (each.name, each.scope) not in known:
            yield Unbound(path, each.line, "early", each.name, each.scope)


def _function(scope: str, name: str, scopes: Scopes) -> str:
    """Return the innermost function around a scope that has a parameter of this name."""
    while scope and name not in scopes.parameters.get(scope, ()):
        scope = scope.rpartition(".")[0]
    return scope


def _is_renamed(function: str, name: str, was: Scopes, now: Scopes) -> bool:
    """Tell whether a function lost a parameter and has a new one that nothing reads."""
    new = now.parameters.get(function, set()) - was.parameters[function]
    return name not in now.parameters.get(function, ()) and any((function, each) not in now.used for each in new)


def _importers(
    tree: Tree, after: Modules, lost: Mapping[str, Set[tuple[str, bool]]], changed: Container[str]
) -> set[str]:
    """Return the unchanged files that may import a name which a changed module has no more."""
    words = {path: {name.encode() for name, _ in names} for path, names in lost.items() if names}
    gone = {path for path in lost if path not in after.files}
    words |= {path: {_part(path), *words.get(path, ())} for path in gone}
    if not words:
        return set()
    wanted = set[bytes]().union(*words.values())
    asks = _Asks(wanted)
    found: set[str] = set()
    pending = dict(words)
    while pending:
        starred: dict[str, set[bytes]] = {}
        for path in tree.files:
            if not path.endswith(".py") or path in changed or path in found:
                continue
            try:
                code = tree.read(path)
            except TreeError:
                continue
            reason = _reason(path, code, pending, asks)
            if reason:
                found.add(path)
                if b"import *" in code:  # what it lost by that, its own importers lose
                    starred[path] = set().union(*(pending[each] for each in reason))
        pending = starred
    return found


class _Asks:
    """Tells which of some names a file may take from another module, by its bytes."""

    def __init__(self, names: Set[bytes]) -> None:
        self._names = names
        each = b"|".join(sorted(map(re.escape, names)))
        self._own = re.compile(rb"(?<![\w.])(%s)(?=\.)|^[ \t]*import[ \t]+(%s)[ \t]*$" % (each, each), re.MULTILINE)

    def those(self, code: bytes) -> set[bytes]:
        """Return the names in it but for those it only imports whole (``import a``) and reads from (``a.b``)."""
        if not any(name in code for name in self._names):
            return set()
        words = Counter(each for each in _WORD.findall(code) if each in self._names)
        own = Counter(one or other for one, other in self._own.findall(code))
        return {name for name in words if words[name] > own[name]}


def _reason(path: str, code: bytes, lost: Mapping[str, set[bytes]], asks: _Asks) -> list[str]:
    """Return the modules whose lost names a file may import, told by its bytes."""
    has_star = b"import *" in code
    there = asks.those(code)
    if not there and not has_star:
        return []
    found: list[str] = []
    for module, names in lost.items():
        is_inside = module.endswith("__init__.py") and path.startswith(module.removesuffix("__init__.py"))
        if (has_star or not names.isdisjoint(there)) and (is_inside or _part(module) in code):
            found.append(module)
    return found


def _part(path: str) -> bytes:
    """Return the last part of a module's name."""
    return path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2].encode()


def _told(before: Modules, after: Modules, changed: Mapping[str, FileResult], found: Sequence[Unbound]) -> Findings:
    """Return a conflict for each name of each file, or a note where the name may be there all the same."""
    results: list[Result] = []
    notes: list[Note] = []
    groups: dict[tuple[str, tuple[str, str, str]], list[Unbound]] = {}
    for each in found:
        groups.setdefault((each.path, each.key), []).append(each)
    for (path, _), group in groups.items():
        first = group[0]
        line = _line_before(changed.get(path), first.line)
        is_new = _is_new(before, first)
        known = unseen(before, after, first) if is_new else ""
        if first.is_open or known:
            notes.append(Note(path=path, line=line, text=open_text(first, known)))
            continue
        reason, hint = _text(first, line, is_new)
        module = after.module(path)
        lines = sorted({each.line for each in group})
        shown = [module.source.text.line(each).strip() for each in lines] if module else []
        more = [f"and {len(shown) - _SHOWN} more"] if len(shown) > _SHOWN else []
        conflict = Conflict(reason=reason, hint=hint, details=(*shown[:_SHOWN], *more))
        patch, step, operation = _step(changed, first)
        site = _site(path, line, first.scope)
        results.append(Result(patch=patch, step=step, operation=operation, site=site, outcome=conflict))
    return Findings(results, notes)


def _site(path: str, line: int, scope: str = "") -> Site:
    """Return a site by the definition it is in; without one it is the module itself."""
    return Site(path, line, scope or "(module)", kind=SiteKind.NAMED if scope else SiteKind.MODULE)


def _line_before(file: FileResult | None, line: int) -> int:
    for revision in reversed(file.revisions if file else ()):
        line = revision.line_before(line)
    return line


def _is_new(before: Modules, found: Unbound) -> bool:
    """Tell whether the name is one that only new code uses."""
    module = before.module(found.path)
    if module is None:
        return True
    scopes = module.scopes
    if found.kind == "name":
        is_local = any(name == found.name for _, name in (*scopes.locals, *scopes.used))
        return not is_local and before.has(found.path, found.name, runtime=False) is not True
    if found.kind in ("import", "module"):
        imports = {(each.module, each.source) for each in scopes.imports}
        return not any(found.module == module and found.name in (source, module) for module, source in imports)
    return found.name not in (*module.listed, *module.lazy) if found.kind in ("all", "lazy") else False


def _text(found: Unbound, line: int, is_new: bool) -> tuple[str, str]:
    """Return what is wrong and what helps."""
    name, more = found.name, "" if is_new else " any more"
    where = f"{found.module} has no {name}{more}"
    used = f"{name} is used " + ("in the new code" if is_new else f"on line {line}")
    imports = "the new code imports" if is_new else f"line {line} imports"
    change = "change the code that uses it in a step of its own, or keep the name"
    match found.kind:
        case "name":
            hint = "name what brings it in imports, or add an import.set step" if is_new else change
            return f"{used}, and nothing binds it{more}", hint
        case "builtin":
            return f"{used}, and would now mean Python's builtin {name}", change
        case "early":
            return f"line {line} uses {name} before anything binds it", "put the code below what binds it"
        case "global":
            return f"{used}, but its parameter is gone: it would now mean a name of the module", change
        case "import":
            return f"{imports} {name} from {found.module}, and {where}", _from(is_new)
        case "module":
            return f"{imports} {found.module}, and there is no such module{more}", _from(is_new)
        case "member":
            return f"line {line} uses {name} of {found.module}, and {found.module} has no {name} any more", change
        case "attribute":
            return f"line {line} uses {found.module}.{name}, and {where}", change
        case "all":
            hint = "use export.add" if is_new else "use export.remove, or keep the name"
            return f"__all__ lists {name} on line {line}, and nothing binds it{more}", hint
        case _:
            return f"{LAZY} names {name} on line {line}, and {where}", "use export.remove, or keep the name"


def _from(is_new: bool) -> str:
    if is_new:
        return "import it from where it is, or add it there in a step of its own"
    return "change the import in a step of its own (import.set, import.remove, export.remove), or keep the name"


def _step(changed: Mapping[str, FileResult], found: Unbound) -> tuple[str, int, str]:
    """Return the step after which the name leads nowhere: the last that changed what it is looked for in."""
    for path in (found.path, found.target):
        file = changed.get(path)
        if file is None:
            continue
        for revision, step in zip(reversed(file.revisions), reversed(file.made), strict=True):
            if _lacks(path, revision.after, found) and not _lacks(path, revision.before, found):
                return step
    word = found.name.rpartition(".")[2].encode()
    files = [changed[each] for each in (found.path, found.target) if each in changed]
    losing = [each for each in changed.values() if word in (each.before or b"") and word not in (each.after or b"")]
    gone = [each for path, each in changed.items() if each.after is None and _part(path) == word]
    return next(iter([*gone, *losing, *files, *changed.values()])).made[-1]


def _lacks(path: str, code: bytes, found: Unbound) -> bool:
    """Tell whether a state of a file shows the fault: the use without the name, or the module without it."""
    source = parse(path, code)
    if not isinstance(source, Source):
        return True
    if found.kind == "early":
        return any((each.name, each.scope) == (found.name, found.scope) for each in running_order.early(source.tree))
    if found.kind == "member" and path == found.target:
        return not has_member(source.tree, found.module, found.name)
    scopes = Scopes(source.tree)
    if path == found.target and found.path != path:
        return found.name not in scopes.bound
    if found.kind == "name":
        return any(use.name == found.name for use in scopes.unbound)
    if found.kind in ("builtin", "global"):
        return (found.scope, found.name) in {**scopes.builtins, **scopes.globals}
    if found.kind in ("import", "module"):
        return any(each.module == found.module and found.name in (each.source, each.module) for each in scopes.imports)
    return found.name.encode() in code
