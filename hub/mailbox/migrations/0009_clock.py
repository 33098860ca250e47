"""The legal clock apart from who waits for an answer, and the papers that stop it."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

STATEMENTS = (
    "UPDATE thread SET clock_since = waits_since",
    "CREATE INDEX thread_clock ON thread (clock_since) WHERE clock_since IS NOT NULL",
    "CREATE INDEX thread_stopped ON thread (service_id, clock_stopped_at, id) WHERE clock_stopped_at IS NOT NULL",
)


async def _forward(_apps: object, editor: BaseSchemaEditor) -> None:
    for statement in STATEMENTS:
        await editor.client.execute_script(statement)


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0008_handed")]

    operations = [
        ops.AddField(model_name="Theme", name="accepts", field=fields.BooleanField(default=False, db_default=False)),
        ops.AddField(model_name="Thread", name="clock_since", field=fields.DatetimeField(null=True)),
        ops.AddField(
            model_name="Thread", name="clock_held", field=fields.BooleanField(default=False, db_default=False)
        ),
        ops.AddField(model_name="Thread", name="clock_stopped_at", field=fields.DatetimeField(null=True)),
        ops.AddField(model_name="Thread", name="clock_resumes_after", field=fields.DateField(null=True)),
        ops.CreateModel(
            name="WantedPaper",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "thread",
                    fields.ForeignKeyField(
                        "mailbox.Thread",
                        source_field="thread_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="wanted",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("family_id", fields.BigIntField(db_index=True)),
                ("kind", fields.CharField(max_length=60)),
                ("name", fields.CharField(max_length=200)),
                ("child", fields.BigIntField(null=True)),
                ("guardian", fields.BigIntField(null=True)),
                ("until", fields.DateField()),
                ("by", fields.CharField(max_length=160)),
                ("state", fields.CharField(default="waiting", max_length=8)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "wanted_paper", "app": "mailbox", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RunPython(_forward),
    ]
