"""What a run leaves without a binding is a conflict; what was so before, or cannot be told, is none."""

from __future__ import annotations

import ast
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sdkpatch
from sdkpatch.model import Conflict, Plan, Region
from sdkpatch.operations import OPERATIONS
from sdkpatch.planning.file_result import FileResult
from sdkpatch.planning.names import bindings
from sdkpatch.tree import Tree, scan
from tests.sdks import unpacked

INIT = {"src/acme/__init__.py": ""}
LAZY = """
import typing
from importlib import import_module

if typing.TYPE_CHECKING:
    from . import tools
    from .errors import Boom
_dynamic_imports: typing.Dict[str, str] = {"Boom": ".errors", "tools": ".tools"}


def __getattr__(attr_name: str) -> typing.Any:
    module_name = _dynamic_imports[attr_name]
    module = import_module(module_name, __package__)
    return module if module_name == f".{attr_name}" else getattr(module, attr_name)


__all__ = ["Boom", "tools"]
"""
PARTIAL = """
import typing
from importlib import import_module

_dynamic_imports: typing.Dict[str, str] = {"Boom": ".errors"}


def __getattr__(attr_name: str) -> typing.Any:
    module_name = _dynamic_imports[attr_name]
    module = import_module(module_name, __package__)
    return module if module_name == f".{attr_name}" else getattr(module, attr_name)


__all__ = ["Boom"]
"""
ERRORS = "class Boom(Exception):\n    pass\n"


