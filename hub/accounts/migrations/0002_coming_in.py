"""Registration, links by mail, second factors, changes of address."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("dossier", "0002_file")]

    initial = False

    operations = [
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
                ("old_confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("new_confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "address_change",
                "app": "accounts",
                "pk_attr": "id",
                "table_description": "A change of address under way: done once both addresses have confirmed it.",
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
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "recovery_code",
                "app": "accounts",
                "pk_attr": "id",
                "table_description": "Stands in for the second factor, once.",
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
                ("terms_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("warned_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "registration",
                "app": "accounts",
                "pk_attr": "id",
                "table_description": "An account that its owner has not activated yet. It becomes an `Account`, or is deleted when it lapses.",
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
                ("email", fields.CharField(default="", max_length=320)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "account_link",
                "app": "accounts",
                "pk_attr": "id",
                "table_description": "A link sent by mail: single use, expiring, and only its digest is stored.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Account",
            name="must_change",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Account",
            name="terms",
            field=fields.CharField(default="", db_default="", max_length=40),
        ),
        ops.AddField(
            model_name="Account",
            name="terms_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Account",
            name="totp",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="Agent",
            name="must_change",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Agent",
            name="totp",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="Session",
            name="device",
            field=fields.CharField(default="", db_default="", max_length=80),
        ),
        ops.AddField(
            model_name="Session",
            name="waits_for",
            field=fields.CharField(default="", db_default="", max_length=10),
        ),
    ]
