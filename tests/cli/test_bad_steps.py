"""Mistakes in the steps of a patch, and steps that do not fit the tree: all said before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdkpatch.errors import ExitCode
from tests.command import sdkpatch, snapshot

HEAD = 'id = "x"\ntitle = "x"\n\n[[step]]\n'

_TAKE = 'op = "websocket.auth"\ntake = { key = { env = "K" } }\n'
HANDSHAKE_MISTAKES = [
    (
        'op = "websocket.auth"\ntake = { key = {} }\nsend = { text = "$key" }',
        "step[0].take.key: found no place to take it from, expected parameter, header, attribute, env or literal",
    ),
    (
        'op = "websocket.auth"\ntake = { key = { parameter = "k", annotation = "str[" } }\nsend = { text = "$key" }',
        'step[0].take.key.annotation: found "str[", expected an annotation such as typing.Optional[str]',
    ),
    (
        _TAKE + 'send = { header = { A = "$key", B = "$kye" } }',
        'step[0].send.header.B: found "$kye", expected "$" and the name of a credential of take\n'
        '  hint: did you mean "key"?',
    ),
    (
        _TAKE + 'send = { header = { A = { basic = "$key" } } }',
        "step[0].send.header.A: found a table, expected a text, { json = … } or "
        '{ basic = { username = "$u", password = "$p" } }',
    ),
    (
        _TAKE + 'send = { text = "$key", message = { a = "$key" } }',
        "step[0].send: found message and text, expected one of the two: there is one first message",
    ),
    (
        _TAKE + 'send = { header = { A = "$key" }, reply = { success = "ok" } }',
        "step[0].send.reply: found reply without a first message, expected message or text",
    ),
    (
        _TAKE + 'send = { text = "$key", reply = { success = "ok", timeout = 0 } }',
        "step[0].send.reply.timeout: found 0 (integer), expected a number of seconds above 0",
    ),
    (
        'op = "websocket.connect"\narguments = { max_sise = 3 }',
        'step[0].arguments.max_sise: found the argument "max_sise", expected an argument of websockets\' connect\n'
        '  hint: did you mean "max_size"?',
    ),
    (
        'op = "websocket.connect"\narguments = { max_size = "big" }',
        'step[0].arguments.max_size: found "big", expected a number from 0, or "none"',
    ),
    (
        'op = "websocket.connect"\nretry = { on = ["ValueError"] }',
        'step[0].retry.on[0]: found "ValueError", expected OSError, ConnectionError, TimeoutError, a status such as '
        "503, or 5xx",
    ),
    (
        'op = "websocket.connect"\nretry = { backoff = [8, 1] }',
        "step[0].retry.backoff: found an array, expected two numbers of seconds such as [0.5, 8]",
    ),
    ('op = "websocket.query"\nfill = { a = 1 }', 'step[0].fill.a: found "a", expected {a} in path'),
    (
        'op = "http.headers"\nheaders = { A = { value = "uuid4", attribute = "a" } }',
        'step[0].headers.A.attribute: found "a", expected a name, with per = "client"',
    ),
]

MISTAKES = [
    *HANDSHAKE_MISTAKES,
    (
        'op = "rewrite"\nmatch = "f($X"\nreplace = "g($X)"',
        "step[0].match: found a change that cannot be made: it does not parse as Python: '(' was never closed "
        "(its line 1), expected Python with $NAMES",
    ),
    (
        'op = "rewrite"\nmatch = "f($X)"\nreplace = "g($Y)"',
        "step[0].match: found a change that cannot be made: $Y stands in the code after and not in the code before, "
        "expected Python with $NAMES",
    ),
    (
        'op = "rewrite"\nmatch = "f($_, a)"\nreplace = "g(a, $_)"',
        "step[0].match: found a change that cannot be made: $_ or $$$ stands in the code after: give it a name, in "
        "both, expected Python with $NAMES",
    ),
    (
        'op = "rewrite"\nmatch = "a()"\nreplace = "if a():"',
        "step[0].match: found a change that cannot be made: a header alone stands in the code after, and not in the "
        "code before, expected Python with $NAMES",
    ),
    (
        'op = "rewrite"\nmatch = "$X"\nreplace = "f($X)"',
        "step[0].match: found a change that cannot be made: it matches everything, expected Python with $NAMES",
    ),
    (
        'op = "rewrite"\nmatch = "f($X)"\nreplace = "$X"',
        "step[0].match: found a change that cannot be made: the code after is nothing but a metavariable, so code that "
        "is already so cannot be told; give context, expected Python with $NAMES",
    ),
    (
        'op = "rewrite"\nchange = """\n- def f():\n-     $$$BODY\n+ def f():\n+     pass\n"""',
        "step[0].change: found a change that removes code it does not show, expected was beside it\n"
        "  hint: put the removed code into was",
    ),
    (
        'op = "rewrite"\nchange = "x"\nmatch = "x"',
        "step[0]: found change and match, expected either change, or match and replace",
    ),
    (
        'op = "rewrite"\nmatch = "f($X)"\nreplace = "g($X)"\nwhere.Y = { regex = "a" }',
        "step[0].where.Y: found the unknown metavariable $Y, expected one of the pattern\n  hint: known: X",
    ),
    (
        'op = "rewrite"\nmatch = "f($X)"\nreplace = "g($X)"\nwhere.X = { regex = "(" }',
        'step[0].where.X.regex: found "(", expected a regular expression\n'
        "  hint: it is no regular expression: missing ), unterminated subpattern at position 0",
    ),
    (
        'op = "rewrite"\nmatch = "f($X)"\nreplace = "g($X)"\nwithin = "a b"',
        'step[0].within: found "a b", expected a selector such as "*Client.connect"\n'
        '  hint: write a glob over names such as "*Client.connect", "Settings.agent" or "*Client.send(message)"',
    ),
    (
        'op = "insert"\ncode = "x = ("\nat = "first"\nwithin = "f"',
        "step[0].code: found code that does not parse: '(' was never closed (its line 1), expected statements",
    ),
    (
        'op = "delete"\nmatch = "log($X)"',
        "step[0]: found match alone, expected within or files beside it\n"
        "  hint: without a place that must exist, code that moved away looks like code that was removed",
    ),
    (
        'op = "parameter.add"\nfunction = "f"\nparameter = "a, b"',
        'step[0].parameter: found no parameter, expected one such as "debug: typing.Optional[bool] = None"',
    ),
    (
        'op = "import.set"\nimport = "from a import b, c"\nwas = "from d import b"',
        "step[0].was: found imports: 1, expected one for each of the 2 of import",
    ),
    (
        'op = "export.add"\nname = ["a", "b"]\nmodule = "c"\nas = "d"',
        'step[0].as: found "d", expected one name in name, which it stands for',
    ),
    (
        'op = "export.add"\nname = "a"\nmodule = "c.d"\nitself = true',
        "step[0].name: found a, expected the module's own name, d",
    ),
    (
        'op = "import.set"\nimport = "import b, c d"',
        'step[0].import: found "import b, c d", expected an import\n'
        '  hint: write one import such as "from ..core.api_error import ApiError"',
    ),
    (
        'op = "module.add"\ncode = "x = 1"',
        'step[0]: found no files, expected files, such as ["**/core/http_client.py"]',
    ),
    (
        'op = "file.add"\npath = "../x.py"\ncontent = "x"',
        'step[0].path: found "../x.py", expected a plain path below the tree\n  hint: it has an empty part, . or ..',
    ),
    (
        'op = "file.add"\npath = "con.py"\ncontent = "x"',
        'step[0].path: found "con.py", expected a plain path below the tree\n'
        "  hint: Windows cannot have a file of that name",
    ),
    (
        'op = "file.add"\npath = "x.py"\ntemplate = "missing.j2"',
        'step[0].template: found "missing.j2", expected a text file beside the patch\n'
        "  hint: it cannot be read: No such file or directory",
    ),
    (
        'op = "file.add"\npath = "x.py"\ntemplate = "../secret"',
        'step[0].template: found "../secret", expected a text file beside the patch\n'
        "  hint: it must stay in the folder of the patch",
    ),
    (
        'op = "file.add"\npath = "x.py"\ntemplate = "undefined.j2"',
        "step[0].template: found a template that fails: 'missing_name' is undefined, "
        "expected a template of declared parameters",
    ),
    (
        'op = "file.add"\npath = "x.py"\ntemplate = "escape.j2"',
        "step[0].template: found a template that fails: an attribute (line 1); a template fills in values, "
        "with filters and if, expected a template of declared parameters",
    ),
    (
        'op = "toml.set"\nkey = "a..b"\nvalue = 1',
        'step[0].key: found "a..b", expected a dotted key\n'
        '  hint: write a dotted key such as tool.poetry.version or tool.ruff."line-length"',
    ),
    (
        'op = "text.replace"\nfiles = ["README.md"]\nfind = "a"\nreplace = "a"',
        "step[0].replace: found the text that is there, expected another one",
    ),
    (
        'op = "text.insert"\nfiles = ["README.md"]\ntext = "a"\nbefore = "["',
        'step[0].before: found "[", expected a regular expression\n'
        "  hint: it is no regular expression: unterminated character set at position 0",
    ),
    (
        'op = "export.add"\nname = "A"\nmodule = "a/b"',
        'step[0].module: found "a/b", expected a module of the SDK\'s package, with dots\n'
        '  hint: such as "agent.v1.types.legacy", without the package itself',
    ),
    (
        'op = "literal.add"\ntarget = "Kind"\nvalue = true',
        "step[0].value: found true (boolean), expected a string or an integer",
    ),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "sdk"
    package = root / "src" / "pkg"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "client.py").write_text("class Client:\n    def get(self, a: int) -> int:\n        return f(a)\n")
    (root / "README.md").write_text("# Hello\n")
    (root / "logo.txt").write_bytes(b"PNG\x00\x01")
    (root / "pyproject.toml").write_text('[tool.poetry]\nversion = "1"\n')
    return root


@pytest.mark.parametrize(("step", "message"), MISTAKES, ids=[step.replace("\n", " ")[:60] for step, _ in MISTAKES])
def test_a_mistake_in_a_step_is_said_with_its_place(step: str, message: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not the patch's to read")
    folder = tmp_path / "patches"
    folder.mkdir()
    (folder / "undefined.j2").write_text("{{ missing_name }}\n")
    (folder / "escape.j2").write_text('{{ "".__class__ }}\n')
    (folder / "x.toml").write_text(HEAD + step + "\n")
    before = snapshot(tree)
    done = sdkpatch("apply", tree, "--patch", "x.toml", cwd=folder)
    key = message.split(":")[0]
    line = 5
    if "." in key:
        name = key.split(".")[1]
        line = next(at for at, text in enumerate((HEAD + step).split("\n"), 1) if text.startswith(name))
    else:
        line = 4
    assert done.stderr == f"error: x.toml:{line}: {message}\n"
    assert done.returncode == ExitCode.CONFIG
    assert snapshot(tree) == before


CONFLICTS = [
    (
        'op = "annotation.set"\ntarget = "Client.put(a)"\nannotation = "str"',
        "x.toml:4  annotation.set  conflict: expected >=1 site, found 0\n"
        "  hint: the generator renamed it? there is Client.get(a)\n",
    ),
    (
        'op = "annotation.set"\ntarget = ["Client.get(a)", "Client.gets(a)"]\nannotation = "str"',
        'x.toml:4  annotation.set  conflict: the selector "Client.gets(a)" names nothing\n'
        "  hint: the generator renamed it? there is Client.get(a)\n",
    ),
    (
        'op = "rewrite"\nmatch = "return f($X)"\nreplace = "break"',
        "src/pkg/client.py:3  Client.get  sync  conflict: the result of the steps does not compile: "
        "'break' outside loop\n",
    ),
    (
        'op = "rewrite"\nmatch = "f($X, deep=True)"\nreplace = "g($X, deep=True)"',
        "x.toml:4  rewrite  conflict: expected >=1 site, found 0\n  hint: no file holds deep\n",
    ),
    (
        'op = "rewrite"\nmatch = "f(f)"\nreplace = "f(f(f))"',
        "x.toml:4  rewrite  conflict: expected >=1 site, found 0\n"
        "  hint: src/pkg/client.py holds the names of the pattern, and other code: compare the two\n",
    ),
    (
        'op = "rewrite"\nfiles = ["**/other.py"]\nmatch = "f($X)"\nreplace = "g($X)"\nwithin = "Client"',
        "x.toml:4  rewrite  conflict: expected >=1 site, found 0\n  hint: files matches no file of the tree\n",
    ),
    (
        'op = "file.add"\npath = "README.md"\ncontent = "x"',
        "README.md:1  file  conflict: the file is there already, with other content\n"
        "  hint: the generator emits it now, or the patch changed: remove the file, or set replace = true\n",
    ),
    (
        'op = "toml.set"\nkey = "tool.poetry.version"\nvalue = 1',
        "pyproject.toml:2  tool.poetry.version  conflict: the key holds a string, the step sets an integer\n"
        "  hint: if that is meant, say in was what it is now\n",
    ),
    (
        'op = "text.replace"\nfiles = ["logo.txt"]\nfind = "PNG"\nreplace = "GIF"',
        "logo.txt:1  file  conflict: the file is binary\n",
    ),
    (
        'op = "function.replace_body"\nfunction = "Client.get"\nwas = "return f(1)"\nbody = "return 2"',
        "src/pkg/client.py:2  Client.get  sync  conflict: its body is neither the one the patch was written "
        "for nor the one it wants\n"
        "  | the generator made:\n  | --- the code when the patch was written\n  | +++ generated now\n"
        "  | @@ -1 +1 @@\n  | -return f(1)\n  | +return f(a)\n"
        "  | this step wants:\n  | --- the code when the patch was written\n  | +++ generated now\n"
        "  | @@ -1 +1 @@\n  | -return f(1)\n  | +return 2\n"
        "  hint: the generator changed it: bring body and was up to date\n",
    ),
]


@pytest.mark.parametrize(("step", "report"), CONFLICTS, ids=[step.replace("\n", " ")[:60] for step, _ in CONFLICTS])
def test_a_step_that_does_not_fit_the_tree_is_a_conflict(step: str, report: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(HEAD + step + "\n")
    before = snapshot(tree)
    done = sdkpatch("apply", tree, "--patch", "x.toml", "-q", cwd=tmp_path)
    assert report in done.stdout
    assert done.returncode == ExitCode.CONFLICT
    assert snapshot(tree) == before


def test_two_steps_that_want_one_place_differently_are_a_conflict(tree: Path, tmp_path: Path) -> None:
    first = 'op = "annotation.set"\ntarget = "Client.get(a)"\nannotation = "str"\n'
    second = '\n[[step]]\nop = "annotation.set"\ntarget = "Client.get(a)"\nannotation = "bytes"\n'
    (tmp_path / "x.toml").write_text(HEAD + first + second)
    before = snapshot(tree)
    done = sdkpatch("apply", tree, "--patch", "x.toml", "-q", cwd=tmp_path)
    assert (
        "conflict  [x step 1]: x step 2 (annotation.set) undoes what x step 1 (annotation.set) did\n"
        "  hint: the two want this place differently: remove one of them\n"
    ) in done.stdout
    assert done.returncode == ExitCode.CONFLICT
    assert snapshot(tree) == before


def test_a_file_that_one_step_adds_is_seen_by_the_others(tree: Path, tmp_path: Path) -> None:
    first = 'op = "file.add"\npath = "src/pkg/own.py"\ncontent = "def own() -> int:\\n    return 1\\n"\n'
    second = '\n[[step]]\nop = "annotation.set"\ntarget = "own(return)"\nannotation = "float"\n'
    (tmp_path / "x.toml").write_text(HEAD + first + second)
    done = sdkpatch("apply", tree, "--patch", "x.toml", cwd=tmp_path)
    assert done.returncode == ExitCode.CONFLICT  # the first step would find other content in a second run
    (tmp_path / "x.toml").write_text(HEAD + first + second.replace('"float"', '"int"'))
    done = sdkpatch("apply", tree, "--patch", "x.toml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert (tree / "src/pkg/own.py").read_text() == "def own() -> int:\n    return 1\n"
    assert sdkpatch("apply", tree, "--patch", "x.toml", "--check", cwd=tmp_path).returncode == ExitCode.OK


def test_a_twin_that_is_missing_is_a_conflict(tree: Path, tmp_path: Path) -> None:
    client = tree / "src/pkg/client.py"
    client.write_text(client.read_text() + "\n\nclass AsyncClient:\n    async def put(self) -> None: ...\n")
    step = 'op = "annotation.set"\ntarget = "*Client.get(a)"\nannotation = "str"\ntwins = true\n'
    (tmp_path / "x.toml").write_text(HEAD + step)
    done = sdkpatch("apply", tree, "--patch", "x.toml", "-q", cwd=tmp_path)
    assert (
        "src/pkg/client.py:2  Client.get(a)  sync  conflict: its twin AsyncClient.get(a) in src/pkg/client.py has no "
        "such site\n"
    ) in done.stdout
    assert done.returncode == ExitCode.CONFLICT
    client.write_text(client.read_text().replace("put(self)", "get(self, a: int)"))
    assert sdkpatch("apply", tree, "--patch", "x.toml", cwd=tmp_path).returncode == ExitCode.OK


def test_pristine_code_tells_which_patches_are_needless(tree: Path, tmp_path: Path) -> None:
    import subprocess

    fresh = tmp_path / "fresh"
    (fresh / "src" / "pkg").mkdir(parents=True)
    (fresh / "src/pkg/client.py").write_text("class Client:\n    def get(self, a: str) -> int: ...\n")
    (tmp_path / "x.toml").write_text(HEAD + 'op = "annotation.set"\ntarget = "Client.get(a)"\nannotation = "str"\n')
    note = "x.toml:1  note: every site is already satisfied in freshly generated code: this patch can be deleted\n"
    done = sdkpatch("apply", tree, "--patch", "x.toml", "--pristine", "fresh", cwd=tmp_path)
    assert note in done.stdout
    assert done.returncode == ExitCode.OK
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "generated"], check=True)
    done = sdkpatch("apply", tree, "--patch", "x.toml", "--pristine", "HEAD", cwd=tmp_path)
    assert note in done.stdout  # the commit holds the patched tree
    done = sdkpatch("apply", tree, "--patch", "x.toml", "--pristine", "--output=x", cwd=tmp_path)
    assert done.stderr == 'error: --pristine: found "--output=x", expected a directory, or a revision\n'
    done = sdkpatch("apply", tree, "--patch", "x.toml", "--pristine", "nothing", cwd=tmp_path)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.startswith('error: --pristine: found "nothing" (fatal: not a valid object name: nothing)')


def test_a_text_step_and_a_protecting_one_share_the_ignore_file(tree: Path, tmp_path: Path) -> None:
    (tree / ".fernignore").write_text("README.md\n")
    first = 'op = "fernignore.protect"\npaths = ["sdkpatch.toml"]\nreason = "ours"\n'
    second = '\n[[step]]\nop = "text.insert"\nfiles = [".fernignore"]\nat = "start"\ntext = "src/pkg/own.py"\n'
    (tmp_path / "x.toml").write_text(HEAD + first + second)
    done = sdkpatch("apply", tree, "--patch", "x.toml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert (tree / ".fernignore").read_text().startswith("src/pkg/own.py\nREADME.md\n\n# sdkpatch: begin")
    assert sdkpatch("apply", tree, "--patch", "x.toml", "--check", cwd=tmp_path).returncode == ExitCode.OK


@pytest.mark.parametrize(
    "path, reason",
    [
        ("node_modules/own.py", "sdkpatch ignores folders named node_modules, so it would not find the file again"),
        ("src/__pycache__/own.py", "sdkpatch ignores folders named __pycache__, so it would not find the file again"),
        (".venv/own.py", "sdkpatch ignores folders named .venv, so it would not find the file again"),
        (".TOX/own.py", "sdkpatch ignores folders named .tox, so it would not find the file again"),
        ("src/.git/own.py", "that folder is git's own"),
        ("src/pkg/pyvenv.cfg", "pyvenv.cfg makes its folder a virtual environment, and sdkpatch ignores those"),
        ("own.py.sdkpatch-new", "sdkpatch uses such names for its temporary files"),
        (".sdkpatch-journal", "sdkpatch uses such names for its temporary files"),
    ],
)
def test_a_file_that_would_not_be_found_again_is_refused(path: str, reason: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(f'{HEAD}op = "file.add"\npath = "{path}"\ncontent = ""\n')
    done = sdkpatch("apply", tree, "--patch", tmp_path / "x.toml")
    assert done.returncode == ExitCode.CONFIG
    assert reason in done.stderr


@pytest.mark.parametrize(
    "first, second, reason",
    [
        ("own", "own/a.py", "own/a.py:1  (file)  conflict  [x step 2]: own is a file, not a folder"),
        ("own.txt", "Own.txt", "own.txt:1  (file)  conflict  [x step 1]: another step of this run spells it Own.txt"),
        ("own/a.py", "OWN/b.py", "own/a.py:1  (file)  conflict  [x step 1]: another step of this run spells it OWN"),
    ],
)
def test_new_files_that_cannot_be_beside_one_another_are_a_conflict(
    first: str, second: str, reason: str, tree: Path, tmp_path: Path
) -> None:
    steps = [f'[[step]]\nop = "file.add"\npath = "{path}"\ncontent = "x = 1"\n' for path in (first, second)]
    (tmp_path / "x.toml").write_text('id = "x"\ntitle = "x"\n\n' + "\n".join(steps))
    done = sdkpatch("apply", tree, "--patch", tmp_path / "x.toml")
    assert done.returncode == ExitCode.CONFLICT
    assert reason in done.stdout


def test_a_file_in_a_virtual_environment_is_a_conflict(tree: Path, tmp_path: Path) -> None:
    (tree / "env").mkdir()
    (tree / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "x.toml").write_text(f'{HEAD}op = "file.add"\npath = "env/own.py"\ncontent = ""\n')
    done = sdkpatch("apply", tree, "--patch", tmp_path / "x.toml")
    assert done.returncode == ExitCode.CONFLICT
    assert "env is a virtual environment, which sdkpatch does not look into" in done.stdout


def test_a_folder_goes_with_what_the_next_generation_adds(tree: Path, tmp_path: Path) -> None:
    for name in ("__init__.py", "client.py", "types/__init__.py"):
        path = tree / "src" / "pkg" / "voices" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "x.toml").write_text(f'{HEAD}op = "file.remove"\npaths = ["src/pkg/voices"]\n')
    before = {path for path in snapshot(tree) if "voices" not in path}
    for new in ("types/new.py", "raw_client.py"):
        assert sdkpatch("apply", tree, "--patch", tmp_path / "x.toml").returncode == ExitCode.OK
        assert snapshot(tree).keys() == before
        assert not (tree / "src" / "pkg" / "voices").exists()
        assert sdkpatch("apply", tree, "--patch", tmp_path / "x.toml", "--check").returncode == ExitCode.OK
        (tree / "src" / "pkg" / "voices" / new).parent.mkdir(parents=True)
        (tree / "src" / "pkg" / "voices" / new).write_text("")


_ENCODED = {
    "latin": ("# coding: latin-1\nx = hello('\xe9')\n".encode("latin-1"), "to apply"),
    "windows": ("# -*- coding: cp1252 -*-\nx = hello('\x80')\n".encode("latin-1"), "to apply"),
    "utf_7": (b"# coding: utf-7\nx = +AGgAZQBsAGwAbw-(1)\n", "to apply"),
    "rot13": (b"# coding: rot13\nk = uryyb(1)\n", "conflict"),
    "utf_16": ("x = hello(1)\n".encode("utf-16"), "conflict"),
    "utf_16_without_a_mark": ("x = hello(1)\n".encode("utf-16-le"), "conflict"),
    "ebcdic": ("# coding: cp037\nx = hello(1)\n".encode("cp037"), "conflict"),
    "unknown": (b"# coding: nonsense\nx = hello(1)\n", "conflict"),
    "other": (b"# coding: latin-1\nx = goodbye('\xe9')\n", "nothing"),
}


@pytest.mark.parametrize("name", _ENCODED)
def test_a_file_in_another_encoding_is_searched_or_a_conflict(name: str, tmp_path: Path) -> None:
    code, word = _ENCODED[name]
    tree = tmp_path / "sdk"
    (tree / "pkg").mkdir(parents=True)
    (tree / "pkg" / "__init__.py").write_text("")
    (tree / "pkg" / "client.py").write_bytes(code)
    step = 'op = "rewrite"\nmatch = "hello($X)"\nreplace = "bye($X)"\nexpect = { sites = "any" }\n'
    (tmp_path / "x.toml").write_text(HEAD + step)
    done = sdkpatch("apply", tree, "--patch", tmp_path / "x.toml", "--check")
    expected = {"to apply": ExitCode.CHANGES_NEEDED, "conflict": ExitCode.CONFLICT, "nothing": ExitCode.OK}
    assert done.returncode == expected[word], done.stdout


@pytest.mark.parametrize("name", ["rot13", "utf_16"])
def test_text_in_another_encoding_is_a_conflict(name: str, tree: Path, tmp_path: Path) -> None:
    (tree / "notes.py").write_bytes(_ENCODED[name][0])
    step = 'op = "text.replace"\nfiles = ["notes.py"]\nfind = "hello"\nreplace = "bye"\ncount = "any"\n'
    (tmp_path / "x.toml").write_text(HEAD + step)
    assert sdkpatch("apply", tree, "--patch", tmp_path / "x.toml").returncode == ExitCode.CONFLICT
