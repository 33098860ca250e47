"""The mail room's tables; of the queues only the rows that wait stand in their indexes."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="AddressEvent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("address", fields.CharField(db_index=True, max_length=320)),
                ("event", fields.CharField(max_length=10)),
                ("by", fields.CharField(max_length=40)),
                ("status", fields.CharField(default="", max_length=20)),
                ("reason", fields.CharField(default="", max_length=500)),
                ("at", fields.DatetimeField()),
                ("times", fields.IntField(default=1)),
            ],
            options={
                "table": "address_event",
                "app": "mail",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AddressFailure",
            fields=[
                ("address", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=320)),
                ("state", fields.CharField(max_length=10)),
                ("status", fields.CharField(default="", max_length=20)),
                ("reason", fields.CharField(default="", max_length=500)),
                ("count", fields.IntField(default=1)),
                ("since", fields.DatetimeField()),
                ("last_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "address_failure",
                "app": "mail",
                "pk_attr": "address",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GivenAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("address", fields.CharField(max_length=320)),
                ("reason", fields.CharField(max_length=40)),
                ("at", fields.DatetimeField(db_index=True)),
            ],
            options={
                "table": "given_answer",
                "app": "mail",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InboundMail",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("mailbox", fields.CharField(max_length=120)),
                ("uidvalidity", fields.BigIntField(default=0)),
                ("uid", fields.BigIntField(null=True)),
                ("blob", fields.CharField(default="", max_length=80)),
                ("size", fields.IntField()),
                ("sha256", fields.CharField(max_length=64)),
                ("envelope_from", fields.CharField(default="", max_length=320)),
                (
                    "envelope_to",
                    fields.JSONField(default=list),
                ),
                ("received_at", fields.DatetimeField()),
                ("state", fields.CharField(default="received", max_length=12)),
                ("due_at", fields.DatetimeField()),
                ("leased_until", fields.DatetimeField(null=True)),
                ("attempts", fields.IntField(default=0)),
                ("settled_at", fields.DatetimeField(null=True)),
                ("reason", fields.CharField(default="", max_length=40)),
                ("trace", fields.TextField(default="")),
                ("message_id", fields.CharField(default="", max_length=255)),
                ("from_address", fields.CharField(default="", max_length=320)),
                ("subject", fields.CharField(default="", max_length=255)),
                ("proven", fields.BooleanField(default=False)),
                ("released", fields.CharField(default="", max_length=20)),
                ("thread", fields.BigIntField(null=True)),
                ("service", fields.BigIntField(null=True)),
                ("chosen", fields.BigIntField(null=True)),
                ("account", fields.BigIntField(null=True)),
            ],
            options={
                "table": "inbound_mail",
                "app": "mail",
                "unique_together": (("mailbox", "uidvalidity", "uid"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InboundContent",
            fields=[
                (
                    "mail",
                    fields.OneToOneField(
                        "mail.InboundMail",
                        source_field="mail_id",
                        primary_key=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="contents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("content", fields.BinaryField()),
            ],
            options={
                "table": "inbound_content",
                "app": "mail",
                "pk_attr": "mail_id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailboxCursor",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=120)),
                ("reader", fields.CharField(default="", max_length=40)),
                ("leased_until", fields.DatetimeField(null=True)),
                ("uidvalidity", fields.BigIntField(default=0)),
                ("uid", fields.BigIntField(default=0)),
                ("fares", fields.JSONField(default=dict)),
            ],
            options={
                "table": "mailbox_cursor",
                "app": "mail",
                "pk_attr": "name",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OutboundMail",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=120)),
                ("kind", fields.CharField(max_length=30)),
                ("recipient", fields.CharField(max_length=320)),
                ("domain", fields.CharField(max_length=255)),
                ("envelope_from", fields.CharField(max_length=320)),
                ("message_id", fields.CharField(db_index=True, max_length=255)),
                ("content", fields.BinaryField(null=True)),
                ("blob", fields.CharField(default="", max_length=80)),
                ("size", fields.IntField()),
                ("thread", fields.BigIntField(null=True)),
                ("message", fields.BigIntField(null=True, db_index=True)),
                ("tell", fields.CharField(default="", max_length=60)),
                ("state", fields.CharField(default="queued", max_length=10)),
                ("due_at", fields.DatetimeField()),
                ("leased_until", fields.DatetimeField(null=True)),
                ("attempts", fields.IntField(default=0)),
                ("unknown", fields.IntField(default=0)),
                ("response", fields.CharField(default="", max_length=500)),
                ("created_at", fields.DatetimeField()),
                ("settled_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "outbound_mail",
                "app": "mail",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            [
                "CREATE INDEX inbound_mail_waiting ON inbound_mail (due_at) WHERE state = 'received'",
                "CREATE INDEX inbound_mail_aside ON inbound_mail (received_at) "
                "WHERE state IN ('held', 'quarantined', 'failed')",
                "CREATE INDEX inbound_mail_done ON inbound_mail (settled_at) "
                "WHERE state IN ('discarded', 'settled', 'ignored')",
                "CREATE INDEX inbound_mail_message_id ON inbound_mail (message_id) WHERE message_id <> ''",
                "CREATE INDEX inbound_mail_sha256 ON inbound_mail (sha256)",
                "CREATE INDEX inbound_mail_thread ON inbound_mail (thread) WHERE thread IS NOT NULL",
                "CREATE INDEX outbound_mail_thread ON outbound_mail (thread) WHERE thread IS NOT NULL",
                "CREATE INDEX outbound_mail_waiting ON outbound_mail (due_at) WHERE state = 'queued'",
                "CREATE INDEX outbound_mail_failed ON outbound_mail (id) "
                "WHERE state IN ('rejected', 'given_up', 'bounced')",
            ]
        ),
    ]
