import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="AddressFailure",
            fields=[
                ("address", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=320)),
                ("state", fields.CharField(max_length=10)),
                ("status", fields.CharField(default="", max_length=20)),
                ("reason", fields.CharField(default="", max_length=500)),
                ("count", fields.IntField(default=1)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "address_failure",
                "app": "mail",
                "pk_attr": "address",
                "table_description": "An address that a bounce or a refusal has marked, until a mail gets through again.",
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
                ("content", fields.BinaryField(null=True)),
                ("blob", fields.CharField(default="", max_length=80)),
                ("size", fields.IntField()),
                ("sha256", fields.CharField(max_length=64)),
                ("envelope_from", fields.CharField(default="", max_length=320)),
                (
                    "envelope_to",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(default="received", max_length=12)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("leased_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(default="", max_length=40)),
                ("trace", fields.TextField(default="", unique=False)),
                ("message_id", fields.CharField(default="", max_length=255)),
                ("from_address", fields.CharField(default="", max_length=320)),
                ("subject", fields.CharField(default="", max_length=255)),
                ("released", fields.CharField(default="", max_length=20)),
            ],
            options={
                "table": "inbound_mail",
                "app": "mail",
                "unique_together": (("mailbox", "uidvalidity", "uid"),),
                "pk_attr": "id",
                "table_description": "One mail as received. Its bytes are durable before anything else, and the row is the queue.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MailboxCursor",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=120)),
                ("reader", fields.CharField(default="", max_length=40)),
                ("leased_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("uidvalidity", fields.BigIntField(default=0)),
                ("uid", fields.BigIntField(default=0)),
            ],
            options={
                "table": "mailbox_cursor",
                "app": "mail",
                "pk_attr": "name",
                "table_description": "How far one IMAP mailbox has been read, and which process reads it at the moment.",
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
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("leased_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("unknown", fields.IntField(default=0)),
                ("response", fields.CharField(default="", max_length=500)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "outbound_mail",
                "app": "mail",
                "pk_attr": "id",
                "table_description": "One mail to one recipient, serialised once.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SentAnswer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("address", fields.CharField(max_length=320)),
                ("reason", fields.CharField(max_length=40)),
                ("day", fields.DateField()),
                ("count", fields.IntField(default=0)),
            ],
            options={
                "table": "sent_answer",
                "app": "mail",
                "unique_together": (("address", "reason", "day"),),
                "pk_attr": "id",
                "table_description": "How often an address was written to automatically for a reason on a day.",
            },
            bases=["Model"],
        ),
    ]
