"""A tree of many files in a git repository, in memory where there is such a folder, with its old and its new state."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sdkpatch.model import FileChange

Content = dict[str, tuple[bytes, int]]
MEMORY = Path("/dev/shm")


class Sandbox:
    """``count`` files are changed, some are removed and some added; every tenth is executable."""

    def __init__(self, root: Path, count: int) -> None:
        self.root = root
        self.old = {f"pkg/f{at % 20}/m{at}.py": f"value = {at}\n".encode() * 40 for at in range(count)}
        self.new = {path: content.replace(b"value", b"patched") for path, content in self.old.items()}
        for at in range(0, count, 25):
            del self.new[f"pkg/f{at % 20}/m{at}.py"]
            self.new[f"pkg/added/deep{at}/m.py"] = b"added = 1\n"
        self.restore()
        self.git("init", "--quiet")
        self.git("add", "--all")
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
        self.git(*who, "commit", "--quiet", "-m", "generated")
        self.before = self.content()

    @property
    def changes(self) -> list[FileChange]:
        """The changes that lead from the old state to the new one."""
        paths = sorted(self.old | self.new)
        return [FileChange(path, self.old.get(path), self.new.get(path), ()) for path in paths]

    def restore(self) -> None:
        """Bring the old state back."""
        for path in self.root.iterdir() if self.root.exists() else ():
            if path.name != ".git":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for at, (name, content) in enumerate(self.old.items()):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_bytes(content)
            (self.root / name).chmod(0o755 if at % 10 == 0 else 0o644)

    def git(self, *arguments: str) -> str:
        """Run git here and return what it prints."""
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", *arguments], cwd=self.root, capture_output=True, text=True, check=True
        )
        return done.stdout

    def content(self) -> Content:
        """Return bytes and mode of every file, and the folders, which have no bytes."""
        found: Content = {}
        for folder, folders, files in os.walk(self.root):
            if ".git" in folders:
                folders.remove(".git")
            for name in folders:
                found[f"{os.path.relpath(os.path.join(folder, name), self.root)}/"] = (b"", 0)
            for name in files:
                path = Path(folder, name)
                found[path.relative_to(self.root).as_posix()] = (path.read_bytes(), path.stat().st_mode & 0o777)
        return found

    def state(self) -> str:
        """Return ``old`` or ``new``; anything between, a lost mode or a stray file is an AssertionError."""
        status = self.git("status", "--porcelain", "--untracked-files=all")
        if not status:
            assert self.content() == self.before, "git sees no change, but there is one"
            return "old"
        found = {name: content for name, (content, _) in self.content().items() if not name.endswith("/")}
        assert found == self.new, sorted(set(found.items()) ^ set(self.new.items()))[:4]
        modes = {name: mode for name, (_, mode) in self.content().items() if name in self.before and mode}
        assert all(self.before[name][1] == mode for name, mode in modes.items()), "a mode is lost"
        changed = {path for path in self.old if self.old[path] != self.new.get(path)} | (self.new.keys() - self.old)
        assert {line[3:] for line in status.splitlines()} == changed
        return "new"


@contextmanager
def sandbox(count: int = 200, *, in_memory: bool = True) -> Iterator[Sandbox]:
    """Give a new sandbox, which goes again at the end."""
    folder = MEMORY if in_memory and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="sdkpatch-reliability-", dir=folder) as root:
        yield Sandbox(Path(root), count)
