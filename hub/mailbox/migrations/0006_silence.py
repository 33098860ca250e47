"""When a service was warned that its silence will decide."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0005_desk")]

    operations = [ops.AddField(model_name="Thread", name="silence_told_at", field=fields.DatetimeField(null=True))]
