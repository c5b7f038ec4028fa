"""Conditions, notes and the order of what a plan reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sdkpatch.model import Conflict, Expectation, Region, Revision
from sdkpatch.planning.plan import plan
from sdkpatch.tree import scan
from tests.command import report, sdkpatch, snapshot
from tests.operations.cases import patch_of
from tests.shapes import Shape, write_sdk

RECIPE = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
ARGUMENTS = {"take": {"key": {"header": "x-api-key"}}, "send": {"query": {"api_key": "$key"}}}
CONDITIONAL = """
id = "old"
title = "Only for old generators"
[when]
generator = "{specifier}"
[[step]]
op = "websocket.auth"
take = {{ key = {{ header = "x-api-key" }} }}
send = {{ query = {{ api_key = "$key" }} }}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_sdk(tmp_path / "sdk", "pkg", Shape())


@pytest.mark.parametrize(
    "version, specifier, applies",
    [
        ("4.51.1", ">=4.5", True),
        ("4.51.1", "<4.5", False),
        ("4.51.1-rc0", ">=4.5", True),
        ("not a version", "<1", True),
        (None, "<1", True),
    ],
)
def test_a_patch_for_other_generators_is_skipped_with_its_reason(
    tree: Path, version: str | None, specifier: str, applies: bool
) -> None:
    if version is not None:
        (tree / ".fern").mkdir()
        (tree / ".fern" / "metadata.json").write_text(json.dumps({"generatorVersion": version}))
    (tree.parent / "old.toml").write_text(CONDITIONAL.format(specifier=specifier))
    before = snapshot(tree)
    done = sdkpatch("apply", tree, "--patch", "./old.toml", cwd=tree.parent)
    assert done.returncode == 0
    assert (snapshot(tree) != before) is applies
    reason = f"old  skipped: the SDK was generated with {version}, the patch is for {specifier}"
    assert (reason in done.stdout) is not applies


def test_a_hand_written_socket_elsewhere_is_reported_and_left_alone(tree: Path) -> None:
    path = tree / "src" / "pkg" / "realtime.py"
    path.write_text("import websockets\n\n\nasync def talk(url):\n    return await websockets.connect(url)\n")
    before = path.read_bytes()
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 0
    note = "src/pkg/realtime.py:5  note: opens a WebSocket (line 5) outside the step's files: not generated, left alone"
    assert note in done.stdout.splitlines()
    assert path.read_bytes() == before


def test_a_connect_function_that_is_handed_on_is_pointed_out(tree: Path) -> None:
    (tree / "src" / "pkg" / "ws.py").write_text("from websockets.sync.client import connect as ws_connect\n")
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 0
    note = "imports ws_connect from websockets and opens no socket: calls in other files are not found"
    assert f"src/pkg/ws.py:1  note: {note}" in done.stdout.splitlines()


OPENED = """import websockets.sync.client


def opened(url, **arguments):
    return websockets.sync.client.connect(url, **arguments)
"""


@pytest.mark.parametrize(
    "path, elsewhere, imported",
    [
        ("core/opened.py", {}, "from ..core.opened import opened"),
        ("core/opened.py", {}, "from pkg.core.opened import opened"),
        ("core/opened.py", {}, "import pkg.core.opened"),
        ("core/opened.py", {}, "from ..core import opened"),
        ("core/opened.py", {"core/__init__.py": "from .opened import opened as o"}, "from ..core import o"),
        ("core/opened.py", {"core/__init__.py": '_dynamic_imports = {"o": ".opened"}'}, "from ..core import o"),
        ("core/opened.py", {"chat/helper.py": "from ..core.opened import opened"}, "from .helper import opened"),
        ("chat/mixin.py", {}, "def late():\n    from .mixin import opened"),
    ],
)
def test_a_socket_outside_the_files_that_a_client_uses_is_a_conflict(
    tree: Path, path: str, elsewhere: dict[str, str], imported: str
) -> None:
    package = tree / "src" / "pkg"
    (package / path).write_text(OPENED)
    for name, code in elsewhere.items():
        (package / name).write_text(code + "\n")
    client = package / "chat" / "client.py"
    client.write_text(client.read_text() + imported + "\n")
    before = snapshot(tree)
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 4
    line = len(client.read_text().splitlines())
    conflict = (
        f"src/pkg/{path}:5  (file)  conflict: opens a WebSocket (line 5) outside the step's files,"
        f" and src/pkg/chat/client.py:{line} uses it\n"
        f'  hint: say that its sockets stay as they are: leave = ["src/pkg/{path}"] below uses in sdkpatch.toml\n'
    )
    assert conflict in done.stdout
    assert snapshot(tree) == before


