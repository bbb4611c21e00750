"""What the tables need from the database: trigrams, one- and two-character grams, a series of codes."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

GRAMS = """
CREATE FUNCTION crm_grams(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT DISTINCT gram FROM (
            SELECT substr(lower($1), n, size) AS gram
            FROM generate_series(1, length($1)) AS n, (VALUES (1), (2)) AS sizes (size)
            WHERE n + size - 1 <= length($1)
        ) AS grams WHERE gram !~ '\\s'
    )
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        TrigramExtension(),
        migrations.RunSQL(GRAMS, "DROP FUNCTION crm_grams(text)"),
        migrations.RunSQL("CREATE SEQUENCE customers_code_series", "DROP SEQUENCE customers_code_series"),
    ]
