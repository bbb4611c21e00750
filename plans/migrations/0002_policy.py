"""The chain of policy 6.2 as data, and the walls that keep what was decided as it was."""

from django.db import migrations

TABLES = ("plans_version", "plans_decision", "plans_linecomment", "plans_planevent")
KEEP = """
CREATE FUNCTION plans_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was decided is never changed (%)', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
GUARD = "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION plans_keep()"


def write_policy(apps, schema_editor):
    """The manager reviews, the director approves (policy 1.3, 1.4, 6.2)."""
    chain = apps.get_model("plans", "Chain").objects.create(number=1)
    steps = apps.get_model("plans", "ChainStep").objects
    for position, role in enumerate(("manager", "director"), start=1):
        steps.create(chain=chain, position=position, role=role)


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_plans")]
    operations = [
        migrations.RunSQL(KEEP, "DROP FUNCTION plans_keep()"),
        *[migrations.RunSQL(GUARD.format(table=name), f"DROP TRIGGER keep ON {name}") for name in TABLES],
        migrations.RunPython(write_policy, migrations.RunPython.noop),
    ]
