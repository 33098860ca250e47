"""Where the tests' fixtures are: `tests/fixtures.py`, and those of real servers."""

from __future__ import annotations

import gc

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """The process that only hands tests out to others needs no hub; they begin while it would still be loading one."""
    if config.getoption("dist", "no") == "no" or hasattr(config, "workerinput"):
        gc.disable()  # until all is loaded: nothing of it dies
        config.pluginmanager.import_plugin("tests.fixtures")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through all of it again and again is a tenth of the tests' time."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(300_000, 20, 100)