@pytest.mark.parametrize(
    "path, elsewhere, imported",
    [
        ("legacy.py", {}, "import json"),
        ("legacy.py", {"tools.py": "from .legacy import opened"}, "import json"),
        ("core/opened.py", {"core/__init__.py": "from .opened import opened\nother = 1"}, "from ..core import other"),
        ("core/opened.py", {}, "import typing\nif typing.TYPE_CHECKING:\n    from ..core.opened import opened"),
        ("core/opened.py", {}, "from opened import opened"),
    ],
)
def test_a_socket_that_no_client_uses_is_a_note(
    tree: Path, path: str, elsewhere: dict[str, str], imported: str
) -> None:
    package = tree / "src" / "pkg"
    (package / path).write_text(OPENED)
    for name, code in elsewhere.items():
        (package / name).write_text(code + "\n")
    client = package / "chat" / "client.py"
    client.write_text(client.read_text() + imported + "\n")
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 0, done.stdout
    assert f"src/pkg/{path}:5  note: opens a WebSocket (line 5) outside the step's files" in done.stdout


def test_that_no_client_uses_a_socket_is_remembered_until_a_module_changes(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tree / "src" / "pkg"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tree.parent / "cache"))
    (package / "core" / "opened.py").write_text(OPENED)
    (package / "core" / "helper.py").write_text("x = 1\n")
    first = sdkpatch("apply", tree, *RECIPE)
    second, again = sdkpatch("apply", tree, *RECIPE), sdkpatch("apply", tree, *RECIPE)
    assert (first.returncode, second.returncode) == (0, 0)
    assert "src/pkg/core/opened.py:5  note: opens a WebSocket (line 5)" in second.stdout
    assert again.stdout == second.stdout
    (package / "core" / "helper.py").write_text("from .opened import opened\n")
    client = package / "chat" / "client.py"
    client.write_text(client.read_text() + "from ..core.helper import opened\n")
    assert sdkpatch("apply", tree, *RECIPE).returncode == 4
    (package / "core" / "helper.py").write_text("x = 1\n")
    assert sdkpatch("apply", tree, *RECIPE).returncode == 0
    (package / "core" / "helper.py").write_text("from .opened import opened\n")
    assert sdkpatch("apply", tree, *RECIPE).returncode == 4


@pytest.mark.parametrize("place", ["project", "step"])
def test_a_patch_may_leave_sockets_as_they_are(tree: Path, place: str) -> None:
    package = tree / "src" / "pkg"
    (package / "core" / "opened.py").write_text(OPENED)
    client = package / "chat" / "client.py"
    client.write_text(client.read_text() + "from ..core.opened import opened\n")
    leave = 'leave = ["**/opened.py"]\n'
    patch = CONDITIONAL.format(specifier=">=1").replace('op = "websocket.auth"\n', 'op = "websocket.auth"\n' + leave)
    (tree / "left.toml").write_text(patch)
    uses = '"./left.toml"\n' if place == "step" else f'"websocket-auth-query"\n{leave}'
    (tree / "sdkpatch.toml").write_text(f'sdk = "."\n[[patch]]\nuses = {uses}')
    done = sdkpatch("apply", tree)
    assert done.returncode == 0, done.stdout
    assert "src/pkg/core/opened.py:5  note: opens a WebSocket" in done.stdout


def test_a_step_that_covers_every_file_hides_no_socket_from_others(tree: Path) -> None:
    (tree / "src/pkg/realtime.py").write_text(OPENED)
    other = 'id = "o"\ntitle = "t"\n[[step]]\nop = "rewrite"\nfiles = ["**/*.py"]\nexpect = { sites = "any" }\n'
    (tree / "other.toml").write_text(other + 'match = "never(1)"\nreplace = "never(2)"\n')
    done = sdkpatch("apply", tree, *RECIPE, "--patch", "./other.toml", cwd=tree)
    assert "src/pkg/realtime.py:5  note: opens a WebSocket" in done.stdout