@pytest.fixture(params=["file by file", "all at once"], autouse=True)
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare names in both ways: after a look at each file by itself, and all of them."""
    if request.param == "all at once":
        monkeypatch.setattr("sdkpatch.planning.names.bindings._loud", dict)


def run(root: Path, files: dict[str, str], steps: str) -> Plan:
    """Write a tree and a patch, and apply it."""
    for name, text in files.items():
        path = root / "sdk" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"))
    patch = root / "p.toml"
    patch.write_text(f'id = "p"\ntitle = "p"\n{steps}')
    tree = root / "sdk"
    patches = sdkpatch.resolve(tree, [str(patch)], {}, None, OPERATIONS).patches
    return sdkpatch.apply(tree, patches)


def reasons(plan: Plan) -> list[tuple[str, int, str]]:
    return [
        (each.site.path.removeprefix("src/acme/"), each.site.line, each.outcome.reason)
        for each in plan.results
        if isinstance(each.outcome, Conflict)
    ]


def step(operation: str, **arguments: object) -> str:
    """Return a step; strings of several lines and lists are written as TOML has them."""
    lines = [f'[[step]]\nop = "{operation}"']
    for name, value in arguments.items():
        shown = f"'''\n{value}'''" if isinstance(value, str) and "\n" in value else repr(value)
        lines.append(f"{name} = {shown}")
    return "\n".join(lines) + "\n"


KINDS = 'import enum\n\n\nclass Kind(enum.Enum):\n    LOUD = "loud"\n    LOW = "low"\n'
USER = (
    "from .errors import Kind\n\n\ndef f():\n    try:\n        return Kind.LOUD\n    except {}:\n        return None\n"
)
DELETE = step("delete", files=["**/errors.py"], name="Boom")

REFUSED = {
    "a class that another module imports": (
        {"src/acme/errors.py": ERRORS, "src/acme/client.py": "import typing\n\nfrom .errors import Boom\n\nx = Boom\n"},
        DELETE,
        [("client.py", 3, "line 3 imports Boom from .errors, and .errors has no Boom any more")],
    ),
    "a class that a type checker reads elsewhere": (
        {
            "src/acme/errors.py": ERRORS,
            "src/acme/client.py": "import typing\n\nif typing.TYPE_CHECKING:\n    from .errors import Boom\n",
        },
        DELETE,
        [("client.py", 4, "line 4 imports Boom from .errors, and .errors has no Boom any more")],
    ),
    "a class that the package exports lazily": (
        {"src/acme/errors.py": ERRORS, "src/acme/__init__.py": LAZY, "src/acme/tools.py": "x = 1\n"},
        DELETE,
        [
            ("__init__.py", 6, "line 6 imports Boom from .errors, and .errors has no Boom any more"),
            ("__init__.py", 7, "_dynamic_imports names Boom on line 7, and .errors has no Boom any more"),
        ],
    ),
    "a class that the tests import from the package": (
        {
            "src/acme/__init__.py": LAZY,
            "src/acme/errors.py": ERRORS,
            "src/acme/tools.py": "x = 1\n",
            "tests/test_boom.py": "from acme import Boom\n\nassert Boom\n",
        },
        step("export.remove", name="Boom", module="errors"),
        [("tests/test_boom.py", 1, "line 1 imports Boom from acme, and acme has no Boom any more")],
    ),
    "an attribute of a module": (
        {
            "src/acme/errors.py": ERRORS,
            "src/acme/client.py": "from . import errors\n\n\ndef f() -> None:\n    raise errors.Boom\n",
        },
        DELETE,
        [("client.py", 5, "line 5 uses .errors.Boom, and .errors has no Boom any more")],
    ),
    "an attribute by the whole path": (
        {
            "src/acme/errors.py": ERRORS,
            "tests/test_it.py": "import acme.errors\n\nx = acme.errors.Boom\n",
        },
        DELETE,
        [("tests/test_it.py", 3, "line 3 uses acme.errors.Boom, and acme.errors has no Boom any more")],
    ),
    "a name that comes by a star": (
        {
            "src/acme/errors.py": ERRORS,
            "src/acme/all.py": "from .errors import *\n",
            "src/acme/client.py": "from .all import Boom\n\nx = Boom\n",
            "src/acme/other.py": "from .errors import *\n\nx = Boom\n",
        },
        DELETE,
        [
            ("client.py", 1, "line 1 imports Boom from .all, and .all has no Boom any more"),
            ("other.py", 3, "Boom is used on line 3, and nothing binds it any more"),
        ],
    ),
    "a module that another one imports": (
        {"src/acme/errors.py": ERRORS, "src/acme/client.py": "from .errors import Boom\n\nx = Boom\n"},
        step("file.remove", paths=["src/acme/errors.py"]),
        [("client.py", 1, "line 1 imports .errors, and there is no such module any more")],
    ),
    "a file that comes and uses what nothing binds": (
        {"src/acme/errors.py": ERRORS},
        step("file.add", path="src/acme/own.py", content="from .errors import Bang\n\nx = typing.Any\n"),
        [
            ("own.py", 1, "the new code imports Bang from .errors, and .errors has no Bang"),
            ("own.py", 1, "typing is used in the new code, and nothing binds it"),
        ],
    ),
    "a constant used in a default, a base, a comprehension and a decorator": (
        {
            "src/acme/errors.py": "Boom = int\n\n\n@Boom\ndef f(x=Boom):\n    return [Boom for _ in x]\n\n\n"
            "class A(Boom):\n    pass\n"
        },
        DELETE,
        [
            ("errors.py", 4, "Boom is used on line 4, and nothing binds it any more"),
        ],
    ),
    "a class in a quoted annotation": (
        {"src/acme/errors.py": ERRORS + "\n\ndef f(x: 'Boom') -> None:\n    pass\n"},
        DELETE,
        [("errors.py", 5, "Boom is used on line 5, and nothing binds it any more")],
    ),
    "a parameter whose name is a builtin's": (
        {
            "src/acme/client.py": "class C:\n    def get(self, id: str) -> str:\n"
            "        return send(id)\n\n\ndef send(x): ...\n"
        },
        step("rewrite", within="C.get", **{"as": "parameter"}, match="id: $T", replace="key: $T"),
        [("client.py", 3, "id is used on line 3, and would now mean Python's builtin id")],
    ),
    "a parameter whose name is a module's": (
        {
            "src/acme/errors.py": ERRORS,
            "src/acme/client.py": "from . import errors\n\n\ndef get(errors: str) "
            "-> str:\n    return errors\n\n\nx = errors\n",
        },
        step("rewrite", within="get", **{"as": "parameter"}, match="errors: $T", replace="found: $T"),
        [
            (
                "client.py",
                5,
                "errors is used on line 5, but its parameter is gone: it would now mean a name of the module",
            )
        ],
    ),
    "a name that only a type checker sees from now on": (
        {"src/acme/errors.py": ERRORS, "src/acme/client.py": "import typing\n\nfrom .errors import Boom\n\nx = Boom\n"},
        step(
            "rewrite",
            files=["**/client.py"],
            match="from .errors import Boom",
            replace="if typing.TYPE_CHECKING:\n    from .errors import Boom\n",
        ),
        [("client.py", 5, "Boom is used on line 5, and nothing binds it any more")],
    ),
    "an import that nothing can follow": (
        {"src/acme/client.py": "x = 1\n"},
        step("import.set", files=["**/client.py"], **{"import": "from .errors import Boom"}),
        [("client.py", 1, "the new code imports .errors, and there is no such module")],
    ),
    "a lazy export that its module lacks, beside one whose module is not in the tree": (
        {"src/acme/__init__.py": PARTIAL, "src/acme/tools.py": "x = 1\n"},
        step("rewrite", match='{"Boom": ".errors"}', replace='{"Boom": ".errors", "Bang": ".tools"}'),
        [("__init__.py", 4, "_dynamic_imports names Bang on line 4, and .tools has no Bang")],
    ),
    "a lazy export of a module that is not in the tree, where all others are": (
        {"src/acme/__init__.py": PARTIAL, "src/acme/errors.py": ERRORS},
        step("rewrite", match='{"Boom": ".errors"}', replace='{"Boom": ".errors", "Bang": ".bang"}'),
        [("__init__.py", 4, "_dynamic_imports names Bang on line 4, and .bang has no Bang")],
    ),
    "an __all__ that lists what nothing binds, beside a lazy export whose module is not in the tree": (
        {"src/acme/__init__.py": PARTIAL},
        step("rewrite", match='["Boom"]', replace='["Boom", "Bang"]'),
        [("__init__.py", 13, "__all__ lists Bang on line 13, and nothing binds it")],
    ),
    "a name that __all__ lists beside an import from another submodule, where the tree is a part": (
        {"src/acme/__init__.py": 'from .errors import Boom\n\n__all__ = ["Boom"]\n'},
        step(
            "rewrite",
            match='from .errors import Boom\n\n__all__ = ["Boom"]\n',
            replace='from .errors import Boom\nfrom .bang import Bang\n\n__all__ = ["Boom", "bank"]\n',
        ),
        [("__init__.py", 3, "__all__ lists bank on line 3, and nothing binds it")],
    ),
    "a new file that imports what is nowhere": (
        {"src/acme/__init__.py": PARTIAL, "src/acme/errors.py": ERRORS},
        step("file.add", path="src/acme/own.py", content="from .nowhere import X\n\nx = X\n"),
        [("own.py", 1, "the new code imports .nowhere, and there is no such module")],
    ),
    "an import of one more module that is nowhere": (
        {"src/acme/errors.py": ERRORS, "src/acme/client.py": "from .errors import Boom\n\nx = Boom\n"},
        step(
            "rewrite", match="from .errors import Boom", replace="from .errors import Boom\nfrom .nowhere import Bang"
        ),
        [("client.py", 2, "the new code imports .nowhere, and there is no such module")],
    ),
    "a constant that is added to, and one that is deleted": (
        {"src/acme/client.py": "A = 1\nB = 2\nA += 1\ndel B\n"},
        step("delete", match="A = 1", files=["**/client.py"]) + step("delete", match="B = 2", files=["**/client.py"]),
        [
            ("client.py", 3, "A is used on line 3, and nothing binds it any more"),
            ("client.py", 4, "B is used on line 4, and nothing binds it any more"),
        ],
    ),
    "a name that __all__ lists": (
        {"src/acme/errors.py": ERRORS + '\n\n__all__ = ["Boom"]\n'},
        DELETE,
        [("errors.py", 5, "__all__ lists Boom on line 5, and nothing binds it any more")],
    ),
    "a member that is used in a try for something else": (
        {"src/acme/errors.py": KINDS, "src/acme/client.py": USER.format("KeyError")},
        step("delete", name="Kind.LOUD"),
        [("client.py", 6, "line 6 uses LOUD of Kind, and Kind has no LOUD any more")],
    ),
    "a member that an import in the class brings": (
        {
            "src/acme/errors.py": "class Kinds:\n    from json import dumps\n\n\ndef f(kinds: Kinds):\n"
            "    return lambda text: kinds.dumps(text)\n"
        },
        step("rewrite", match="from json import dumps", replace="from json import loads"),
        [("errors.py", 6, "line 6 uses dumps of Kinds, and Kinds has no dumps any more")],
    ),
    "a base class that stands below": (
        {"src/acme/errors.py": "class One(Exception):\n    pass\n\n\n" + ERRORS},
        step("rewrite", match="class One(Exception):\n    $$$B\n", replace="class One(Boom):\n    $$$B\n"),
        [("errors.py", 1, "line 1 uses Boom before anything binds it")],
    ),
    "a default that stands below": (
        {"src/acme/client.py": "def f(x=None):\n    return x\n\n\nOMIT = object()\n"},
        step("rewrite", match="def f(x=None):\n    $$$B\n", replace="def f(x=OMIT):\n    $$$B\n"),
        [("client.py", 1, "line 1 uses OMIT before anything binds it")],
    ),
    "a local that is bound below": (
        {"src/acme/client.py": "def f(a):\n    url = a\n    query = url + a\n    return query\n"},
        step("rewrite", match="url = a", replace="url = a + query"),
        [("client.py", 2, "line 2 uses query before anything binds it")],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    files, steps, wanted = REFUSED[name]
    plan = run(tmp_path, {**INIT, **files}, steps)
    assert reasons(plan) == wanted
    assert all(each.outcome.hint for each in plan.conflicts if isinstance(each.outcome, Conflict))
    for path, text in {**INIT, **files}.items():
        assert (tmp_path / "sdk" / path).read_text() == text.lstrip("\n")


TAKEN = {
    "a member of what a lambda, a comprehension or a local holds": (
        {
            "src/acme/errors.py": KINDS,
            "src/acme/client.py": (
                "from .errors import Kind\n\n\ndef f(kind: Kind, others):\n"
                "    print(kind.LOW, [Kind.LOUD for Kind in others])\n    return lambda kind: kind.LOUD\n\n\n"
                "def g(others):\n    Kind = others\n    return Kind.LOUD\n\n\nh = {Kind.LOUD: 1 for Kind in ()}\n"
            ),
        },
        step("delete", name="Kind.LOUD"),
    ),
    "a member whose loss is caught": (
        {"src/acme/errors.py": KINDS, "src/acme/client.py": USER.format("AttributeError")},
        step("delete", name="Kind.LOUD"),
    ),
    "names that are used below only when the code runs": (
        {"src/acme/client.py": "x = 1\n"},
        step(
            "rewrite",
            match="x = 1",
            replace="def f(a: 'Below' = None):\n    return Below(a)\n\n\nclass Below:\n    pass\n",
        ),
    ),
    "one more name of a module that was not in the tree before": (
        {"src/acme/client.py": "from .errors import Boom\n\nx = Boom\n"},
        step("rewrite", match="from .errors import Boom", replace="from .errors import Bang, Boom"),
    ),
    "one more lazy export where the modules of the others are not in the tree": (
        {"src/acme/__init__.py": PARTIAL},
        step("rewrite", match='{"Boom": ".errors"}', replace='{"Boom": ".errors", "Bang": ".bang"}'),
    ),
    "a submodule that is imported from and listed where the tree is a part": (
        {"src/acme/__init__.py": 'from .errors import Boom\n\n__all__ = ["Boom"]\n'},
        step(
            "rewrite",
            match='from .errors import Boom\n\n__all__ = ["Boom"]\n',
            replace='from .errors import Boom\nfrom .bang import Bang\n\n__all__ = ["Boom", "bang"]\n',
        ),
    ),
    "a new file in a part of a tree": (
        {"src/acme/__init__.py": PARTIAL},
        step("file.add", path="src/acme/own.py", content="from .nowhere import X\n\nx = X\n"),
    ),
    "a local of a loop, a branch, a with and a try": (
        {"src/acme/client.py": "def f(a):\n    return a\n"},
        step(
            "function.replace_body",
            function="f",
            was="return a",
            body=(
                "for each in a:\n    if each:\n        a = last\n    last = each\n"
                "try:\n    found = last\nexcept KeyError:\n    found = None\n"
                "while not found:\n    found = again\n    again = found\nreturn found\n"
            ),
        ),
    ),
    "a name that the new code uses before it is bound, as the old code did": (
        {"src/acme/client.py": "def f(a):\n    a = later\n    later = a\n    return old(a)\n"},
        step("rewrite", match="old($X)", replace="print($X)"),
    ),
    "names that nothing bound before": (
        {"src/acme/client.py": "def f():\n    return old(nowhere)\n"},
        step("rewrite", match="old($X)", replace="old($X, nowhere)"),
    ),
    "an import that may fail": (
        {
            "src/acme/errors.py": ERRORS,
            "src/acme/client.py": "try:\n    from .errors import Boom\nexcept ImportError:\n    Boom = None\n",
        },
        DELETE,
    ),
    "a class that moves, its imports with it": (
        {"src/acme/errors.py": ERRORS, "src/acme/client.py": "from .errors import Boom\n\nx = Boom\n"},
        step("file.add", path="src/acme/own.py", content=ERRORS)
        + DELETE
        + step("import.set", **{"import": "from .own import Boom"}),
    ),
    "a method with the name of a builtin": (
        {
            "src/acme/client.py": "class C:\n    def list(self):\n        pass\n\n"
            "    def get(self) -> list:\n        pass\n"
        },
        step("delete", name="C.list"),
    ),
    "a local import that the module has as well": (
        {"src/acme/client.py": "import json\n\n\ndef f():\n    import json\n\n    return json.loads\n\n\nx = json\n"},
        step("delete", within="f", match="import json"),
    ),
    "a name of a comprehension, a match, a with, a walrus, an except and a lambda": (
        {"src/acme/client.py": "def f(a):\n    return a\n"},
        step(
            "function.replace_body",
            function="f",
            was="return a",
            body=(
                "match a:\n    case {'x': [one, *two], **three}:\n        a = one, two, three\n"
                "with open(a) as (b, c):\n    pass\n"
                "if (d := [e for e in a if (g := e)]):\n    d = g, b, c\n"
                "try:\n    pass\nexcept* ValueError as error:\n    d = error\n"
                "def inner():\n    nonlocal d\n    d = __class__, __name__\n"
                "return lambda h, *i, j=d, **k: (h, i, j, k, inner)\n"
            ),
        ),
    ),
    "what a module without borders may have": (
        {
            "src/acme/errors.py": ERRORS + "\n\ndef __getattr__(name: str) -> object:\n    return globals()[name]\n",
            "src/acme/client.py": "from .errors import Boom\n\nx = Boom\n",
        },
        DELETE,
    ),
    "what a star from elsewhere may bring": (
        {"src/acme/client.py": "from os.path import *\n\nx = 1\n"},
        step("module.add", files=["**/client.py"], code="y = join(x)\n"),
    ),
    "a builtin that new code means": (
        {"src/acme/client.py": "def f(type: str) -> str:\n    return type\n"},
        step(
            "rewrite",
            change="- def f(type: str) -> str:\n+ def f(kind: str) -> "
            "str:\n-     return type\n+     return str(type(kind))\n",
        ),
    ),
    "a package in the tree itself, with a subpackage named as another distribution": (
        {"__init__.py": "", "websockets/__init__.py": "", "client.py": "from .websockets import x\n\nx\n"},
        step("module.add", files=["client.py"], code="y = connect\n", imports=["from websockets import connect"]),
    ),
    "a string that is no code": (
        {"src/acme/client.py": "import typing\n\nx: typing.Any = 1\n"},
        step("module.add", files=["**/client.py"], code="y: typing.Literal['Boom'] = 'Boom'\n"),
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken(name: str, tmp_path: Path) -> None:
    if "except" in name and sys.version_info < (3, 11):
        pytest.skip("except* is of Python 3.11")
    files, steps = TAKEN[name]
    plan = run(tmp_path, {**INIT, **files}, steps)
    assert reasons(plan) == []
    assert plan.changes


def test_what_cannot_be_told_gets_a_note(tmp_path: Path) -> None:
    files, steps = TAKEN["what a star from elsewhere may bring"]
    plan = run(tmp_path, {**INIT, **files}, steps)
    text = "whether join is there cannot be told: a star import or a __getattr__ may provide it"
    assert [(note.path, note.text) for note in plan.notes] == [("src/acme/client.py", text)]


def test_the_step_that_did_it_is_named(tmp_path: Path) -> None:
    files = {**INIT, "src/acme/client.py": "A = 1\nB = A\nC = B\n"}
    steps = step("module.add", files=["**/client.py"], code="D = 1\n") + step(
        "delete", files=["**/client.py"], name="A"
    )
    steps += step("delete", files=["**/client.py"], name="C")
    plan = run(tmp_path, files, steps)
    assert [(each.step, each.operation, each.site.line) for each in plan.conflicts] == [(2, "delete", 2)]


def test_the_step_that_removed_the_module_is_named(tmp_path: Path) -> None:
    files = {
        **INIT,
        "src/acme/a.py": "A = 1\n",
        "src/acme/b.py": "B = 1\n",
        "src/acme/c.py": "from . import b\n\nb.B\n",
    }
    steps = step("file.remove", paths=["src/acme/a.py"]) + step("file.remove", paths=["src/acme/b.py"])
    plan = run(tmp_path, files, steps)
    assert reasons(plan) == [("c.py", 1, "line 1 imports b from ., and . has no b any more")]
    assert [each.step for each in plan.conflicts] == [2]


PRUNED = {
    "a module and a name": (
        "import datetime as dt\n\nfrom .box import Box, Lid\n\n\n"
        "class P:\n    sent: dt.date\n    box: Box\n    lid: Lid\n",
        step("field.set", field=["P.sent", "P.box"], annotation="str"),
        "from .box import Lid\n\n\nclass P:\n    sent: str\n    box: str\n    lid: Lid\n",
    ),
    "a guard": (
        "import typing\n\nif typing.TYPE_CHECKING:\n    from .box import Box\n\n\nclass P:\n    box: 'Box'\n",
        step("field.set", field="P.box", annotation="str"),
        "class P:\n    box: str\n",
    ),
    "not what is offered, kept by a comment, or may fail": (
        "from .box import A as A\nfrom .box import B  # noqa: F401\nfrom .box import C\n\ntry:\n    import d\n"
        "except ImportError:\n    d = None\n\n__all__ = ['C']\n\n\nclass P:\n    box: 'A, B, C, d'\n",
        step("field.set", field="P.box", annotation="str"),
        "from .box import A as A\nfrom .box import B  # noqa: F401\nfrom .box import C\n\ntry:\n    import d\n"
        "except ImportError:\n    d = None\n\n__all__ = ['C']\n\n\nclass P:\n    box: str\n",
    ),
    "not what nothing used before": (
        "import unused\nfrom .box import Box\n\n\nclass P:\n    box: Box\n",
        step("field.set", field="P.box", annotation="str"),
        "import unused\n\n\nclass P:\n    box: str\n",
    ),
    "not what is used in another place": (
        "from .box import Box\n\n\nclass P:\n    box: Box\n\n    def "
        "f(self):\n        return [Box for Box in 'x'], 'Box', Box\n",
        step("field.set", field="P.box", annotation="str"),
        "from .box import Box\n\n\nclass P:\n    box: str\n\n    def "
        "f(self):\n        return [Box for Box in 'x'], 'Box', Box\n",
    ),
    "the heading of other imports stays": (
        "# Our own\nfrom .box import A\nfrom .box import B\n\n# Boxes\nfrom .box import Box\n\nx = A, B\n\n\n"
        "class P:\n    box: Box\n    a: A\n",
        step("field.set", field=["P.box", "P.a"], annotation="str")
        + step("rewrite", match="x = A, B", replace="x = B"),
        "# Our own\nfrom .box import B\n\nx = B\n\n\nclass P:\n    box: str\n    a: str\n",
    ),
    "not what a call looks up by its name": (
        "from .box import Box\n\n\nclass P:\n    box: Box\n\n\nupdate(P, 'Box')\n",
        step("field.set", field="P.box", annotation="str"),
        "from .box import Box\n\n\nclass P:\n    box: str\n\n\nupdate(P, 'Box')\n",
    ),
    "in a function": (
        "def f() -> None:\n    import json\n\n    print(json.loads)\n",
        step("rewrite", match="json.loads", replace="1"),
        "def f() -> None:\n    print(1)\n",
    ),
}


@pytest.mark.parametrize("name", PRUNED)
def test_an_import_goes_with_the_code_that_used_it(name: str, tmp_path: Path) -> None:
    before, steps, after = PRUNED[name]
    box = {"src/acme/box.py": "A = B = C = Box = Lid = 1\n", "src/acme/client.py": before}
    plan = run(tmp_path, {**INIT, **box}, steps)
    assert reasons(plan) == []
    assert (tmp_path / "sdk/src/acme/client.py").read_text() == after
    assert not run(tmp_path, {}, steps).changes


def test_an_import_stays_that_another_module_has_from_there(tmp_path: Path) -> None:
    files = {
        "src/acme/box.py": "Box = 1\n",
        "src/acme/client.py": "from .box import Box\n\n\nclass P:\n    box: Box\n",
        "src/acme/other.py": "from .client import Box\n\nx = Box\n",
    }
    plan = run(tmp_path, {**INIT, **files}, step("field.set", field="P.box", annotation="str"))
    assert reasons(plan) == []
    after = "from .box import Box\n\n\nclass P:\n    box: str\n"
    assert (tmp_path / "sdk/src/acme/client.py").read_text() == after


CLIENT = "class Client:\n    environment = Environment\n"
ORDERED = {
    "import.set": (
        {"src/acme/client.py": f"from . import Environment\n\n\n{CLIENT}"},
        step("import.set", files=["src/acme/__init__.py"], **{"import": "from .client import Client"}),
    ),
    "export.add": (
        {"src/acme/client.py": f"from acme import Environment\n\n\n{CLIENT}"},
        step("export.add", name="Client", module="client"),
    ),
    "by way of another module": (
        {
            "src/acme/client.py": "from .base.inner import Client as Client\n",
            "src/acme/base/__init__.py": "",
            "src/acme/base/inner.py": f"from .. import Environment\n\n\n{CLIENT}",
        },
        step("export.add", name="Client", module="client"),
    ),
    "by the package's name": (
        {"src/acme/client.py": "import acme\n\n\nclass Client:\n    environment = acme.Environment\n"},
        step("export.add", name="Client", module="client"),
    ),
    "a constant of the package": (
        {
            "src/acme/__init__.py": "from .environment import Environment\n\n"
            "URL = Environment.url\n\n__all__ = ['URL']\n",
            "src/acme/client.py": "from . import URL\n\n\nclass Client:\n    url = URL\n",
        },
        step("export.add", name="Client", module="client"),
    ),
}


@pytest.mark.parametrize("name", ORDERED)
def test_an_import_runs_below_what_its_module_needs(name: str, tmp_path: Path) -> None:
    files, steps = ORDERED[name]
    package = "from .environment import Environment\n\n__all__ = ['Environment']\n"
    known = {"src/acme/__init__.py": package, "src/acme/environment.py": "class Environment:\n    url = 'x'\n"}
    plan = run(tmp_path, {**known, **files}, steps)
    assert reasons(plan) == []
    code = "import acme; acme.Client; acme.Environment"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "sdk" / "src", check=True)
    assert not run(tmp_path, {}, steps).changes


def test_an_import_that_can_stand_nowhere_is_refused(tmp_path: Path) -> None:
    files = {
        "src/acme/__init__.py": "from .environment import Environment\n",
        "src/acme/environment.py": "class Environment:\n    url = 'x'\n",
        "src/acme/client.py": "from . import environment\n\n\nclass Client:\n    pass\n",
    }
    steps = step("import.set", files=["**/environment.py"], **{"import": "from .client import Client"})
    assert reasons(run(tmp_path, files, steps)) == []  # a module below the package is found without its name
    files["src/acme/client.py"] = "from .environment import Environment\n\n\nclass Client:\n    pass\n"
    steps = step("insert", files=["**/environment.py"], within="module", at="first", code="from .client import Client")
    plan = run(tmp_path, files, steps)
    reason = (
        "line 1 of the result imports .client, which needs "
        "Environment from here (src/acme/client.py) before it is bound"
    )
    assert reasons(plan) == [("environment.py", 1, reason)]


def test_nothing_is_looked_at_when_nothing_changes(tmp_path: Path) -> None:
    run(tmp_path, {**INIT, "src/acme/client.py": "x = 1\n"}, step("delete", files=["**/client.py"], name="y"))
    code = (
        "import sys\nfrom sdkpatch.cli import main\n"
        "try:\n    main(['apply', 'sdk', '--patch', 'p.toml'])\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "sdkpatch.planning.plan" in loaded
    assert loaded.isdisjoint(
        {f"sdkpatch.planning.names.{each}" for each in ("bindings", "modules", "import_order")}
        | {"sdkpatch.python.pruning"}
    )
    assert scan(tmp_path / "sdk").files


def changed(tree: Tree, path: str, after: str) -> FileResult:
    """Return a file as if a step had made it ``after``."""
    file = FileResult(path, tree.read(path), tree.package_of(path))
    file.revise(after.encode(), (Region(start=1, stop=1, length=0),))
    file.made.append(("p", 1, "rewrite"))
    return file


@pytest.mark.parametrize("sdk", ["hume==0.13.0", "sarvamai==0.1.13"])
def test_no_file_of_a_real_sdk_is_refused(sdk: str) -> None:
    """Every file changes at once, and its names do not."""
    tree = scan(unpacked(sdk))
    paths = [path for path in tree.files if path.endswith(".py")]
    files = [changed(tree, path, tree.read(path).decode() + "\n# The end, del included.\n") for path in paths]
    assert bindings.compare(tree, files) == bindings.Findings([], [])


def test_deletions_in_a_real_sdk_are_refused_where_the_name_is_used() -> None:
    """Whether it is used, the words of all files tell."""
    tree = scan(unpacked("hume==0.14.1"))
    texts = {path: tree.read(path).decode() for path in tree.files if path.endswith(".py")}
    chance = random.Random(7)
    kinds: set[bool] = set()
    for path in chance.sample(sorted(texts), 15):
        definitions = [each for each in ast.parse(texts[path]).body if isinstance(each, ast.ClassDef | ast.FunctionDef)]
        definitions = [each for each in definitions if not each.name.startswith("__")]
        if not definitions:
            continue
        doomed = chance.choice(definitions)
        lines = texts[path].split("\n")
        first = min([doomed.lineno, *(each.lineno for each in doomed.decorator_list)])
        after = "\n".join([*lines[: first - 1], *lines[doomed.end_lineno :]])
        word = re.compile(rf"\b{doomed.name}\b")
        is_used = any(word.search(text if other != path else after) for other, text in texts.items())
        found = bindings.compare(tree, [changed(tree, path, after)]).results
        assert bool(found) == is_used, (path, doomed.name)
        kinds.add(is_used)
    assert True in kinds
