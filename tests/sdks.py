"""Real SDKs to test on: wheels from the package index, unpacked into a cache, copied before they are patched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from _pytest.mark.structures import ParameterSet
from filelock import FileLock

ROOT = Path(__file__).parent.parent
CACHE = Path(os.environ.get("SDKPATCH_TEST_CACHE", ROOT / ".cache" / "sdks"))


class Sdk(NamedTuple):
    """A pinned SDK: its requirement, import package, and how its handshakes send the key.

    ``sites`` is the number of handshakes Fern generated: channels times four copies.
    """

    requirement: str
    package: str
    header: str
    scheme: str
    query: str
    sites: int

    @property
    def settings(self) -> list[str]:
        """The command line options that patch this SDK."""
        values = {"header": self.header, "scheme": self.scheme, "query": self.query}
        options = ["--patch", "websocket-auth-query"]
        return options + [part for name, value in values.items() for part in ("--set", f"{name}={value}")]


SDKS = (
    Sdk("deepgram-sdk==5.0.0", "deepgram", "Authorization", "Token", "token", 16),
    Sdk("deepgram-sdk==6.0.1", "deepgram", "authorization", "token", "token", 16),
    Sdk("deepgram-sdk==7.17.0", "deepgram", "Authorization", "Token", "token", 20),
    Sdk("hume==0.13.0", "hume", "X-Hume-Api-Key", "", "hume_key", 12),
    Sdk("hume==0.14.1", "hume", "X-Hume-Api-Key", "", "hume_key", 12),
    Sdk("sarvamai==0.1.13", "sarvamai", "api-subscription-key", "", "api_subscription_key", 12),
    Sdk("sarvamai==0.1.39", "sarvamai", "Api-Subscription-Key", "", "api_subscription_key", 20),
)


def first_of(values: Iterable[Any], quick: Callable[[Any], bool]) -> list[ParameterSet]:
    """Return the parameters of a test: what is ``quick`` runs with make test, all else with make slow."""
    return [pytest.param(each, marks=() if quick(each) else pytest.mark.slow) for each in values]


def is_quick(sdk: Sdk) -> bool:
    """Tell whether an SDK is the one that make test takes for all."""
    return sdk.requirement == "sarvamai==0.1.13"


def unpacked(requirement: str, *, source: bool = False) -> Path:
    """Return the folder of an unpacked SDK, downloading it on the first use.

    A wheel has the package only; with ``source`` it is the source archive, which has the files around it as well.
    """
    folder = CACHE / (requirement.replace("==", "-") + ("-source" if source else ""))
    if not (folder / ".complete").exists():
        with filling(folder):
            if not (folder / ".complete").exists():  # another process may have been first
                _fill(folder, requirement, source=source)
    return folder


@contextmanager
def filling(folder: Path) -> Iterator[None]:
    """Hold a folder of the cache, so that of the processes that run tests at once only one fills it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        yield


def _fill(folder: Path, requirement: str, *, source: bool) -> None:
    pinned = (ROOT / "tests" / "requirements-sdks.txt").read_text().splitlines()
    assert requirement in pinned, f"{requirement} is not pinned in tests/requirements-sdks.txt"
    archives = CACHE / ("sources" if source else "wheels") / requirement
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(archives), requirement]
    done = subprocess.run(
        [*command, *(["--no-binary", ":all:"] if source else [])], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(
            f"{requirement} is not in {CACHE} and cannot be downloaded; run `make test` once while online\n"
            f"{done.stderr}"
        )
    unpacking = folder.with_name(f"{folder.name}.unpacked")
    for old in (folder, unpacking):
        shutil.rmtree(old, ignore_errors=True)
    for wheel in archives.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    for tarball in archives.glob("*.tar.gz"):
        with tarfile.open(tarball) as packed:
            if hasattr(tarfile, "data_filter"):
                packed.extractall(unpacking, filter="data")
            else:  # Python 3.10 and 3.11 before their last releases
                packed.extractall(unpacking)
        (inner,) = unpacking.iterdir()
        inner.rename(folder)
        unpacking.rmdir()
    (folder / ".complete").touch()


def copy(requirement: str, target: Path, *, source: bool = False) -> Path:
    """Copy an unpacked SDK to ``target`` and return it."""
    unpacked_to = unpacked(requirement, source=source)
    shutil.copytree(unpacked_to, target, ignore=shutil.ignore_patterns(".complete"))
    return target
