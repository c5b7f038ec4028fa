"""Run the steps of a workflow or an action for real: every ``run:`` in bash, with what a runner would set."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Done(NamedTuple):
    """What became of a step; ``uses`` steps are not run."""

    name: str
    code: int
    output: str


class Runner:
    """A job's workspace, and the files that steps write to. ``contexts`` are the values of ``${{ … }}``."""

    def __init__(
        self, workspace: Path, temp: Path, contexts: Mapping[str, str], environment: Mapping[str, str]
    ) -> None:
        self.workspace = workspace
        self.temp = temp
        self.contexts = dict(contexts)
        temp.mkdir(parents=True, exist_ok=True)
        self.summary, self.outputs = temp / "summary.md", temp / "outputs"
        for file in (self.summary, self.outputs):
            file.touch()
        path = os.pathsep.join([str(_interpreter(temp / "setup-python")), os.environ["PATH"]])
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
            "PATH": path,
            "RUNNER_TEMP": str(temp),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_OUTPUT": str(self.outputs),
            "GITHUB_WORKSPACE": str(workspace),
            **environment,
        }

    def run(self, steps: list[dict[str, Any]], environment: Mapping[str, str] | None = None) -> list[Done]:
        """Run steps until one fails; return what became of each that was run."""
        done: list[Done] = []
        for step in steps:
            if "run" not in step:
                continue
            name = str(step.get("name", step["run"]))
            own = {
                key: self.filled(str(value)) for key, value in {**(environment or {}), **step.get("env", {})}.items()
            }
            assert "${{" not in step["run"], f"{name}: a value must come through env"
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            ran = subprocess.run(
                command,
                cwd=self.workspace,
                env={**self._environment, **own},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=300,
            )
            done.append(Done(name, ran.returncode, ran.stdout))
            if ran.returncode:
                break
        return done

    def filled(self, text: str) -> str:
        """Return a text with its expressions replaced; every one must be known."""
        return re.sub(r"\$\{\{\s*(.+?)\s*\}\}", lambda found: self.contexts[found[1]], text)

    def output(self, name: str) -> str:
        """Return what the steps wrote as an output."""
        found = dict(line.split("=", 1) for line in self.outputs.read_text().splitlines())
        return found[name]


def _interpreter(folder: Path) -> Path:
    """Do what setup-python does: return a folder with a plain ``python``, of no virtual environment."""
    if not folder.exists():
        folder.mkdir()
        (folder / "python").symlink_to(Path(sys.executable).resolve())
    return folder


def load(path: Path) -> dict[Any, Any]:
    """Return a workflow or an action as a mapping; the key ``on`` is spelled True by YAML 1.1."""
    found = yaml.safe_load(path.read_text())
    assert isinstance(found, dict)
    return found
