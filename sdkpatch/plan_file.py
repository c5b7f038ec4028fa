"""Plan one file: judge what each step wants of it, edit what is to do, step by step."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .model import Applied, Conflict, Outcome, Region, Result, Satisfied, Site
from .nesting import is_too_deep
from .operation import EditRefused, Held, Judgement, Style, ToDo
from .operations import CST_OPERATIONS, FILE_OPERATIONS, PYTHON_OPERATIONS, SPLICE_OPERATIONS
from .regexes import TooSlow
from .source import Source, first_line
from .task import FileResult, Task, file_site, parse
from .tree import Tree

if TYPE_CHECKING:
    import libcst

_ROUNDS = 12
"""How often a step is asked for edits of one file: matches within matches take a round for each level."""


class FilePlanner:
    """Takes one file through its steps in order.

    libcst parses it once at most, and not at all when no step that needs libcst has something to do.
    """

    def __init__(
        self,
        path: str,
        content: bytes | None,
        tasks: Sequence[Task],
        style: Style,
        tree: Tree | None = None,
        package: str = "",
        late: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._tasks = tasks
        self._late = late or {}
        self._style = style
        self._tree = tree
        self._planned = FileResult(path=path, before=content, package=tree.package_of(path) if tree else package)
        self._source: Source | Conflict | None = None
        self._module: libcst.Module | None = None
        self._first = self._judge(tasks[0])

    @property
    def needs_edit(self) -> bool:
        """Tell whether finishing may have to edit; judging the first step already shows it for most files."""
        return len(self._tasks) > 1 or any(isinstance(each.verdict, ToDo) for each in self._first)

    def finish(self) -> FileResult:
        """Plan the file to its end."""
        planned = self._planned
        held: list[tuple[Task, int]] = []
        for task in self._tasks:
            judgements = self._first if task is self._tasks[0] else self._judge(task)
            held.append((task, len(judgements)))
            planned.results += [task.result(self._original(each.site), outcome(each)) for each in judgements]
            todo = [each for each in judgements if isinstance(each.verdict, ToDo)]
            if todo and not any(isinstance(each.verdict, Conflict) for each in judgements):
                self._change(task, todo, len(judgements))
        if planned.revisions:
            self._check_compiles()
            self._remove_unused()
            planned.results += self._undone(held) if len(self._tasks) > 1 else []
        return planned

    def _original(self, site: Site) -> Site:
        """Return the site with its line in the file as it is on disk, not as earlier steps leave it."""
        line = site.line
        for revision in reversed(self._planned.revisions):
            line = revision.line_before(line)
        return site._replace(line=line)

    def _parsed(self) -> Source | Conflict:
        if self._source is None:
            assert self._planned.after is not None
            self._source = parse(self._planned.path, self._planned.after, self._planned.package)
            if isinstance(self._source, Source):
                self._source.beside, self._source.late = self._beside, self._late
        return self._source

    def _beside(self, path: str) -> bytes | None:
        return self._tree.read(path) if self._tree is not None and self._tree.has(path) else None

    def _judge(self, task: Task) -> tuple[Judgement, ...]:
        """Judge the file as the steps so far leave it."""
        try:
            return self._judged(task)
        except RecursionError:
            conflict = Conflict(reason="the file is nested too deeply to be judged")
        except TooSlow as slow:
            conflict = Conflict(reason=slow.reason, hint=slow.hint)
        return (Judgement(site=file_site(self._planned.path), verdict=conflict),)

    def _judged(self, task: Task) -> tuple[Judgement, ...]:
        path, content = self._planned.path, self._planned.after
        arguments = task.step.arguments
        if task.step.operation in FILE_OPERATIONS:
            return FILE_OPERATIONS[task.step.operation].judge_file(path, content, arguments, self._tree)
        operation = PYTHON_OPERATIONS[task.step.operation]
        if content is None or (len(self._tasks) > 1 and not operation.may_matter(content, arguments)):
            return ()
        source = self._parsed()
        if isinstance(source, Conflict):
            return (Judgement(site=_conflict_site(path, source), verdict=source),)
        return operation.judge(source, arguments)

    def _change(self, task: Task, todo: Sequence[Judgement], sites: int) -> None:
        """Do what is to do, or say of every site of the step why not."""
        before = self._planned.after
        revisions = len(self._planned.revisions)
        conflict = self._edited(task, todo, sites)
        self._made(task)
        if conflict is not None:
            del self._planned.made[revisions:]
            del self._planned.revisions[revisions:]
            self._replace(before)
            self._planned.results = [result for result in self._planned.results if not task.owns(result)]
            self._planned.results += [task.result(self._original(each.site), conflict) for each in todo]

    def _made(self, task: Task) -> None:
        made = self._planned.made
        made += [(task.patch, task.number, task.step.operation)] * (len(self._planned.revisions) - len(made))

    def _remove_unused(self) -> None:
        """Take away the imports that only code used which the steps removed, unless a step wants them."""
        planned = self._planned
        is_python = planned.path.endswith(".py") and planned.before is not None and planned.after is not None
        if not is_python or any(map(_is_conflict, planned.results)):
            return
        planned.before_pruning = len(planned.revisions)
        from . import pruning

        for _ in range(_ROUNDS):  # a guard for type checkers goes with its imports, and what the guard used with it
            after = self._parsed()
            if not isinstance(after, Source) or not pruning.may_be_useless(planned.before or b"", after):
                return
            before = parse(planned.path, planned.before or b"", planned.package)
            if not isinstance(before, Source):
                return
            names = pruning.useless(before, after) - planned.unused
            if not self._is_removed(names):
                return

    def _is_removed(self, names: frozenset[tuple[str, str]]) -> bool:
        """Remove all of the imports, or those that no step wants; tell whether anything was removed."""
        from . import pruning
        from .splice import splice

        is_removed = False
        for some in [names, *({each} for each in sorted(names) if len(names) > 1)]:
            before = self._parsed()
            assert isinstance(before, Source)
            try:
                edits = pruning.edits(before, some)
                content = splice(before, edits, self._style.line_length)
            except EditRefused:
                continue
            if not edits:
                continue
            held = [len(self._judge(task)) for task in self._tasks]
            self._revise(*content)
            again = [self._judge(task) for task in self._tasks]
            if [len(each) for each in again] == held and all(
                isinstance(one.verdict, Held) for each in again for one in each
            ):
                self._planned.unused |= some
                is_removed = True
                if some is names:
                    break
            else:
                self._planned.revisions.pop()
                self._replace(before.code)
        self._made(self._tasks[-1])
        return is_removed

    def _replace(self, content: bytes | None) -> None:
        if content != self._planned.after:
            self._planned.after = content
            self._source = None

    def _edited(self, task: Task, todo: Sequence[Judgement], sites: int) -> Conflict | None:
        works = [each.verdict for each in todo if isinstance(each.verdict, ToDo)]
        try:
            if task.step.operation in FILE_OPERATIONS:
                operation = FILE_OPERATIONS[task.step.operation]
                self._revise(*operation.edit_file(self._planned.path, self._planned.after, task.step.arguments))
                return None
            tree_operation = CST_OPERATIONS.get(task.step.operation)
            if tree_operation is not None and tree_operation.edits_tree(task.step.arguments):
                return self._edit_cst(task, works)
            return self._edit_text(task, works, sites)
        except EditRefused as refused:
            return Conflict(reason=refused.reason)
        except RecursionError:
            return Conflict(reason="the file is nested too deeply to be edited")
        except TooSlow as slow:
            return Conflict(reason=slow.reason, hint=slow.hint)

    def _revise(self, after: bytes | None, regions: tuple[Region, ...]) -> None:
        self._planned.revise(after, regions)
        self._source = None
        self._module = None

    def _edit_cst(self, task: Task, works: Sequence[ToDo]) -> Conflict | None:
        import libcst

        source = self._parsed()
        assert isinstance(source, Source)
        if is_too_deep(source.tree):
            return Conflict(reason="the file is nested too deeply to be edited")
        try:
            module = self._module or libcst.parse_module(source.code)
        except libcst.ParserSyntaxError as error:
            return Conflict(reason=f"libcst cannot parse the file: {error.message} (line {error.raw_line})")
        operation = CST_OPERATIONS[task.step.operation]
        lines = sorted({first_line(statement) for statement in source.tree.body})
        module, regions = operation.edit(module, works, task.step.arguments, self._style, lines)
        self._revise(module.bytes, regions)
        if self._planned.revisions[-1].stray_line is not None:
            return Conflict(reason="libcst does not keep all of this file (a form feed, or a lone CR at its end)")
        self._module = module
        return None

    def _edit_text(self, task: Task, works: Sequence[ToDo], sites: int) -> Conflict | None:
        from .splice import splice

        operation = SPLICE_OPERATIONS[task.step.operation]
        for _ in range(_ROUNDS):
            source = self._parsed()
            assert isinstance(source, Source)
            edits = operation.edits(source, works, task.step.arguments)
            after, regions = splice(source, edits, self._style.line_length)
            if after == source.code:
                break
            self._revise(after, regions)
            judged = self._judge(task)
            refused = next((each.verdict for each in judged if isinstance(each.verdict, Conflict)), None)
            if refused is not None:
                return refused._replace(reason=f"what the change would leave cannot be right: {refused.reason}")
            works = [each.verdict for each in judged if isinstance(each.verdict, ToDo)]
            if not works and len(judged) != sites:
                reason = f"after the change the step would find {len(judged)} of its {sites} sites"
                hint = "a name that the change gives must be one that the step looks at"
                return self._uncompilable() or Conflict(reason=reason, hint=hint)
            if not works:
                return None
        reason = "the change does not come to rest: what it leaves is to be changed again"
        return Conflict(reason=reason, hint="make the code before of the pattern say what tells it from the code after")

    def _check_compiles(self) -> None:
        """Report a result that parses and does not compile, such as a ``return`` outside a function."""
        planned = self._planned
        if planned.after is None or not planned.path.endswith(".py") or any(map(_is_conflict, planned.results)):
            return
        problem = self._uncompilable()
        if problem is not None:
            last = max(at for at, result in enumerate(planned.results) if isinstance(result.outcome, Applied))
            planned.results[last] = planned.results[last]._replace(outcome=problem)

    def _uncompilable(self) -> Conflict | None:
        source = self._parsed()
        if not isinstance(source, Source):
            return Conflict(reason=f"what the steps leave cannot be right: {source.reason}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(source.tree, self._planned.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            message = error.msg if isinstance(error, SyntaxError) else str(error)
            return Conflict(reason=f"what the steps leave does not compile: {message}")
        except RecursionError:
            return Conflict(reason="what the steps leave is nested too deeply to compile")
        return None

    def _undone(self, held: Sequence[tuple[Task, int]]) -> list[Result]:
        """Report the steps whose goal a later step took back: two patches that want the same site differently."""
        undone: list[Result] = []
        planned = self._planned
        for task, sites in held:
            if any(task.owns(result) and _is_conflict(result) for result in planned.results):
                continue
            judgements = self._judge(task)
            broken = [each for each in judgements if not isinstance(each.verdict, Held)]
            if broken or len(judgements) != sites:
                site = self._original(broken[0].site) if broken else file_site(planned.path)
                reason = "another step of this run takes back what this step did"
                undone.append(task.result(site, Conflict(reason=reason, hint="remove one of the two patches")))
        return undone


def _is_conflict(result: Result) -> bool:
    return isinstance(result.outcome, Conflict)


def _conflict_site(path: str, conflict: Conflict) -> Site:
    found = re.search(r"\(line (\d+)\)$", conflict.reason)
    return file_site(path, int(found[1]) if found else 1)


def outcome(judgement: Judgement) -> Outcome:
    """Return what a verdict means when the plan is carried out."""
    match judgement.verdict:
        case Held():
            return Satisfied()
        case ToDo(detail=detail):
            return Applied(detail=detail)
        case conflict:
            return conflict
