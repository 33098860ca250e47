"""The family's file: guardians in full, children, bank, health, documents."""

import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("dossier", "0001_initial")]

    initial = False

    operations = [
        ops.CreateModel(
            name="BankAccount",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "family",
                    fields.OneToOneField(
                        "dossier.Family",
                        source_field="family_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="bank_account",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "guardian",
                    fields.ForeignKeyField(
                        "dossier.Guardian",
                        source_field="guardian_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("holder", fields.CharField(max_length=120)),
                ("bank", fields.CharField(default="", max_length=120)),
                ("iban", fields.TextField(unique=False)),
                ("masked", fields.CharField(max_length=40)),
                ("by_debit", fields.BooleanField(default=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "bank_account",
                "app": "dossier",
                "pk_attr": "id",
                "table_description": "Coordonnées bancaires of a family. The IBAN is sealed: only `masked` is ever shown.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Child",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "family",
                    fields.ForeignKeyField(
                        "dossier.Family",
                        source_field="family_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="children",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("reference", fields.CharField(default="", max_length=40)),
                ("first_name", fields.CharField(max_length=80)),
                ("last_name", fields.CharField(max_length=80)),
                ("born_on", fields.DateField(null=True)),
                ("sex", fields.CharField(default="", max_length=1)),
                ("school", fields.CharField(default="", max_length=120)),
                ("grade", fields.CharField(default="", max_length=40)),
                (
                    "authorisations",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("left_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "child",
                "app": "dossier",
                "pk_attr": "id",
                "table_description": "A child of a family. `reference` is the town software's own number, by which an import finds it again.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Collector",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "child",
                    fields.ForeignKeyField(
                        "dossier.Child",
                        source_field="child_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="collectors",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "guardian",
                    fields.ForeignKeyField(
                        "dossier.Guardian",
                        source_field="guardian_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=120)),
                ("phone", fields.CharField(default="", max_length=30)),
                ("relation", fields.CharField(default="", max_length=60)),
            ],
            options={
                "table": "collector",
                "app": "dossier",
                "pk_attr": "id",
                "table_description": 'Somebody who may collect a child ("Autorisations"), and whom that guardian named.',
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Custody",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "child",
                    fields.ForeignKeyField(
                        "dossier.Child",
                        source_field="child_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="custodies",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "guardian",
                    fields.ForeignKeyField(
                        "dossier.Guardian",
                        source_field="guardian_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="custodies",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "custody",
                "app": "dossier",
                "unique_together": (("child", "guardian"),),
                "pk_attr": "id",
                "table_description": "That a guardian sees a child. Looked at in separated families only: elsewhere both see all.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Document",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "family",
                    fields.ForeignKeyField(
                        "dossier.Family",
                        source_field="family_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="documents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "child",
                    fields.ForeignKeyField(
                        "dossier.Child",
                        source_field="child_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="documents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "guardian",
                    fields.ForeignKeyField(
                        "dossier.Guardian",
                        source_field="guardian_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="documents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("kind", fields.CharField(max_length=60)),
                ("state", fields.CharField(max_length=10)),
                ("reason", fields.CharField(default="", max_length=500)),
                ("blob", fields.CharField(max_length=80)),
                ("filename", fields.CharField(max_length=200)),
                ("content_type", fields.CharField(max_length=100)),
                ("size", fields.IntField()),
                ("sha256", fields.CharField(max_length=64)),
                ("key", fields.CharField(unique=True, max_length=80)),
                ("thread", fields.BigIntField(null=True)),
                ("sent_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="decided_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("valid_until", fields.DateField(null=True)),
            ],
            options={
                "table": "document",
                "app": "dossier",
                "indexes": [Index(fields=["family_id", "kind", "id"])],
                "pk_attr": "id",
                "table_description": "A file of a family: sent by it and looked at by an agent, or made by the town for it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FileReading",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "family",
                    fields.ForeignKeyField(
                        "dossier.Family",
                        source_field="family_id",
                        null=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "agent",
                    fields.ForeignKeyField(
                        "accounts.Agent",
                        source_field="agent_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "accounts.Account",
                        source_field="account_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("what", fields.CharField(max_length=40)),
                ("about", fields.CharField(default="", max_length=120)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "file_reading",
                "app": "dossier",
                "pk_attr": "id",
                "table_description": "That somebody read what is not for everybody: health notes, an export, a whole bank account number.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HealthNote",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "child",
                    fields.ForeignKeyField(
                        "dossier.Child",
                        source_field="child_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="health_notes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=40)),
                ("text", fields.TextField(unique=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "health_note",
                "app": "dossier",
                "unique_together": (("child", "kind"),),
                "pk_attr": "id",
                "table_description": "Données sanitaires of a child. The text is sealed, and whoever reads it is written down.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Family",
            options={
                "table": "family",
                "app": "dossier",
                "pk_attr": "id",
                "table_description": "A household. `is_known`: the town has it in its file under `number`; otherwise an account waits to be linked.",
            },
        ),
        ops.AddField(
            model_name="Family",
            name="allocataire",
            field=fields.CharField(default="", db_default="", max_length=120),
        ),
        ops.AddField(
            model_name="Family",
            name="allocataire_number",
            field=fields.CharField(default="", db_default="", max_length=30),
        ),
        ops.AddField(
            model_name="Family",
            name="dependent_children",
            field=fields.SmallIntField(null=True),
        ),
        ops.AddField(
            model_name="Family",
            name="income",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Family",
            name="is_known",
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name="Family",
            name="is_separated",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Family",
            name="manager",
            field=fields.CharField(default="", db_default="", max_length=160),
        ),
        ops.AddField(
            model_name="Family",
            name="manager_contact",
            field=fields.CharField(default="", db_default="", max_length=300),
        ),
        ops.AddField(
            model_name="Family",
            name="quotient",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Family",
            name="quotient_on",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="Family",
            name="regime",
            field=fields.CharField(default="", db_default="", max_length=60),
        ),
        ops.AddField(
            model_name="Family",
            name="situation",
            field=fields.CharField(default="", db_default="", max_length=40),
        ),
        ops.AddField(
            model_name="Family",
            name="updated_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Family",
            name="wants_mail",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Guardian",
            name="accepts_mail",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Guardian",
            name="accepts_sms",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Guardian",
            name="address",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
        ops.AddField(
            model_name="Guardian",
            name="city",
            field=fields.CharField(default="", db_default="", max_length=80),
        ),
        ops.AddField(
            model_name="Guardian",
            name="csp",
            field=fields.CharField(default="", db_default="", max_length=80),
        ),
        ops.AddField(
            model_name="Guardian",
            name="email",
            field=fields.CharField(default="", db_default="", max_length=320),
        ),
        ops.AddField(
            model_name="Guardian",
            name="employer",
            field=fields.CharField(default="", db_default="", max_length=120),
        ),
        ops.AddField(
            model_name="Guardian",
            name="employer_address",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
        ops.AddField(
            model_name="Guardian",
            name="mobile",
            field=fields.CharField(default="", db_default="", max_length=30),
        ),
        ops.AddField(
            model_name="Guardian",
            name="phone_home",
            field=fields.CharField(default="", db_default="", max_length=30),
        ),
        ops.AddField(
            model_name="Guardian",
            name="phone_work",
            field=fields.CharField(default="", db_default="", max_length=30),
        ),
        ops.AddField(
            model_name="Guardian",
            name="postcode",
            field=fields.CharField(default="", db_default="", max_length=10),
        ),
        ops.AddField(
            model_name="Guardian",
            name="profession",
            field=fields.CharField(default="", db_default="", max_length=80),
        ),
        ops.AddField(
            model_name="Guardian",
            name="quality",
            field=fields.CharField(default="", db_default="", max_length=40),
        ),
    ]
