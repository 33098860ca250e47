"""The parents' door for stories that go through it."""

from tests.web.conftest import anyone, arrive, door  # noqa: F401 (fixtures)
