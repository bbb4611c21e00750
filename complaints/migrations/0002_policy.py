"""The series of ticket numbers, the wall that keeps the steps as they were, and the limits of the beginning."""

from django.db import migrations

# severity: working minutes (eight hours a day) until the first answer and until the resolution
LIMITS = {"low": (480, 4800), "normal": (240, 2400), "high": (120, 1440), "critical": (60, 480)}
KEEP = """
CREATE FUNCTION complaints_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was done is never changed (%)', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
GUARD = "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON {0} FOR EACH ROW EXECUTE FUNCTION complaints_keep()"
TABLES = ("complaints_step", "complaints_try")


def write_policy(apps, schema_editor):
    """Very good customers are answered in half the time."""
    targets = apps.get_model("complaints", "Target").objects
    for severity, (first, resolve) in LIMITS.items():
        targets.create(severity=severity, grade="", first=first, resolve=resolve)
        for grade in ("VIP", "SVIP"):
            targets.create(severity=severity, grade=grade, first=first // 2, resolve=resolve // 2)


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_tickets")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE complaints_number_series", "DROP SEQUENCE complaints_number_series"),
        migrations.RunSQL(KEEP, "DROP FUNCTION complaints_keep()"),
        *[migrations.RunSQL(GUARD.format(name), f"DROP TRIGGER keep ON {name}") for name in TABLES],
        migrations.RunPython(write_policy, migrations.RunPython.noop),
    ]
