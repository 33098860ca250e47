"""Indexes of the queues: only the rows that wait stand in them."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_initial")]
    operations = [
        ops.RunSQL(
            [
                "CREATE INDEX inbound_mail_waiting ON inbound_mail (due_at) WHERE state = 'received'",
                "CREATE INDEX inbound_mail_aside ON inbound_mail (received_at) "
                "WHERE state IN ('held', 'quarantined', 'failed')",
                "CREATE INDEX inbound_mail_message_id ON inbound_mail (message_id) WHERE message_id <> ''",
                "CREATE INDEX inbound_mail_sha256 ON inbound_mail (sha256)",
                "CREATE INDEX outbound_mail_waiting ON outbound_mail (due_at) WHERE state = 'queued'",
            ]
        ),
    ]
