"""A hostile patch: it reads and writes nothing outside of the tree, and takes no time and no memory without bound."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import process, snapshot
from tests.shapes import Shape, write_sdk

HEAD = 'id = "evil"\ntitle = "x"\n'
CLIENT = "src/pkg/chat/client.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_sdk(tmp_path / "box" / "sdk", "pkg", Shape())


def patch(tree: Path, text: str) -> Path:
    folder = tree.parent / "patches"
    folder.mkdir(exist_ok=True)
    (folder / "evil.toml").write_text(HEAD + text)
    return folder / "evil.toml"


def step(operation: str, **values: object) -> str:
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(["[[step]]", f'op = "{operation}"', *lines, ""])


PATHS = [
    "../outside.py",
    "src/../../outside.py",
    "/tmp/outside.py",
    "\\\\server\\share\\x.py",
    "..\\outside.py",
    "C:outside.py",
    "C:/outside.py",
    "src//x.py",
    "./x.py",
    "src/./x.py",
    "",
    "~/x.py:stream",
    "CON",
    "src/nul.py",
    "src/com1.tar.gz",
    "src/COM¹.py",
    "src/conin$",
    "src/aux .py",
    "x.py.",
    "x.py ",
    ".git/config",
    ".GIT/hooks/pre-commit",
    "src/.git/config",
    "GIT~1/config",
    "a\nb.py",
    "a\x00b.py",
    "a\u202eb.py",
    "x" * 300 + ".py",
    "a/" * 800 + "x.py",
]


@pytest.mark.parametrize("path", PATHS, ids=[repr(path)[:40] for path in PATHS])
@pytest.mark.parametrize("operation", ["file.add", "file.remove", "fernignore.protect"])
def test_no_path_leads_out_of_the_tree(operation: str, path: str, tree: Path) -> None:
    values: dict[str, dict[str, object]] = {
        "file.add": {"path": path, "content": "x"},
        "file.remove": {"path": path},
        "fernignore.protect": {"paths": [path], "reason": "x"},
    }
    before = snapshot(tree.parent)
    done = process("apply", tree, "--patch", patch(tree, step(operation, **values[operation])))
    after = snapshot(tree.parent)
    del after["patches/evil.toml"]
    if operation == "fernignore.protect":  # a line of text, whatever stands in it
        assert done.returncode in (0, 3), done.stdout + done.stderr
        after.pop("sdk/.fernignore", None)
    else:
        assert done.returncode in ((3,) if operation == "file.add" else (3, 4)), done.stdout + done.stderr
    assert after == before


@pytest.mark.parametrize("glob", ["../**", "/etc/**", "**/../../**", "C:/**", "..\\**", "a" * 501])
def test_no_glob_leads_out_of_the_tree(glob: str, tree: Path) -> None:
    step = f'[[step]]\nop = "text.replace"\nfiles = [\'{glob}\']\nfind = "root"\nreplace = "x"\n'
    assert process("apply", tree, "--patch", patch(tree, step)).returncode == 3


def test_a_name_that_differs_in_case_is_the_same_file_somewhere(tree: Path) -> None:
    text = step("file.add", path="src/pkg/chat/CLIENT.py", content="x")
    done = process("apply", tree, "--patch", patch(tree, text))
    assert done.returncode == 4
    assert "the tree spells it src/pkg/chat/client.py" in done.stdout


def test_no_file_is_written_through_a_link(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tree / "src/pkg/out").symlink_to(tmp_path / "outside")
    (tree / "src/pkg/x.py").symlink_to(tmp_path / "outside" / "x.py")
    for path in ("src/pkg/out/x.py", "src/pkg/x.py"):
        text = step("file.add", path=path, content="x")
        assert process("apply", tree, "--patch", patch(tree, text)).returncode == 4
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("template", ["../secret", "/etc/passwd", "link", "folder", "..\\secret"])
def test_no_template_is_read_from_elsewhere(template: str, tree: Path, tmp_path: Path) -> None:
    secret = tmp_path / "box" / "secret"
    secret.write_text("sesame-open")
    step = f'[[step]]\nop = "file.add"\npath = "x.py"\ntemplate = \'{template}\'\n'
    file = patch(tree, step)
    (file.parent / "link").symlink_to(secret)
    (file.parent / "folder").mkdir()
    done = process("apply", tree, "--patch", file)
    assert done.returncode == 3
    assert "sesame-open" not in done.stdout + done.stderr
    assert not (tree / "x.py").exists()


@pytest.mark.parametrize(
    "uses", ["../evil.toml", "/etc/passwd", "a/../../evil.toml", "C:\\\\evil.toml", "..\\\\evil.toml"]
)
def test_a_project_names_no_patch_from_elsewhere(uses: str, tree: Path) -> None:
    (tree / "sdkpatch.toml").write_text(f'[[patch]]\nuses = "{uses}"\n')
    done = process("apply", tree)
    assert done.returncode == 3
    assert "a patch file stands below the project file" in done.stderr


PARAMETER = '[parameters]\na = { default = "x" }\n'
LOOP = "{{ a }}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}"
GROWTH = "{{ a " + "| replace('x', a * 99) " * 3 + "}}{{ 'a' * 10 ** 10 }}"
RUNS = "($$$A, $$$B, $$$C, $$$D, $$$E, $$$F, z)"
NESTED = "^.(((((ab|a)*c|a)*d|ab)*e|aa)*f|a)*g"
SLOW = {
    "expression over lines": step("text.replace", files=["**/*.txt"], line=NESTED, replace="b"),
    "expression of an anchor": step("text.insert", files=["**/*.txt"], text="b", before=NESTED),
    "expression of a metavariable": (
        step("rewrite", match="x = $A", replace="y = $A") + f'where.A = {{ regex = "{NESTED}" }}\n'
    ),
    "glob": step("rewrite", files=["**/*a*a" * 20], match="f($A)", replace="g($A)"),
    "selector": step("docstring.set", target="*a" * 30 + "b", text="x"),
    "braces": step("docstring.set", target="{a,b}" * 60, text="x"),
    "runs": step("rewrite", match="f" + RUNS, replace="g" + RUNS),
    "template that loops": PARAMETER + step("file.add", path="x.py", content=LOOP),
    "template that grows": PARAMETER + step("file.add", path="x.py", content=GROWTH),
    "deep table": "x = " + "[" * 100_000 + "]" * 100_000 + "\n",
    "deep key": "[a" + ".b" * 50_000 + "]\n",
    "long number": f"x = {'9' * 100_000}\n",
    "long count": step("delete", match="f()") + 'expect = { sites = "=' + "9" * 5000 + '" }\n',
    "long unknown key": "x" * 1_000_000 + " = 1\n",
    "blank lines": "\n" * 500_000 + "x = 1\n",
    "deep pattern": step("delete", match="(" * 5000 + "a" + ")" * 5000),
    "deeper pattern": step("delete", match="not " * 2500 + "a"),
    "wide pattern": step("delete", match=" or ".join(["a"] * 30_000)),
    "deep code": step("rewrite", match="x = $A", replace="x = " + "not " * 2500 + "$A"),
    "long version": '[when]\ngenerator = ">=' + "1." * 20_000 + '1"\n' + step("delete", match="f()"),
    "two thousand steps": "".join(step("text.replace", files=[f"x{at}"], find="a", replace="b") for at in range(2000)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_no_patch_takes_long_or_much(name: str, tree: Path) -> None:
    """Two gigabytes of memory, and seconds; a documented answer, and nothing written."""
    (tree / "a.txt").write_text("a" * 5000 + "!\n")
    more = 'x = "' + "a" * 5000 + '!"\nf(' + ", ".join(f"a{at}" for at in range(40)) + ")\n"
    (tree / "src/pkg/more.py").write_text(more + f"class {'a' * 200}:\n    def {'a' * 200}c(self): pass\n")
    file = patch(tree, SLOW[name])
    before = snapshot(tree)
    limit = 2 << 30
    done = subprocess.run(
        [sys.executable, "-m", "sdkpatch", "apply", str(tree), "--patch", str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        check=False,
    )
    assert done.returncode in (3, 4), done.stdout[-500:] + done.stderr[-500:]
    assert len(done.stdout + done.stderr) < 1_000_000
    assert snapshot(tree) == before


@pytest.mark.parametrize(
    "name, where",
    [
        ("expression over lines", "a.txt:1  (file)"),
        ("expression of an anchor", "a.txt:1  (file)"),
        ("expression of a metavariable", "src/pkg/more.py:1  (file)"),
    ],
)
def test_what_is_too_slow_is_a_conflict_with_its_file(name: str, where: str, tree: Path) -> None:
    (tree / "a.txt").write_text("a" * 5000 + "!\n")
    (tree / "src/pkg/more.py").write_text('x = "' + "a" * 5000 + '!"\n')
    done = process("apply", tree, "--patch", patch(tree, SLOW[name]))
    assert done.stdout.splitlines()[0] == (
        f"{where}  conflict: the regular expression takes more than 2,000,000 steps in this file"
    )
    assert done.returncode == 4


def test_a_secret_in_the_environment_stays_there(tree: Path) -> None:
    environment = {**os.environ, "MY_SECRET": "sesame-open"}
    file = patch(tree, PARAMETER + step("file.add", path="x.py", content="{{ a }}{{ environ }}"))
    command = [sys.executable, "-m", "sdkpatch", "apply", str(tree), "--patch", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 3
    assert "sesame-open" not in done.stdout + done.stderr
