"""The parents' door for tests that read what a family reads."""

from tests.web.conftest import anyone, arrive, door  # noqa: F401 (fixtures)
