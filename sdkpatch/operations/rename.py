"""``rename``: give a class, a function, a constant or a module another name, in the whole package."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..fern.sdk_package import below
from ..model import Conflict, Expectation, Site
from ..operation import Held, Judgement, Renamed, ToDo
from ..python.source import Source
from ..python.text import Edit
from ..schema.fields import Field, KeyPath, Mistakes, String
from ..tree import PlannedFiles, Tree
from .shared.name_elsewhere import elsewhere
from .shared.name_finder import find
from .shared.naming import Clash, NameSurvey, Naming
from .shared.structural import Structural

_MODULE = String(
    "a module of the SDK's package, with dots",
    problem=lambda text: (
        "" if re.fullmatch(r"\w+(\.\w+)*", text) else 'such as "types.parcel", without the package itself'
    ),
)


def _problem(text: str) -> str:
    return "" if text.isidentifier() and not keyword.iskeyword(text) else "it is no name that code can have"


_NAME = String("a name", problem=_problem, empty=False)


class Rename(NamedTuple):
    """What is renamed: a name of a module, or the module itself where ``name`` is empty.

    ``survey`` is what the tree says of it; None where no tree is known.
    """

    module: str
    name: str
    to: str
    moves: bool
    keeps_alias: bool
    survey: NameSurvey | None = None

    @property
    def new_module(self) -> str:
        """The module's name afterwards: Fern names a file after its class."""
        folder, dot, own = self.module.rpartition(".")
        if not self.name:
            return folder + dot + self.to
        return folder + dot + snake(self.to) if self.moves and own == snake(self.name) else self.module


def snake(name: str) -> str:
    """Return a class's name as Fern names its file: ``AgentV1Settings`` is in ``agent_v1settings.py``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class RenameOperation(Structural[Rename]):
    """The operation; see docs/operations/rename.md."""

    name = "rename"
    summary = "Rename a class, a function, a constant or a module, in the whole package."
    fields = (
        Field(
            "module",
            _MODULE,
            "The module that defines it, relative to the SDK's package, such as `types.parcel`; without `name` it is "
            "the module, or the folder, that is renamed.",
            True,
        ),
        Field("name", _NAME, "The name now.", default=None),
        Field("to", _NAME, "The new name: of a module its last part.", True),
        Field(
            "file",
            String('"follow" or "keep"', choices=("follow", "keep")),
            "Whether a file that has the class's name gets the new one.",
            default="follow",
        ),
        Field(
            "keep",
            String('"alias" or "nothing"', choices=("alias", "nothing")),
            "`alias` leaves the old name importable wherever it was; the file then keeps its name.",
            default="nothing",
        ),
    )

    def compile(self, arguments: Mapping[str, object], key: KeyPath, report: Mistakes) -> Rename:
        """Return what is renamed."""
        name, to = str(arguments["name"] or ""), str(arguments["to"])
        module, keeps = str(arguments["module"]), arguments["keep"] == "alias"
        if to == (name or module.rpartition(".")[2]):
            report((*key, "to"), found=f'"{to}"', expected="another name")
        if keeps and not name:
            report((*key, "keep"), found='"alias"', expected="a name, which the alias stands for")
        moves = arguments["file"] == "follow" and not keeps
        return Rename(module=module, name=name, to=to, moves=moves, keeps_alias=keeps)

    def renamed(self, arguments: Rename) -> Renamed:
        """Return which definition has which names."""
        return Renamed(
            module=arguments.module,
            new_module=arguments.new_module,
            name=arguments.name,
            new_name=arguments.to,
            keeps_alias=arguments.keeps_alias,
        )

    def surveyed(
        self,
        arguments: Rename,
        defining: str,
        offers: frozenset[tuple[str, str]],
        tops: tuple[tuple[str, str], ...],
        stems: tuple[str, str],
    ) -> Rename:
        """Return the arguments with what the tree says of the name."""
        return arguments._replace(survey=NameSurvey(defining=defining, offers=offers, tops=tops, stems=stems))

    def may_matter(self, code: bytes, arguments: Rename) -> bool:
        """Tell whether a file has one of the names."""
        words = [arguments.name, arguments.to] if arguments.name else []
        words += [each.rpartition(".")[2] for each in {arguments.module, arguments.new_module} if each]
        return any(word.encode() in code for word in words)

    def sites(self, source: Source, arguments: Rename) -> list[Judgement]:
        """Judge the file as a whole: it says nothing of the old name, and something of the new one."""
        survey = arguments.survey or _by_place(source, arguments)
        naming = _naming(arguments, survey)
        site = Site(path=source.path, line=1, name=arguments.to)
        try:
            found = find(source, naming)
        except Clash as clash:
            return [Judgement(site._replace(line=clash.line), Conflict(reason=clash.reason, hint=clash.hint))]
        if not found.line and source.path != survey.defining:
            return []
        site = site._replace(line=found.line or 1)
        if not found.edits:
            return [Judgement(site, Held())]
        places = "place" if found.places == 1 else "places"
        return [Judgement(site, ToDo(work=partial(_edits, found.edits), detail=f"{found.places} {places}"))]

    def drift(self, tree: Tree, arguments: Rename, expect: Expectation, files: PlannedFiles) -> Conflict | None:
        """Conflict where an entry point, another setting or a stub has the old name when the run is done."""
        if arguments.survey is None or arguments.keeps_alias:
            return None
        return elsewhere(_naming(arguments, arguments.survey), tree.files, files)


def _naming(arguments: Rename, survey: NameSurvey) -> Naming:
    old, new = (arguments.name, arguments.to) if arguments.name else ("", "")
    return Naming(old=old, new=new, survey=survey, keeps_alias=arguments.keeps_alias)


def _edits(edits: Sequence[Edit]) -> Sequence[Edit]:
    return edits


def _by_place(source: Source, arguments: Rename) -> NameSurvey:
    """Return what Fern's layout says of a name: its module has it, and the packages above that."""
    package = source.sdk or source.package
    stems = [below(package, each.replace(".", "/")) for each in (arguments.module, arguments.new_module)]
    defining = f"{stems[1]}.py"
    homes = [defining]
    folder = stems[1]
    while "/" in folder and folder != package:
        folder = folder.rpartition("/")[0]
        homes.append(f"{folder}/__init__.py")
    names = (arguments.name, arguments.to) if arguments.name else ()
    offers = frozenset((home, name) for home in homes for name in names)
    top = (package.rpartition("/")[2], package)
    return NameSurvey(defining=defining, offers=offers, tops=(top,), stems=(stems[0], stems[1]))
