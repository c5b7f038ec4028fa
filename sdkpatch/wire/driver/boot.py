"""Loads the driver from its own folder, under a name of its own: nothing else of sdkpatch becomes importable."""

import importlib.util
import os
import sys

folder = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if entry and os.path.abspath(entry) != folder]
spec = importlib.util.spec_from_file_location(
    "sdkpatch_driver", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
)
assert spec is not None and spec.loader is not None
driver = importlib.util.module_from_spec(spec)
sys.modules["sdkpatch_driver"] = driver
spec.loader.exec_module(driver)
driver.main()