@pytest.mark.parametrize(
    "value, scheme",
    [
        ('f"Bearer {self._token()}"', "Bearer"),
        ('"Token " + self._token()', "Token"),
        ('"Key %s" % self._token()', "Key"),
        ('"Api-Key {}".format(self._token())', "Api-Key"),
        ('" ".join(["Bearer", self._token()])', "Bearer"),
        ('self._token() if self.raw else f"Bearer {self._token()}"', "Bearer"),
    ],
)
def test_a_scheme_that_the_wrapper_writes_has_to_be_named(tree: Path, value: str, scheme: str) -> None:
    wrapper = tree / "src/pkg/core/client_wrapper.py"
    method = f'class W:\n    def get_headers(self):\n        return {{"Authorization": {value}}}\n'
    wrapper.write_text(wrapper.read_text() + method)
    recipe = ("--patch", "websocket-auth-query", "--set", "header=authorization")
    before = snapshot(tree)
    done = sdkpatch("apply", tree, *recipe)
    assert done.returncode == 3
    assert f'the SDK sends the header authorization as "{scheme} KEY"' in done.stderr
    assert f"--set scheme={scheme}" in done.stderr
    assert snapshot(tree) == before
    assert sdkpatch("apply", tree, *recipe, "--set", "scheme=Other").returncode == 3
    assert sdkpatch("apply", tree, *recipe, "--set", f"scheme={scheme}").returncode == 0


def test_a_scheme_is_missed_where_the_recipe_is_used(tree: Path) -> None:
    wrapper = tree / "src/pkg/core/client_wrapper.py"
    wrapper.write_text(wrapper.read_text() + 'headers["Authorization"] = f"Bearer {token}"\n')
    used = '[[patch]]\nuses = "websocket-auth-query"\nwith = { header = "Authorization" }\n'
    (tree / "sdkpatch.toml").write_text(f'sdk = "."\n\n{used}')
    done = sdkpatch("apply", cwd=tree)
    assert done.returncode == 3
    assert "sdkpatch.toml:4: step[0].take.key.scheme: " in done.stderr


@pytest.mark.parametrize("value", ["self._token()", 'f"{self.kind} {self._token()}"', 'f"Bearer{self._token()}"'])
def test_a_value_without_a_written_scheme_needs_none(tree: Path, value: str) -> None:
    wrapper = tree / "src/pkg/core/client_wrapper.py"
    wrapper.write_text(wrapper.read_text() + f'headers["Authorization"] = {value}\n')
    assert sdkpatch("apply", tree, "--patch", "websocket-auth-query", "--set", "header=Authorization").returncode == 0


def test_a_header_that_is_sent_on_whole_keeps_its_scheme(tree: Path) -> None:
    wrapper = tree / "src/pkg/core/client_wrapper.py"
    wrapper.write_text(wrapper.read_text() + 'headers["Authorization"] = f"Bearer {token}"\n')
    recipe = ("--patch", "websocket-auth-header", "--set", "header=Authorization", "--set", "to=X-Auth")
    assert sdkpatch("apply", tree, *recipe, "--set", "value=$key").returncode == 0
    assert sdkpatch("apply", tree, *recipe, "--set", "value=Token $key").returncode == 3


def test_a_file_elsewhere_that_does_not_parse_is_reported_too(tree: Path) -> None:
    (tree / "src" / "pkg" / "realtime.py").write_text("import websockets\nwebsockets.connect(\n")
    done = sdkpatch("apply", tree, *RECIPE)
    assert done.returncode == 0
    assert "src/pkg/realtime.py:1  note: outside the step's files and not looked into: the file does" in done.stdout


def test_files_of_a_virtual_environment_in_the_tree_are_not_the_sdks(tree: Path) -> None:
    inside = write_sdk(tree / "env" / "lib", "other", Shape())
    (tree / "env" / "pyvenv.cfg").write_text("")
    before = snapshot(inside)
    document = report(tree, *RECIPE)
    assert {site["path"] for site in document["sites"]} == {"src/pkg/chat/client.py", "src/pkg/chat/raw_client.py"}
    assert snapshot(inside) == before


def test_what_a_patched_handshake_holds_is_judged_where_it_is_planned(tree: Path) -> None:
    planned = plan(scan(tree), [patch_of("websocket.auth", ARGUMENTS)])
    told = {change.path: change.judged for change in planned.changes if change.path.endswith("client.py")}
    assert sorted(path.rpartition("/")[2] for path in told) == ["client.py", "raw_client.py"]
    for path, judged in told.items():
        assert judged is not None and list(judged.sites.values()) == [2], path


def test_a_mixture_of_shapes_is_judged_site_by_site(tree: Path) -> None:
    """Frozen files keep an old shape beside new siblings."""
    from tests.shapes import module

    (tree / "src/pkg/chat/raw_client.py").write_text(module(Shape(query=1, errors="old"), raw=True))
    document = report(tree, *RECIPE)
    assert [site["outcome"] for site in document["sites"]] == ["applied"] * 4


