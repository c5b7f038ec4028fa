"""``sdkpatch new``: for every operation a patch file that loads, and whose examples hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdkpatch.errors import ExitCode
from sdkpatch.operations import OPERATIONS
from sdkpatch.resources import book, recipes
from tests.command import sdkpatch

SHOWN = "".join(path.read_text() for path in (*book().values(), *recipes().values()))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_written_loads_and_its_examples_hold(operation: str, tmp_path: Path) -> None:
    done = sdkpatch("new", "my-patch", "--op", operation, cwd=tmp_path)
    if f'\nop = "{operation}"\n' not in SHOWN:
        assert done.returncode == ExitCode.USAGE
        assert done.stderr == f"error: {operation}: found no patch to copy that uses it, expected another operation\n"
        return
    assert done.returncode == ExitCode.OK, done.stderr
    assert done.stdout == (
        "patches/my-patch.toml was written; change it, then run:\n"
        f"  sdkpatch explain {operation}\n"
        "  sdkpatch test patches/my-patch.toml\n"
        "  sdkpatch apply --patch patches/my-patch.toml --diff\n"
    )
    text = (tmp_path / "patches" / "my-patch.toml").read_text()
    assert '\nid = "my-patch"\ntitle = "My patch"\n' in text
    tested = sdkpatch("test", cwd=tmp_path)
    assert "no example" not in tested.stdout
    assert tested.returncode == ExitCode.OK, tested.stdout + tested.stderr


def test_it_goes_beside_the_project_file_and_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "sdkpatch.toml").write_text('sdk = "."\n')
    (tmp_path / "deep").mkdir()
    done = sdkpatch("new", "one", "--title", 'Say "no"', cwd=tmp_path / "deep")
    assert done.returncode == ExitCode.OK
    written = tmp_path / "patches" / "one.toml"
    assert '\ntitle = "Say \\"no\\""\n' in written.read_text()
    again = sdkpatch("new", "one", cwd=tmp_path)
    assert again.returncode == ExitCode.USAGE
    assert again.stderr == "error: patches/one.toml: found a file that is there, expected a new name\n"


def test_an_editor_is_told_of_the_schema_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "patches").mkdir()
    (tmp_path / "patches" / "patch.schema.json").write_text(sdkpatch("schema", "patch").stdout)
    assert sdkpatch("new", "one", cwd=tmp_path).returncode == ExitCode.OK
    assert (tmp_path / "patches" / "one.toml").read_text().startswith("#:schema ./patch.schema.json\n# Copied from ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("Not An Id",),
            "Not An Id: found not an id, expected small letters, digits and hyphens, such as optional-message",
        ),
        (("../x",), "../x: found not an id, expected small letters, digits and hyphens, such as optional-message"),
        (
            ("one", "--op", "rewrit"),
            '--op: found the unknown operation "rewrit", expected an operation\n  hint: did you mean "rewrite"?',
        ),
    ],
)
def test_what_cannot_be_begun(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = sdkpatch("new", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (ExitCode.USAGE, f"error: {message}\n")
    assert list(tmp_path.iterdir()) == []
