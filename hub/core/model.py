"""What every table of the hub is made from: tortoise's model, read faster."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Self

from tortoise import models


class _Unread(models.ModelMeta):
    """Tortoise looks for comments about columns in the source of each model, and parses the whole file anew for each of
    its classes: a quarter of the time in which `hub` starts. Ours have none of that kind (`#:`)."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> models.ModelMeta:
        return super().__new__(cls, name, bases, attrs | {"_no_comments": True})


class Model(models.Model, metaclass=_Unread):
    """A table; a row."""

    class Meta:
        abstract = True

    @classmethod
    def _init_from_db(cls, **row: Any) -> Self:
        """As tortoise does it, but each value set once, and instants in UTC, as both drivers hand them over, as they
        are."""
        meta, values = cls._meta, {}
        try:
            for key, name, _ in meta.db_native_fields:
                values[name] = row[key]
            for key, name, field in meta.db_default_fields:
                values[name] = None if row[key] is None else field.field_type(row[key])
            for key, name, field in meta.db_complex_fields:
                values[name] = row[key] if _is_instant(row[key]) else field.to_python_value(row[key])
        except KeyError:  # not all columns were asked for
            return super()._init_from_db(**row)
        self = cls.__new__(cls)
        self.__dict__.update(
            values,
            _partial=False,
            _saved_in_db=True,
            _custom_generated_pk=meta.db_pk_column not in meta.generated_db_fields,
            _await_when_save={},
        )
        return self


def _is_instant(value: object) -> bool:
    return value is None or (type(value) is datetime and value.tzinfo is UTC)
