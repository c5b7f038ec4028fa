"""How long the proof on the wire takes: whole runs of ``sdkpatch verify``, and one opening beside a bare connect."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sdkpatch.loading.project import from_options, load
from sdkpatch.operations import OPERATIONS
from sdkpatch.tree import scan
from sdkpatch.wire.channels import look
from sdkpatch.wire.recorder import Recorder
from sdkpatch.wire.stage import Options, Stage, channels_of
from tests.sdks import SDKS, Sdk, copy

_RUNS = 5


def median(run: Callable[[], object]) -> float:
    """Return the median wall time of some runs, in milliseconds."""
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def bare() -> None:
    """Open a socket as a program without an SDK does."""
    from websockets.sync.client import connect

    with Recorder() as recorder:
        for _ in range(20):
            with connect(recorder.url, additional_headers={"x-api-key": "key"}):
                pass


def measure(sdk: Sdk, folder: Path) -> None:
    """Print the figures of one SDK, patched."""
    tree = copy(sdk.requirement, folder / sdk.package)
    command = [sys.executable, "-m", "sdkpatch"]
    subprocess.run([*command, "apply", str(tree), *sdk.settings], check=True, capture_output=True)
    whole = median(
        lambda: subprocess.run([*command, "verify", str(tree), *sdk.settings], check=True, capture_output=True)
    )
    package = sdk.package
    imported = median(lambda: subprocess.run([sys.executable, "-c", f"import {package}.client"], cwd=tree, check=True))
    settings = dict(each.split("=", 1) for each in sdk.settings[3::2])
    patches = load(from_options([sdk.settings[1]], settings), OPERATIONS)
    scanned = scan(tree)
    found = look(scanned)
    with Stage(scanned, found, Options()) as stage:
        work = [(each, ()) for each in channels_of(found, stage.opened)]
        opened = median(lambda: stage.observe(work))
    print(f"\n{sdk.requirement}: {sdk.sites} channels, {len(patches)} patch")
    print(f"  sdkpatch verify, whole process            {whole:8.0f} ms")
    print(f"  import of the SDK alone                   {imported:8.0f} ms")
    print(f"  three openings of every channel           {opened:8.0f} ms   {opened / 3 / len(work):.1f} ms each")


def main() -> None:
    """Print all figures."""
    print(f"20 connects of websockets' own client       {median(bare):8.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        for sdk in SDKS:
            if sdk.requirement in ("deepgram-sdk==7.17.0", "hume==0.14.1", "sarvamai==0.1.39"):
                measure(sdk, Path(folder))


if __name__ == "__main__":
    main()
