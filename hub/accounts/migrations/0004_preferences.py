"""What each guardian prefers."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_secure")]

    operations = [
        ops.AddField(
            model_name="Account", name="text_by_mail", field=fields.BooleanField(default=True, db_default=True)
        ),
        ops.AddField(model_name="Account", name="copies", field=fields.BooleanField(default=False, db_default=False)),
    ]