def test_order_of_independent_steps_does_not_matter(tree: Path, tmp_path: Path) -> None:
    wrapper = tree / "src/pkg/core/client_wrapper.py"
    wrapper.write_text(wrapper.read_text() + '\nOTHERS = {"x-org": "", "x-zone": ""}\n')
    uses = []
    for header, headers in (("x-api-key", "keep"), ("x-org", "drop"), ("x-zone", "keep")):
        values = f'header = "{header}", query = "{header[2:]}", headers = "{headers}"'
        uses.append(f'[[patch]]\nuses = "websocket-auth-query"\nwith = {{ {values} }}\n')
    import itertools
    import shutil

    results = set()
    for number, order in enumerate(itertools.permutations(uses)):
        copy = Path(shutil.copytree(tree, tmp_path / f"copy{number}"))
        (copy / "sdkpatch.toml").write_text('sdk = "."\n' + "".join(order))
        done = sdkpatch("apply", copy)
        assert done.returncode == 0, done.stdout
        again = sdkpatch("apply", copy)
        assert "0 to apply, 12 satisfied" in again.stdout
        results.add((copy / "src/pkg/chat/client.py").read_bytes())
    assert len(results) == 1


def test_two_runs_report_the_same_bytes(tree: Path) -> None:
    first = sdkpatch("apply", tree, *RECIPE, "--diff", "--format", "json", "--jobs", "1")
    second = sdkpatch("apply", tree, *RECIPE, "--diff", "--format", "json", "--jobs", "2")
    assert first.stdout == second.stdout
    assert first.returncode == second.returncode == 1


def test_a_file_that_vanishes_while_it_is_planned_is_a_conflict(tree: Path) -> None:
    listed = scan(tree)
    (tree / "src/pkg/chat/client.py").unlink()
    planned = plan(listed, [patch_of("websocket.auth", ARGUMENTS)])
    (conflict,) = planned.conflicts
    assert conflict.site.path == "src/pkg/chat/client.py"
    assert conflict.outcome == Conflict(reason="cannot be read: No such file or directory")


def test_a_step_may_allow_a_header_that_only_callers_set(tree: Path) -> None:
    arguments = {**ARGUMENTS, "take": {"key": {"header": "X-Only-Callers"}}}
    assert plan(scan(tree), [patch_of("websocket.auth", arguments)]).conflicts
    assert not plan(scan(tree), [patch_of("websocket.auth", arguments, credential=False)]).conflicts


@pytest.mark.parametrize("relation, count, met", [("=", 4, True), ("=", 3, False), (">=", 4, True), ("<=", 3, False)])
def test_expected_counts(tree: Path, relation: str, count: int, met: bool) -> None:
    patch = patch_of("websocket.auth", ARGUMENTS, relation=relation, sites=count)
    assert (not plan(scan(tree), [patch]).conflicts) is met
    assert str(Expectation(relation=relation, sites=count)) == f"{relation}{count}"


def test_a_line_of_the_new_text_is_found_in_the_old_one() -> None:
    revision = Revision(
        before=b"1\n2\n3\n4\n",
        after=b"1\na\nb\n2\n4\n",
        regions=(Region(start=2, stop=2, length=2), Region(start=3, stop=4, length=0)),
    )
    assert revision.stray_line is None
    assert [revision.line_before(line) for line in (1, 2, 3, 4, 5)] == [1, 2, 2, 2, 4]


@pytest.mark.parametrize("after", [b"1\na\nb\n2\n3\n", b"1\na\nb\n2\n4\n5\n", b"0\na\nb\n2\n4\n"])
def test_a_change_outside_the_regions_shows(after: bytes) -> None:
    regions = (Region(start=2, stop=2, length=2), Region(start=3, stop=4, length=0))
    assert Revision(before=b"1\n2\n3\n4\n", after=after, regions=regions).stray_line is not None


@pytest.mark.parametrize(
    "files, expect, reasons",
    [
        (["pkg/a.py", "pkg/gone.py"], {"relation": ">=", "sites": 1}, ["files names pkg/gone.py, which is not there"]),
        (["pkg/a.py", "pkg/gone.py"], {"relation": "any"}, []),
        (["pkg/a.py", "**/gone.py"], {"relation": ">=", "sites": 1}, []),
        (["pkg/a.py", "pkg/b.py"], {"relation": ">=", "sites": 1}, []),
    ],
)
def test_each_of_several_plain_paths_has_to_be_there(
    files: list[str], expect: dict[str, Any], reasons: list[str], tmp_path: Path
) -> None:
    (tmp_path / "pkg").mkdir()
    for name in ("__init__", "a", "b"):
        (tmp_path / "pkg" / f"{name}.py").write_text("x = 1\n")
    patch = patch_of("rewrite", {"match": "x = 1", "replace": "x = 2", "files": files}, **expect)
    planned = plan(scan(tmp_path), [patch])
    assert [each.outcome.reason for each in planned.conflicts if isinstance(each.outcome, Conflict)] == reasons
