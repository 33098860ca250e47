"""What every table of the hub is made from: tortoise's model, read faster."""

from __future__ import annotations

from typing import Any

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
