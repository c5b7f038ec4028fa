"""Compare with freshly generated code: a patch that finds all its sites done there is not needed any more."""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import UsageError
from ..fern.sdk_package import chosen
from ..model import Note, Patch, Plan, Satisfied
from ..planning.plan import plan
from ..tree import scan
from ..writing import git


def obsolete(root: Path, patches: Sequence[Patch], pristine: str, package: str = "") -> tuple[Note, ...]:
    """Return a note for every patch, or step, that has nothing to do in freshly generated code.

    ``pristine`` is a directory, or a revision of the git repository that the tree at ``root`` is in.
    ``package`` is the SDK's package as sdkpatch.toml names it. Raises UsageError
    when it is neither, TreeError when it cannot be read.
    """
    with generated(root, pristine) as fresh:
        planned = plan(chosen(scan(fresh), package), patches)
    return tuple(note for patch in patches for note in _notes(patch, planned))


def _notes(patch: Patch, planned: Plan) -> Iterator[Note]:
    reason = "every site is already satisfied in freshly generated code"
    needless = [
        number
        for number, _ in enumerate(patch.steps, 1)
        if (results := [each for each in planned.results if (each.patch, each.step) == (patch.id, number)])
        and all(isinstance(each.outcome, Satisfied) for each in results)
    ]
    if len(needless) == len(patch.steps):
        yield Note(path=patch.origin, line=1, text=f"{reason}: this patch can be deleted")
        return
    for number in needless:
        yield Note(path=patch.origin, line=patch.steps[number - 1].line, text=f"{reason}: this step can be deleted")


@contextmanager
def generated(root: Path, pristine: str, option: str = "--pristine") -> Iterator[Path]:
    """Give the folder that holds the freshly generated code: ``pristine``, or that revision of the tree at ``root``.

    Raises UsageError, which names the ``option``, when it is neither a directory nor a revision.
    """
    if Path(pristine).is_dir():
        yield Path(pristine)
        return
    if pristine.startswith("-"):
        raise UsageError(option, found=f'"{pristine}"', expected="a directory, or a revision")
    with tempfile.TemporaryDirectory(prefix="sdkpatch-") as folder:
        # In a folder below the repository's root, git archives that folder only, and below its own name.
        try:
            done = git.run(root, "archive", "--format=tar", pristine)
        except OSError:
            done = None
        if done is None or done.returncode:
            reason = done.stderr.decode("utf-8", "replace").strip().split("\n")[0] if done else "git is not installed"
            expected = "a directory, or a revision of the repository that the tree is in"
            raise UsageError(option, found=f'"{pristine}" ({reason})', expected=expected)
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            if hasattr(tarfile, "data_filter"):
                archive.extractall(folder, filter="data")
            else:  # Python 3.10 before 3.10.12; what git packed is the repository's own
                archive.extractall(folder)
        yield Path(folder)
