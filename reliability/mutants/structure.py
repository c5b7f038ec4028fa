"""Openings that are written elsewhere or otherwise: each once with what the patch made, once as it was generated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reliability.mutants.changes import Copy, Mutant, Source
from reliability.mutants.sdks import Subject


class _Form(NamedTuple):
    """The text of a method that opens, right or wrong; ``word`` names which."""

    copy: Copy
    text: str
    word: str
    subject: Subject

    @property
    def dial(self) -> str:
        """The name that opens a socket."""
        return "websockets_client_connect" if self.copy.is_async else "websockets_sync_client.connect"

    @property
    def head(self) -> str:
        """All that stands before the first class of the module."""
        source = self.copy.source
        first = next(each for each in source.tree.body if isinstance(each, ast.ClassDef))
        return source.text.encode()[: source.lines(first)[0]].decode()

    @property
    def module(self) -> str:
        """The module, as it is imported."""
        path = self.copy.source.path.removesuffix(".py")
        return path.removeprefix(f"{self.subject.folder}/").replace("/", ".")

    @property
    def ups(self) -> str:
        """What leads to the package in a relative import."""
        return "." * (self.module.count("."))


def structural(subject: Subject, copy: Copy, generated: Path) -> Iterator[Mutant]:
    """Yield the structural mutants of one copy."""
    patched = _Form(copy, copy.source.block(copy.method), "patched", subject)
    for form in (patched, patched._replace(text=_generated(copy, generated), word="as generated")):
        yield from _dials(form)
        yield from _moved(form)
        yield from _added(form)


def _mutant(form: _Form, kind: str, text: str, before: str = "", **files: str) -> Mutant:
    """Replace the method by ``text``, and put ``before`` before the first class; ``files`` come beside."""
    source = form.copy.source
    start = len(form.head.encode())
    edits = [(start, start, f"{before}\n\n\n" if before else ""), (*source.lines(form.copy.method), text)]
    changed = {source.path: source.edited(edits), **{name.replace("__", "/"): new for name, new in files.items()}}
    return Mutant(f"structure: {kind}, {form.word}", form.copy.name, changed)


def _dials(form: _Form) -> Iterator[Mutant]:
    """Yield other ways to name what opens a socket."""
    dial = form.dial
    if form.copy.is_async:
        place = '__import__("websockets.legacy.client", fromlist=["connect"])'
    else:
        place = "websockets_sync_client"
    ways = {
        "getattr": (f'getattr({place}, "connect")', ""),
        "getattr of a joined name": (f'getattr({place}, "con" + "nect")', ""),
        "partial": ("_dial", f"import functools\n\n_dial = functools.partial({dial})"),
        "dict": ('_DIALS["it"]', f'_DIALS = {{"it": {dial}}}'),
        "lambda": ("_dial", f"_dial = lambda *a, **k: {dial}(*a, **k)"),
        "alias": ("_dial", f"_dial = {dial}"),
        "function": ("_dial", f"def _dial(url, **kw):\n    return {dial}(url, **kw)"),
        "static method": ("_Dialer.dial", f"class _Dialer:\n    dial = staticmethod({dial})"),
        "object that is called": (
            "_Dialer()",
            f"class _Dialer:\n    def __call__(self, url, **kw):\n        return {dial}(url, **kw)",
        ),
        "object with a method": (
            "_Dialer().dial",
            f"class _Dialer:\n    def dial(self, url, **kw):\n        return {dial}(url, **kw)",
        ),
        "vars": (f'vars({place})["connect"]', ""),
        "import of a name": (
            '__import__("importlib").import_module('
            + ('"websockets.legacy.client")' if form.copy.is_async else '"websockets.sync.client")')
            + ".connect",
            "",
        ),
    }
    if form.copy.is_async:
        ways["subclass of connect"] = ("_Dial", f"class _Dial({dial}):\n    pass")
    for kind, (name, before) in ways.items():
        yield _mutant(form, kind, form.text.replace(f"{dial}(", f"{name}("), before)
    yield from _dials_of_core(form)


def _dials_of_core(form: _Form) -> Iterator[Mutant]:
    package = f"{form.subject.folder}/{form.subject.package}".removeprefix("./")
    dial = form.dial
    imports = (
        "import websockets.sync.client as websockets_sync_client\n"
        "try:\n    from websockets.legacy.client import connect as websockets_client_connect  # type: ignore\n"
        "except ImportError:\n    from websockets import connect as websockets_client_connect  # type: ignore\n"
    )
    ways = {
        "opened(url, **kw) in core": ("opened", f"\n\ndef opened(url, **kw):\n    return {dial}(url, **kw)\n"),
        "alias in core": ("opened", f"\nopened = {dial}\n"),
        "context manager in core": ("opened", _wrapping(form)),
    }
    for kind, (name, code) in ways.items():
        text = form.text.replace(f"{dial}(", f"{name}(")
        before = f"from {form.ups}core.opened import {name}"
        mutant = _mutant(form, kind, text, before)
        yield mutant._replace(files={**mutant.files, f"{package}/core/opened.py": imports + code})
    if form.copy.is_async and "except ImportError" in form.head:
        source = form.copy.source
        moved = re.sub(
            r"try:\n    from websockets\.legacy.*\nexcept ImportError:\n    from websockets import .*\n",
            f"from {form.ups}core.websocket import websockets_client_connect\n",
            source.edited([(*source.lines(form.copy.method), form.text)]),
        )
        files = {source.path: moved, f"{package}/core/websocket.py": imports}
        yield Mutant(f"structure: connect imported from core, {form.word}", form.copy.name, files)


def _wrapping(form: _Form) -> str:
    word, kind = ("async ", "asynccontextmanager") if form.copy.is_async else ("", "contextmanager")
    return (
        f"import contextlib\n\n\n@contextlib.{kind}\n{word}def opened(url, **kw):\n"
        f"    {word}with {form.dial}(url, **kw) as protocol:\n        yield protocol\n"
    )


def _delegating(form: _Form, callee: str) -> str:
    """Return the method with its signature, which passes all on to ``callee``."""
    method = form.copy.method
    text = form.copy.source.block(method)
    head = text[: text.index('"""')] if '"""' in text else text[: text.index("        ws_url =")]
    passed = ", ".join(f"{each.arg}={each.arg}" for each in method.args.kwonlyargs)
    word = "async " if form.copy.is_async else ""
    return f"{head.rstrip()}\n        {word}with {callee}({passed}) as opened:\n            yield opened\n"


def _renamed(form: _Form, name: str) -> str:
    return form.text.replace(f"def {form.copy.method.name}(", f"def {name}(", 1)


def _dedented(text: str) -> str:
    return "".join(line[4:] if line.startswith("    ") else line for line in text.splitlines(keepends=True))


def _moved(form: _Form) -> Iterator[Mutant]:
    """Yield the method in another place, from where the client gets it."""
    copy, source, head = form.copy, form.copy.source, form.head
    name, folder = copy.owner.name, str(Path(copy.source.path).parent)
    yield _mutant(
        form, "method renamed, with a helper", _delegating(form, "self._open_it") + "\n" + _renamed(form, "_open_it")
    )
    function = _dedented(_renamed(form, "_open_it"))
    yield _mutant(
        form, "function of the module", _delegating(form, "_open_it").replace("_open_it(", "_open_it(self, "), function
    )
    helper = "class _Opener:\n    def __init__(self, given):\n        self.__dict__.update(vars(given))\n\n"
    helper += _renamed(form, "open")
    yield _mutant(form, "helper class", _delegating(form, "_Opener(self).open"), helper)
    mixin = f"class _Connects:\n{form.text}"
    derived = source.edited([(*source.lines(copy.method), "    pass\n" if len(copy.owner.body) == 1 else "")])
    derived = derived.replace(f"class {name}:", f"class {name}(_Connects):")
    label = f"structure: mixin in the module, {form.word}"
    yield Mutant(label, copy.name, {source.path: derived.replace(head, f"{head}{mixin}\n\n", 1)})
    elsewhere = derived.replace(head, f"{head}from .mixin import _Connects\n\n\n", 1)
    files = {source.path: elsewhere, f"{folder}/mixin.py": head + mixin}
    yield Mutant(f"structure: mixin in a module of its own, {form.word}", copy.name, files)
    wrapped = (
        "def _traced(function):\n    import functools\n\n    @functools.wraps(function)\n    def inner(*a, **k):\n"
    )
    wrapped += "        return function(*a, **k)\n\n    return inner"
    yield _mutant(form, "one more decorator", f"    @_traced\n{form.text}", wrapped)
    plain = source.edited([(*source.lines(copy.method), "")])
    assigned = f"{plain.rstrip()}\n\n\n{_dedented(_renamed(form, '_connect'))}\n\n{name}.connect = _connect\n"
    yield Mutant(f"structure: method assigned to the class, {form.word}", copy.name, {source.path: assigned})
    shadowing = f"{source.text.rstrip()}\n\n\nclass {name}({name}):  # type: ignore\n{form.text}"
    yield Mutant(f"structure: class shadowed by its subclass, {form.word}", copy.name, {source.path: shadowing})


def _added(form: _Form) -> Iterator[Mutant]:
    """Yield one more opening beside the patched one; the oracle is told how to open it."""
    copy, source, head = form.copy, form.copy.source, form.head
    name, folder = copy.owner.name, str(Path(copy.source.path).parent)
    package = form.module.rpartition(".")[0]
    made = "(client_wrapper=wrapper)"

    def added(kind: str, files: dict[str, str], expression: str) -> Mutant:
        return Mutant(f"added: {kind}, {form.word}", copy.name, files, ((expression, copy.is_async),))

    start, end = source.lines(copy.owner)
    whole = source.text.encode()[start:end].decode().replace(source.block(copy.method), form.text)
    legacy = head + whole.replace(f"class {name}", f"class Legacy{name}")
    path = f"{folder}/legacy.py"
    opener = f'module("{package}.legacy").Legacy{name}{made}.connect'
    yield added("class in a new module", {path: legacy}, opener)
    subclass = f"\n\n\nclass Legacy{name}({name}):\n{form.text}"
    text = {source.path: source.text.rstrip() + subclass}
    yield added("subclass with a connect of its own", text, f'module("{form.module}").Legacy{name}{made}.connect')
    imported = f"from .{Path(source.path).stem} import {name}\n"
    yield added("subclass in a new module", {path: head + imported + subclass}, opener)
    end = source.lines(copy.method)[1]
    second = {source.path: source.edited([(end, end, "\n" + _renamed(form, "connect_legacy"))])}
    yield added("second method", second, f'module("{form.module}").{name}{made}.connect_legacy')
    function = re.sub(
        r"self(\._raw_client)?\._client_wrapper", "client_wrapper", _dedented(_renamed(form, "connect_legacy"))
    )
    function = re.sub(r"def connect_legacy\(\s*self,", "def connect_legacy(client_wrapper,", function)
    text = {source.path: f"{source.text.rstrip()}\n\n\n{function}"}
    opener = f'__import__("functools").partial(module("{form.module}").connect_legacy, wrapper)'
    yield added("function", text, opener)
    text = {path: f"{head}{function}"}
    opener = f'__import__("functools").partial(module("{package}.legacy").connect_legacy, wrapper)'
    yield added("function in a new module", text, opener)


def everywhere(subject: Subject, patched: list[Copy], generated: Path) -> Iterator[Mutant]:
    """Yield what a regeneration does to all copies of a flavour at once: the opening moves to core."""
    package = f"{subject.folder}/{subject.package}".removeprefix("./")
    for is_async in (False, True):
        for word in ("patched", "as generated"):
            files: dict[str, str] = {}
            for path in sorted({each.source.path for each in patched}):
                mine = [each for each in patched if each.source.path == path and each.is_async == is_async]
                files |= {path: _with_core(_Form(mine[0], "", word, subject), mine, generated)} if mine else {}
            flavour, word_of = ("asynchronous", "legacy") if is_async else ("synchronous", "sync")
            files[f"{package}/core/opened.py"] = (
                f"import websockets.{word_of}.client\n\n\ndef opened(url, **kw):\n"
                f"    return websockets.{word_of}.client.connect(url, **kw)\n"
            )
            yield Mutant(f"structure: all {flavour} openings in core, {word}", "all copies", files)


def _with_core(form: _Form, mine: list[Copy], generated: Path) -> str:
    """Return a module whose methods of one flavour open by ``core/opened.py``."""
    source = form.copy.source
    start = len(form.head.encode())
    edits = [(start, start, f"from {form.ups}core.opened import opened\n\n\n")]
    for copy in mine:
        text = source.block(copy.method) if form.word == "patched" else _generated(copy, generated)
        edits.append((*source.lines(copy.method), text.replace(f"{form.dial}(", "opened(")))
    return source.edited(edits)


def _generated(copy: Copy, generated: Path) -> str:
    """Return the method as Fern wrote it."""
    source = Source(generated, copy.source.path)
    owners = (each for each in source.tree.body if isinstance(each, ast.ClassDef) and each.name == copy.owner.name)
    (plain,) = (
        each
        for owner in owners
        for each in owner.body
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and each.name == copy.method.name
    )
    return source.block(plain)
