"""Plan one file: judge what each step wants of it, edit what is to do, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..bounds import globs
from ..bounds.nesting import is_too_deep
from ..bounds.regexes import TooSlow
from ..errors import EditRefused
from ..model import Applied, Conflict, Judged, Region, Site
from ..operation import Held, Judgement, Style, ToDo
from ..operations import CST_OPERATIONS, FILE_OPERATIONS, PYTHON_OPERATIONS, SPLICE_OPERATIONS
from ..python.parsing import parse
from ..python.source import Source, first_line
from ..python.text import searchable
from ..tree import Tree
from .file_outcomes import Verdicts, conflict_site, is_conflict, of_result, once, outcome, taken_back, uncompilable
from .file_result import FileResult, Left, file_site
from .task import Task

if TYPE_CHECKING:
    import libcst

_ROUNDS = 12
"""How often a step is asked for edits of one file: matches within matches take a round for each level."""


class _Change(NamedTuple):
    """What one step made of the file; None where there is none."""

    task: Task
    before: bytes | None
    after: bytes | None


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
        steps: Sequence[Task] = (),
        late: Mapping[str, frozenset[str]] | None = None,
        tells_names: bool = False,
    ) -> None:
        """Plan ``tasks``; ``steps`` are all of the run. ``tells_names`` says to tell what became of the names."""
        self._tasks, self._steps, self._tells_names, self._late = tasks, steps or tasks, tells_names, late or {}
        self._own = frozenset(map(id, tasks))
        self._changes: list[_Change] = []
        self._verdicts: dict[tuple[str, int], Verdicts] = {}
        self._style, self._tree = style, tree
        package, sdk = (tree.package_of(path), tree.package) if tree else (package, "")
        self._planned = FileResult(path, content, package, sdk)
        self._source: Source | Conflict | None = None
        self._on_disk: Source | Conflict | None = None
        self._module: libcst.Module | None = None

    def finish(self) -> FileResult:
        """Plan the file to its end; once, because what it was planned with is let go."""
        planned = self._planned
        for task in self._steps:
            if not self._sees(task):
                continue
            judgements = self._judge(task)
            planned.results += [task.result(self._original(each.site), outcome(each)) for each in judgements]
            todo = [each for each in judgements if isinstance(each.verdict, ToDo)]
            if todo and not any(isinstance(each.verdict, Conflict) for each in judgements):
                self._change(task, todo, len(judgements))
        if planned.revisions:
            self._remove_unused()
            self._settle()
            if self._compiles() and not any(map(is_conflict, planned.results)):
                self._note()
        self._source = self._on_disk = None  # they lead back here, and are large
        self._verdicts.clear()
        return planned

    def _note(self) -> None:
        """Say what of the new bytes is judged, and what became of their names, while both trees are at hand."""
        planned = self._planned
        own = {(each.patch, each.step) for each in planned.results}
        for task in self._steps:  # the proof takes what is judged here, where the module is parsed and work shared
            if task.key in own and self._sees(task):
                self._judge(task)
        held = {key: len(each.found) for key, each in self._verdicts.items() if each.are_held(planned.after)}
        is_python = planned.path.endswith(".py")
        planned.judged = Judged(after=planned.after, sites=held, compiles=is_python)
        if is_python and self._tells_names and planned.before is not None and planned.after is not None:
            before, after = self._parsed_before(), self._parsed()
            if isinstance(before, Source) and isinstance(after, Source):
                from .names.footprint import footprint

                planned.names = footprint(before, after, self._tree.tops if self._tree else ())

    def _sees(self, task: Task) -> bool:
        """Tell whether a step is about the file as the steps so far leave it; on disk, that is known."""
        if id(task) in self._own:
            return True
        operation = PYTHON_OPERATIONS.get(task.step.operation)
        content = self._planned.after
        if not self._changes or content is None or operation is None or not self._planned.path.endswith(".py"):
            return False
        return globs.matches(self._planned.path, task.step.files) and operation.may_matter(content, task.step.arguments)

    def _original(self, site: Site) -> Site:
        """Return the site with its line in the file as it is on disk, not as earlier steps leave it."""
        line = site.line
        for revision in reversed(self._planned.revisions):
            line = revision.line_before(line)
        return site._replace(line=line)

    def _parsed(self) -> Source | Conflict:
        if self._source is None:
            assert self._planned.after is not None
            self._source = parse(self._planned.path, self._planned.after, self._planned.package, self._planned.sdk)
            if isinstance(self._source, Source):
                self._source.beside, self._source.late = self._beside, self._late
            if not self._planned.revisions:
                self._on_disk = self._source
        return self._source

    def _parsed_before(self) -> Source | Conflict:
        """Return the module as it is on disk."""
        if self._on_disk is None:
            planned = self._planned
            self._on_disk = parse(planned.path, planned.before or b"", planned.package, planned.sdk)
        return self._on_disk

    def _beside(self, path: str) -> bytes | None:
        self._planned.is_by_itself = False
        return self._tree.read(path) if self._tree is not None and self._tree.has(path) else None

    def _judge(self, task: Task) -> tuple[Judgement, ...]:
        """Judge the file as the steps so far leave it."""
        content = self._planned.after
        known = self._verdicts.get(task.key)
        if known is None or known.content is not content:
            known = Verdicts(content, self._judge_content(task, content, self._parsed))
            self._verdicts[task.key] = known
        return known.found

    def _judge_content(
        self, task: Task, content: bytes | None, parsed: Callable[[], Source | Conflict]
    ) -> tuple[Judgement, ...]:
        try:
            return self._judged(task, content, parsed)
        except RecursionError:
            conflict = Conflict(reason="the file is nested too deeply to be judged")
        except TooSlow as slow:
            conflict = Conflict(reason=slow.reason, hint=slow.hint)
        return (Judgement(site=file_site(self._planned.path), verdict=conflict),)

    def _judged(
        self, task: Task, content: bytes | None, parsed: Callable[[], Source | Conflict]
    ) -> tuple[Judgement, ...]:
        path, arguments = self._planned.path, task.step.arguments
        if task.step.operation in FILE_OPERATIONS:
            whole = FILE_OPERATIONS[task.step.operation]
            return (
                () if content is None and whole.needs_file else whole.judge_file(path, content, arguments, self._tree)
            )
        operation = PYTHON_OPERATIONS[task.step.operation]
        if content is None or (
            len(self._steps) > 1 and not operation.may_matter(searchable(content) or content, arguments)
        ):
            return ()
        if isinstance(source := parsed(), Conflict):
            return (Judgement(site=conflict_site(path, source), verdict=source),)
        return operation.judge(source, arguments)

    def _change(self, task: Task, todo: Sequence[Judgement], sites: int) -> None:
        """Do what is to do, or say of every site of the step why not."""
        before = self._planned.after
        revisions = len(self._planned.revisions)
        conflict = self._edited(task, todo, sites)
        self._made(task)
        if conflict is None:
            self._changes.append(_Change(task=task, before=before, after=self._planned.after))
            return
        del self._planned.made[revisions:]
        del self._planned.revisions[revisions:]
        self._replace(before)
        self._planned.results = [result for result in self._planned.results if not task.owns(result)]
        refused = self._refused(task, todo)
        others = [each for each in todo if all(each is not one for one, _ in refused)] if refused else []
        said = refused or [(todo[0], once(conflict, todo))]
        self._planned.results += [task.result(self._original(each.site), reason) for each, reason in said]
        self._planned.results += [task.result(self._original(each.site), outcome(each)) for each in others]

    def _refused(self, task: Task, todo: Sequence[Judgement]) -> list[tuple[Judgement, Conflict]]:
        """Return the sites that cannot be edited by themselves, each with its own reason."""
        operation, arguments = SPLICE_OPERATIONS.get(task.step.operation), task.step.arguments
        on_tree = CST_OPERATIONS.get(task.step.operation)
        if operation is None or len(todo) < 2 or (on_tree is not None and on_tree.edits_tree(arguments)):
            return []
        source = self._parsed()
        assert isinstance(source, Source)
        found: list[tuple[Judgement, Conflict]] = []
        for each in todo:
            assert isinstance(each.verdict, ToDo)
            try:
                operation.edits(source, [each.verdict], arguments)
            except EditRefused as refused:
                found.append((each, Conflict(reason=refused.reason)))
            except (RecursionError, TooSlow):
                return []  # the reason is the file's, not a site's
        return found

    def _made(self, task: Task) -> None:
        made = self._planned.made
        made += [(task.patch, task.number, task.step.operation)] * (len(self._planned.revisions) - len(made))

    def _remove_unused(self) -> None:
        """Take away the imports that only code used which the steps removed, unless a step wants them."""
        planned = self._planned
        is_python = planned.path.endswith(".py") and planned.before is not None and planned.after is not None
        if not is_python or any(map(is_conflict, planned.results)):
            return
        planned.before_pruning = len(planned.revisions)
        from ..python import pruning

        for _ in range(_ROUNDS):  # a guard for type checkers goes with its imports, and what the guard used with it
            after = self._parsed()
            if not isinstance(after, Source) or not pruning.may_be_useless(planned.before or b"", after):
                return
            before = self._parsed_before()
            if not isinstance(before, Source):
                return
            names = pruning.useless(before, after) - planned.unused
            if not self._is_removed(names):
                return

    def _is_removed(self, names: frozenset[tuple[str, str]]) -> bool:
        """Remove all of the imports, or those that no step wants; tell whether anything was removed."""
        from ..python import pruning
        from ..python.splice import splice

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
            steps = [task for task in self._steps if self._sees(task)]
            held = [len(self._judge(task)) for task in steps]
            self._revise(*content)
            again = [self._judge(task) for task in steps]
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
                now = self._planned.path, self._planned.after
                self._revise(*operation.edit_file(*now, task.step.arguments, self._style))
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
        from ..python.splice import splice

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
                return of_result("the result of the change is wrong", refused, self._planned.after)
            works = [each.verdict for each in judged if isinstance(each.verdict, ToDo)]
            if not works and len(judged) != sites:
                reason = f"after the change the step would find {len(judged)} of its {sites} sites"
                hint = "the step must also select the new name"
                return uncompilable(self._parsed(), self._planned) or Conflict(reason=reason, hint=hint)
            if not works:
                return None
        reason = "the change never ends: a second run would change its result again"
        return Conflict(reason=reason, hint="make the code before narrower, so that it does not match the code after")

    def _compiles(self) -> bool:
        """Report a result that parses and does not compile, such as a ``return`` outside a function."""
        planned = self._planned
        if planned.after is None or not planned.path.endswith(".py") or any(map(is_conflict, planned.results)):
            return True
        problem = uncompilable(self._parsed(), self._planned)
        if problem is not None and planned.unused:  # say it of what the steps themselves leave
            planned.keep_unused()
            self._source = None
            problem = uncompilable(self._parsed(), self._planned) or problem
        if problem is not None:
            last = max(at for at, result in enumerate(planned.results) if isinstance(result.outcome, Applied))
            planned.results[last] = planned.results[last]._replace(outcome=problem)
        return problem is None

    def _settle(self) -> None:
        """Hold each step against what the later ones leave: no goal is taken back, and which sites are there now."""
        planned = self._planned
        order = {id(task): at for at, task in enumerate(self._steps)}
        last = max((order[id(each.task)] for each in self._changes), default=0)
        for task in self._steps[:last]:
            own = [result for result in planned.results if task.owns(result)]
            if any(map(is_conflict, own)) or not (own or self._sees(task)):
                continue
            judged = self._judge(task)
            broken = [each for each in judged if not isinstance(each.verdict, Held)]
            if broken:
                conflict = taken_back(task, broken[0], *self._moved(task))
                planned.results.append(task.result(self._original(broken[0].site), conflict))
            elif len(judged) != len(own):
                by = self._moved(task)[0]
                sites = tuple(self._original(each.site) for each in judged)
                planned.left[task.key] = Left(sites=sites, by=by.label)

    def _moved(self, task: Task) -> tuple[Task, bool]:
        """Return the later step that left another number of a step's sites held, and whether it lost none."""
        order = {id(each): at for at, each in enumerate(self._steps)}
        later = [each for each in self._changes if order[id(each.task)] > order[id(task)]]
        held, _ = self.held(task, later[0].before)
        for each in later:
            now, found = self.held(task, each.after)
            if now != found or now != held:
                return each.task, now >= held
        return later[-1].task, False

    def held(self, task: Task, content: bytes | None) -> tuple[int, int]:
        """Return how many sites of a step are held in one state of the file, and how many there are."""
        path, package = self._planned.path, self._planned.package
        judged = self._judge_content(task, content, lambda: parse(path, content or b"", package, self._planned.sdk))
        return sum(isinstance(each.verdict, Held) for each in judged), len(judged)
