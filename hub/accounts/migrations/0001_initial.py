"""Accounts of families and of agents, and the journal of the desk, to which rows are only ever added."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

# The database refuses as well what the code never does: whoever gets at it by another way cannot quietly mend history.
# SQLite's REPLACE deletes without asking the trigger of DELETE, so an id that is taken is refused by itself.
APPENDED_SQLITE = (
    "CREATE TRIGGER desk_act_update BEFORE UPDATE ON desk_act BEGIN "
    "SELECT RAISE(ABORT, 'desk_act is append-only'); END",
    "CREATE TRIGGER desk_act_delete BEFORE DELETE ON desk_act BEGIN "
    "SELECT RAISE(ABORT, 'desk_act is append-only'); END",
    "CREATE TRIGGER desk_act_replace BEFORE INSERT ON desk_act WHEN EXISTS (SELECT 1 FROM desk_act WHERE id = new.id) "
    "BEGIN SELECT RAISE(ABORT, 'desk_act is append-only'); END",
)
APPENDED_POSTGRES = (
    "CREATE FUNCTION desk_act_kept() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'desk_act is append-only'; END $$",
    "CREATE TRIGGER desk_act_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_act "
    "FOR EACH STATEMENT EXECUTE FUNCTION desk_act_kept()",
)


async def _append_only(_apps: object, editor: BaseSchemaEditor) -> None:
    is_sqlite = editor.client.capabilities.dialect == "sqlite"
    for statement in APPENDED_SQLITE if is_sqlite else APPENDED_POSTGRES:
        await editor.client.execute_script(statement)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("dossier", "0001_initial")]

    operations = [
        ops.CreateModel(
            name="Account",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "guardian",
                    fields.OneToOneField(
                        "dossier.Guardian",
                        source_field="guardian_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="account",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "family",
                    fields.ForeignKeyField(
                        "dossier.Family",
                        source_field="family_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="accounts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("login", fields.CharField(unique=True, max_length=120)),
                ("name", fields.CharField(max_length=160)),
                ("email", fields.CharField(null=True, unique=True, max_length=320)),
                ("email_verified_at", fields.DatetimeField(null=True)),
                ("password", fields.CharField(max_length=200)),
                ("must_change", fields.BooleanField(default=False, db_default=False)),
                ("provisional_until", fields.DatetimeField(null=True)),
                ("totp", fields.TextField(default="", db_default="")),
                ("totp_step", fields.IntField(default=0, db_default=0)),
                ("terms", fields.CharField(default="", db_default="", max_length=40)),
                ("terms_at", fields.DatetimeField(null=True)),
                ("text_by_mail", fields.BooleanField(default=True, db_default=True)),
                ("copies", fields.BooleanField(default=False, db_default=False)),
                ("created_at", fields.DatetimeField()),
            ],
            options={
                "table": "account",
                "app": "accounts",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AddressChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.OneToOneField(
                        "accounts.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="address_change",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("email", fields.CharField(max_length=320)),
                ("old_confirmed_at", fields.DatetimeField(null=True)),
                ("new_confirmed_at", fields.DatetimeField(null=True)),
                ("created_at", fields.DatetimeField()),
            ],
            options={
                "table": "address_change",
                "app": "accounts",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Agent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=160)),
                ("email", fields.CharField(unique=True, max_length=320)),
                (
                    "aliases",
                    fields.JSONField(default=list),
                ),
                ("password", fields.CharField(default="", max_length=200)),
                ("must_change", fields.BooleanField(default=False, db_default=False)),
                ("provisional_until", fields.DatetimeField(null=True)),
                ("totp", fields.TextField(default="", db_default="")),
                ("totp_step", fields.IntField(default=0, db_default=0)),
                ("created_at", fields.DatetimeField()),
                ("is_administrator", fields.BooleanField(default=False, db_default=False)),
                ("left_at", fields.DatetimeField(null=True)),
                ("version", fields.IntField(default=0, db_default=0)),
            ],
            options={
                "table": "agent",
                "app": "accounts",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
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
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("by", fields.CharField(max_length=160)),
                ("act", fields.CharField(max_length=120)),
                ("about", fields.CharField(default="", max_length=200)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "desk_act",
                "app": "accounts",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LoginFailure",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("bucket", fields.CharField(max_length=64)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "login_failure",
                "app": "accounts",
                "indexes": [Index(fields=["bucket", "at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("code", fields.CharField(max_length=64)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="recovery_codes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="agent_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="recovery_codes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("used_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "recovery_code",
                "app": "accounts",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Registration",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("email", fields.CharField(unique=True, max_length=320)),
                ("login", fields.CharField(unique=True, max_length=120)),
                ("first_name", fields.CharField(max_length=80)),
                ("last_name", fields.CharField(max_length=80)),
                ("password", fields.CharField(max_length=200)),
                ("dossier", fields.CharField(default="", max_length=32)),
                ("dossier_name", fields.CharField(default="", max_length=120)),
                ("terms", fields.CharField(default="", max_length=40)),
                ("terms_at", fields.DatetimeField(null=True)),
                ("created_at", fields.DatetimeField()),
                ("expires_at", fields.DatetimeField(db_index=True)),
                ("warned_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "registration",
                "app": "accounts",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AccountLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("token", fields.CharField(unique=True, max_length=64)),
                ("purpose", fields.CharField(max_length=12)),
                (
                    "registration",
                    fields.ForeignKeyField(
                        "accounts.Registration",
                        source_field="registration_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "guardian",
                    fields.ForeignKeyField(
                        "dossier.Guardian",
                        source_field="guardian_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="agent_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("email", fields.CharField(default="", max_length=320)),
                ("created_at", fields.DatetimeField()),
                ("expires_at", fields.DatetimeField()),
                ("used_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "account_link",
                "app": "accounts",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Session",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("token", fields.CharField(unique=True, max_length=64)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="sessions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="agent_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="sessions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("remember", fields.BooleanField(default=False)),
                ("device", fields.CharField(default="", db_default="", max_length=80)),
                ("waits_for", fields.CharField(default="", db_default="", max_length=10)),
                ("created_at", fields.DatetimeField()),
                ("seen_at", fields.DatetimeField()),
                ("expires_at", fields.DatetimeField(db_index=True)),
            ],
            options={
                "table": "session",
                "app": "accounts",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TypedForm",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="typed_forms",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("page", fields.CharField(max_length=200)),
                ("sealed", fields.TextField(unique=False)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "typed_form",
                "app": "accounts",
                "unique_together": (("account", "page"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunPython(_append_only),
    ]
