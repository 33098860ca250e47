"""Families and who belongs to them."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Family",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=32)),
                ("name", fields.CharField(max_length=120)),
                ("is_known", fields.BooleanField(default=True, db_default=True)),
                ("is_separated", fields.BooleanField(default=False, db_default=False)),
                ("allocataire", fields.CharField(default="", db_default="", max_length=120)),
                ("regime", fields.CharField(default="", db_default="", max_length=60)),
                ("allocataire_number", fields.CharField(default="", db_default="", max_length=30)),
                ("quotient", fields.IntField(null=True)),
                ("income", fields.IntField(null=True)),
                ("quotient_on", fields.DateField(null=True)),
                ("dependent_children", fields.SmallIntField(null=True)),
                ("manager", fields.CharField(default="", db_default="", max_length=160)),
                ("manager_contact", fields.CharField(default="", db_default="", max_length=300)),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "family",
                "app": "dossier",
                "pk_attr": "id",
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
                    fields.JSONField(default=dict),
                ),
                ("left_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "child",
                "app": "dossier",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Guardian",
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
                        related_name="guardians",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("rank", fields.SmallIntField(default=1)),
                ("civility", fields.CharField(default="", max_length=10)),
                ("first_name", fields.CharField(max_length=80)),
                ("last_name", fields.CharField(max_length=80)),
                ("quality", fields.CharField(default="", db_default="", max_length=40)),
                ("situation", fields.CharField(default="", db_default="", max_length=40)),
                ("address", fields.CharField(default="", db_default="", max_length=200)),
                ("postcode", fields.CharField(default="", db_default="", max_length=10)),
                ("city", fields.CharField(default="", db_default="", max_length=80)),
                ("phone_home", fields.CharField(default="", db_default="", max_length=30)),
                ("phone_work", fields.CharField(default="", db_default="", max_length=30)),
                ("mobile", fields.CharField(default="", db_default="", max_length=30)),
                ("email", fields.CharField(default="", db_default="", max_length=320)),
                ("profession", fields.CharField(default="", db_default="", max_length=80)),
                ("csp", fields.CharField(default="", db_default="", max_length=80)),
                ("employer", fields.CharField(default="", db_default="", max_length=120)),
                ("employer_address", fields.CharField(default="", db_default="", max_length=200)),
                ("affiliation", fields.CharField(default="", db_default="", max_length=80)),
                ("accepts_mail", fields.BooleanField(default=False, db_default=False)),
                ("accepts_sms", fields.BooleanField(default=False, db_default=False)),
                ("wants_bills", fields.BooleanField(default=False, db_default=False)),
            ],
            options={
                "table": "guardian",
                "app": "dossier",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BankAccount",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "family",
                    fields.ForeignKeyField(
                        "dossier.Family",
                        source_field="family_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="bank_accounts",
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
                ("iban", fields.TextField()),
                ("masked", fields.CharField(max_length=40)),
                ("by_debit", fields.BooleanField(default=False)),
                ("updated_at", fields.DatetimeField()),
            ],
            options={
                "table": "bank_account",
                "app": "dossier",
                "unique_together": (("family", "guardian"),),
                "pk_attr": "id",
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
                ("text", fields.TextField()),
                ("updated_at", fields.DatetimeField()),
            ],
            options={
                "table": "health_note",
                "app": "dossier",
                "unique_together": (("child", "kind"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
