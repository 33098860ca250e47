"""Whether a mail's From was proven: a copy that nothing proves must not stand in for the genuine mail."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mail", "0003_trust")]
    operations = [ops.AddField(model_name="InboundMail", name="proven", field=fields.BooleanField(default=False))]
