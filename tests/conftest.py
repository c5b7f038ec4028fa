"""What all tests share: sdkpatch as a wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdks import ROOT

# Users' streams are buffered; where this is set, what is wrong with a buffer does not show.
os.environ.pop("PYTHONUNBUFFERED", None)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of sdkpatch as it is here, for pip's ``--find-links``."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder
