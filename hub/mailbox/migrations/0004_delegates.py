from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("mailbox", "0003_quarantine_decisions")]
    operations = [
        ops.AddField(
            model_name="ServiceAgent",
            name="is_delegate",
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
