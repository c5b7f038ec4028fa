"""What ``sdkpatch fernignore simulate`` predicts, against git: Fern's commands, run by a shell, on random trees."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from reliability.sandbox import MEMORY
from sdkpatch.errors import UsageError
from sdkpatch.ignoring.simulate import simulate

WORKERS = 2
FERN = """
set -e
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
cd "$1"
git init --quiet
git add .
git -c user.name=f -c user.email=f@localhost commit --quiet --allow-empty -m before
set -- "$2" .fernignore
[ -e "$1/README.md" ] || set -- "$@" README.md
while IFS= read -r line || [ -n "$line" ]; do
    line=${line%%#*}
    line=$(printf %s "$line" | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//')
    [ -z "$line" ] || set -- "$@" "$line"
done < .fernignore
generated=$1
shift
git rm -rf --quiet .
cp -a "$generated/." .
git add .
git reset --quiet -- "$@"
git clean -fd --quiet -- "$@"
git restore .
"""
"""The sequence of ``fern generate --local``, written a second time from what Fern runs, in another language."""

NAMES = (
    "a.py",
    "b.py",
    "README.md",
    "client.py",
    "x y.py",
    "é.py",
    "core",
    "types",
    "sub",
    ".hidden",
    "C.py",
    "a[1].py",
)
LINES = (
    "{file}",
    "{folder}",
    "{folder}/",
    "{file}  # kept",
    "# {file}",
    "  {file}  ",
    "*.py",
    "**/{name}",
    "{folder}/*",
    "{folder}/**",
    "!{file}",
    ":(exclude){file}",
    ":!{file}",
    "no/such/file.py",
    "./{file}",
    "{folder}/../{file}",
    "",
    "#",
    "{upper}",
    "?.py",
    "[ab].py",
    "../outside.py",
    "/{file}",
    "-x",
    ":(literal){file}",
)


def predicted(trees: int = 2000) -> Iterator[str]:
    """Yield what was seen: prediction and outcome are the same, and so are refusals."""
    with ProcessPoolExecutor(WORKERS) as pool:
        total = sum(pool.map(partial(_some, trees // WORKERS), range(WORKERS)), Counter())
    assert total["same"] and total["refused"], total
    yield (
        f"{trees:,} random trees and ignore files: prediction and git agree on all of them ({total['refused']:,} that "
        f"Fern's generation would fail on; in the others {total['lost']:,} files lost, {total['kept']:,} kept, "
        f"{total['stale']:,} of them stale)"
    )


def _some(trees: int, seed: int) -> Counter[str]:
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    memory = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="sdkpatch-ignoring-", dir=memory) as folder:
        for number in range(trees):
            place = Path(folder) / str(number)
            _tree(place / "sdk", chance)
            _next(place / "sdk", place / "generated", chance)
            (place / "sdk" / ".fernignore").write_text(_ignore(place / "sdk", chance), encoding="utf-8")
            found += _compared(place)
            shutil.rmtree(place)
    return found


def _tree(root: Path, chance: random.Random) -> None:
    for _ in range(chance.randrange(2, 10)):
        parts = [chance.choice(NAMES) for _ in range(chance.randrange(1, 4))]
        path = root.joinpath(*parts)
        if any(each.is_file() for each in path.parents) or path.is_dir():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"value = {chance.randrange(3)}\n")
    (root / "m.py").parent.mkdir(parents=True, exist_ok=True)
    (root / "m.py").write_text("")


def _next(root: Path, generated: Path, chance: random.Random) -> None:
    """Lay out the next generation: most files as they are, some gone, some changed, some new."""
    shutil.copytree(root, generated)
    for path in sorted(generated.rglob("*")):
        if path.is_file() and chance.random() < 0.3:
            path.unlink()
        elif path.is_file() and chance.random() < 0.4:
            path.write_text("value = 'next'\n")
    if chance.random() < 0.5:
        _tree(generated, chance)


def _ignore(root: Path, chance: random.Random) -> str:
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    folders = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir()) or ["none"]
    lines = []
    for _ in range(chance.randrange(6)):
        file, folder = chance.choice(files), chance.choice(folders)
        form = chance.choice(LINES)
        lines.append(form.format(file=file, folder=folder, name=Path(file).name, upper=file.upper()))
    end = chance.choice(("\n", ""))
    return "\n".join(lines) + end


def _content(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def _compared(place: Path) -> Counter[str]:
    before, new = _content(place / "sdk"), _content(place / "generated")
    try:
        outcome = simulate(place / "sdk", place / "generated")
    except UsageError:
        outcome = None
    assert _content(place / "sdk") == before, "the tree is not left alone"
    command = ["bash", "-c", FERN, "fern", str(place / "sdk"), str(place / "generated")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome is None or done.returncode:
        assert outcome is None and done.returncode, (place, done.stderr, before.get(".fernignore"))
        return Counter(refused=1)
    after = _content(place / "sdk")
    same = {path for path in before.keys() & after.keys() if before[path] == after[path]}
    kept = {path for path in same if new.get(path) != before[path]}
    real = {
        "lost": before.keys() - after.keys(),
        "replaced": (before.keys() & after.keys()) - same,
        "kept": kept,
        "stale": kept & new.keys(),
        "added": after.keys() - before.keys(),
    }
    expected = {name: set(paths) for name, paths in outcome._asdict().items()}
    assert expected == real, (before[".fernignore"], expected, real)
    return Counter(same=1, lost=len(real["lost"]), kept=len(kept), stale=len(real["stale"]))
