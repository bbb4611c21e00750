"""Pools that can be closed, and rules that say whether the dates of all customers follow them yet."""

from django.db import migrations, models

# As in 0008, but a closed pool, which has no team either, is not the company's.
POOL_OF = """
CREATE OR REPLACE FUNCTION customers_pool_of(person bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT p.id FROM customers_pool p
    LEFT JOIN staff_user u ON u.id = person
    LEFT JOIN staff_team own ON own.id = u.team_id
    WHERE p.closed_at IS NULL AND (p.team_id IS NULL OR p.team_id = ANY (own.lineage))
    ORDER BY array_position(own.lineage, p.team_id) DESC NULLS LAST LIMIT 1
$$
"""
# A simulation goes over all customers: with these marked the server may share that among its cores.
PARALLEL = (
    "ALTER FUNCTION customers_stand_still(bigint, date, date) PARALLEL SAFE",
    "ALTER FUNCTION customers_due(bigint, date, date, date, text, text, date, bigint) PARALLEL SAFE",
)


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_sheet_judged")]
    operations = [
        migrations.RemoveConstraint(model_name="pool", name="pool_one_of_the_company"),
        migrations.AddField(model_name="pool", name="closed_at", field=models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            model_name="poolrules", name="applied_at", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.AlterField(
            model_name="pool", name="name", field=models.CharField(max_length=100, verbose_name="name")
        ),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(("closed_at__isnull", True), ("team__isnull", True)),
                name="pool_one_of_the_company",
            ),
        ),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)), fields=("name",), name="pool_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_at__isnull", True), ("team__isnull", True), _connector="OR"),
                name="pool_closed_is_nobodys",
            ),
        ),
        migrations.RunSQL(POOL_OF, migrations.RunSQL.noop),
        *[migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in PARALLEL],
    ]
