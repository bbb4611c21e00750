"""Clearing sheets: whoever leads the owner also says that one is clear."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_pool_why")]
    operations = [
        migrations.RenameField("clearingsheet", "sent_back_by", "judged_by"),
        migrations.RenameField("clearingsheet", "sent_back_at", "judged_at"),
        migrations.AlterField(
            model_name="clearingsheet",
            name="status",
            field=models.CharField(
                choices=[("written", "written"), ("sent_back", "sent back"), ("clear", "clear")],
                default="written",
                max_length=10,
            ),
        ),
    ]
