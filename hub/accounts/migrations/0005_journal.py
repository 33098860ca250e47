"""What agents do at the desk."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_preferences")]

    operations = [
        ops.CreateModel(
            name="DeskAct",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="agent_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="acts",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("by", fields.CharField(max_length=160)),
                ("act", fields.CharField(max_length=120)),
                ("about", fields.CharField(default="", max_length=200)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "desk_act", "app": "accounts", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
