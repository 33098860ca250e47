"""What speaks of a thread moves with it when it is joined to another."""

from __future__ import annotations

from tortoise import Tortoise
from tortoise.fields.relational import BackwardFKRelation, ForeignKeyFieldInstance

from hub.actions.joining import LEFT, MOVED
from hub.mailbox.models import Thread
from tests.cast import Town


async def test_no_table_that_speaks_of_a_thread_is_forgotten(town: Town) -> None:
    found: set[tuple[str, str]] = set()
    for models in (Tortoise.apps or {}).values():
        for model in models.values():
            for name, field in model._meta.fields_map.items():
                if isinstance(field, ForeignKeyFieldInstance) and not isinstance(field, BackwardFKRelation):
                    if field.related_model is Thread:
                        found.add((model._meta.db_table, str(field.source_field)))
                elif name == "thread":
                    found.add((model._meta.db_table, name))
    assert found - set(MOVED) == {(table, "thread_id") for table in LEFT}
    assert set(MOVED) <= found
