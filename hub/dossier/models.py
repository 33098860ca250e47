"""Tables of the dossier: who a family is."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Family(Model):
    """A household known to the town under its N° dossier."""

    id = fields.BigIntField(primary_key=True)
    number = fields.CharField(32, unique=True)
    name = fields.CharField(120)
    created_at = fields.DatetimeField()

    class Meta:
        table = "family"


class Guardian(Model):
    """A responsable (rank 1) or conjoint (rank 2) of a family."""

    id = fields.BigIntField(primary_key=True)
    family: fields.ForeignKeyRelation[Family] = fields.ForeignKeyField(
        "dossier.Family", related_name="guardians", db_index=True
    )
    family_id: int
    rank = fields.SmallIntField(default=1)
    civility = fields.CharField(10, default="")
    first_name = fields.CharField(80)
    last_name = fields.CharField(80)

    class Meta:
        table = "guardian"
