"""The second factor's last used step, the end of a provisional password, accounts that have no address yet."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor


class MayBeNull(ops.AlterField):
    """Drops a NOT NULL in place.

    SQLite knows no statement for it. Its way of remaking the table would, inside a transaction, delete what refers to
    it (DROP TABLE runs the foreign keys' actions), so its own description is changed instead, as its manual says for
    exactly this case (https://www.sqlite.org/lang_altertable.html, section 7).
    """

    def __init__(self, model_name: str, name: str, field: fields.CharField, table: str) -> None:  # type: ignore[type-arg]
        super().__init__(model_name, name, field)
        self.table = table

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is None:
            return
        client = state_editor.client
        if client.capabilities.dialect != "sqlite":
            await client.execute_query(f'ALTER TABLE "{self.table}" ALTER COLUMN "{self.name}" DROP NOT NULL')
            return
        where = f"type = 'table' AND name = '{self.table}'"
        [row] = await client.execute_query_dict(f"SELECT sql FROM sqlite_schema WHERE {where}")
        [version] = await client.execute_query_dict("PRAGMA schema_version")
        before = f'"{self.name}" VARCHAR(320) NOT NULL'
        if row["sql"].count(before) != 1:
            raise RuntimeError(f"the table {self.table} is not as it was made: {row['sql']}")
        after = row["sql"].replace(before, f'"{self.name}" VARCHAR(320)')
        await client.execute_query("PRAGMA writable_schema = ON")
        await client.execute_query(f"UPDATE sqlite_schema SET sql = ? WHERE {where}", [after])
        await client.execute_query(f"PRAGMA schema_version = {version['schema_version'] + 1}")
        await client.execute_query("PRAGMA writable_schema = OFF")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_coming_in")]

    operations = [
        *(
            operation
            for model in ("Account", "Agent")
            for operation in (
                ops.AddField(model_name=model, name="totp_step", field=fields.IntField(default=0, db_default=0)),
                ops.AddField(model_name=model, name="provisional_until", field=fields.DatetimeField(null=True)),
            )
        ),
        MayBeNull("Account", "email", fields.CharField(max_length=320, null=True, unique=True), table="account"),
    ]
