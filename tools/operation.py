"""``make operation NAME=x.y``: lay out a new operation that works, with its cases, its page and its changelog line."""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
from pathlib import Path

import jinja2

from tools.docs import BEGIN, END, ROOT

TABLE = "sdkpatch/operations/__init__.py"
CHANGELOG = "CHANGELOG.md"


class Refused(Exception):
    """A name that cannot be that of a new operation."""


def lay_out(root: Path, name: str) -> list[str]:
    """Write the files of a new operation, and return their paths. Raises Refused, with nothing written."""
    stem = name.replace(".", "_")
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)?", name) or keyword.iskeyword(stem):
        raise Refused(f'"{name}" is no name for an operation: write one such as docstring.remove')
    title = "".join(part.capitalize() for part in stem.split("_"))
    values = {"name": name, "title": title, "begin": BEGIN, "end": END}
    cases = f"tests/cases/{name}"
    new = {
        f"sdkpatch/operations/{stem}.py": "module.py",
        **{f"{cases}/{case}.toml": f"{case}.toml" for case in ("changed", "done", "conflict")},
        f"docs/operations/{name}.md": "page.md",
    }
    package = f"sdkpatch/operations/{stem}"
    if there := [path for path in (package, *new) if (root / path).exists()]:
        raise Refused(f"{there[0]} is there already")
    texts = {path: _rendered(template, values) for path, template in new.items()}
    texts[TABLE] = _with_entry((root / TABLE).read_text(encoding="utf-8"), name, title)
    texts[CHANGELOG] = _with_line(
        (root / CHANGELOG).read_text(encoding="utf-8"), f"- `{name}` sets the value of fields."
    )
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return list(texts)


def _rendered(name: str, values: dict[str, str]) -> str:
    source = (Path(__file__).parent / "new" / f"{name}.j2").read_text(encoding="utf-8")
    template = jinja2.Template(source, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    rendered: str = template.render(values)
    return rendered


def _with_entry(table: str, name: str, title: str) -> str:
    """Return the module with one more line in ``_SPLICE``, whose lines are sorted."""
    head, entries, tail = re.split(r"(?<=_SPLICE = \{\n)((?:    .*\n)*)", table, maxsplit=1)
    lines = sorted([*entries.splitlines(keepends=True), f'    "{name}": "{title}",\n'])
    return head + "".join(lines) + tail


def _with_line(changelog: str, line: str) -> str:
    """Return the changelog with one more line at the end of its newest section."""
    older = [match.start() for match in re.finditer(r"^## ", changelog, re.MULTILINE)][1:]
    newest, rest = (changelog[: older[0]], "\n" + changelog[older[0] :]) if older else (changelog, "")
    return f"{newest.rstrip()}\n{line}\n{rest}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("write make operation NAME=docstring.remove, with the name of the operation")
    try:
        written = lay_out(ROOT, sys.argv[1])
    except Refused as refused:
        sys.exit(str(refused))
    subprocess.run([sys.executable, "-m", "tools.docs"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # it is new
    print("\n".join(written))
    print("\nIt sets the value of fields: make it yours. After each change:\n")
    tests = "tests/operations tests/cli tests/tools tests/test_readme.py"
    print(f"    make docs && .venv/bin/python -m pytest {tests} -q -k {sys.argv[1]}")
