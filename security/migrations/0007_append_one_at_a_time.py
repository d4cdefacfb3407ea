"""One entry at a time is the usual case on PostgreSQL: a plain INSERT then, without the machinery of a batch."""

from importlib import import_module

from django.db import migrations

BATCH = import_module("security.migrations.0003_append_in_one_trip")

ONE = r"""
  IF many = 1 THEN
    bytes := heads[1] || convert_to(head.size::text, 'UTF8') || tails[1];
    hash := sha256('\x00'::bytea || bytes);
    made := ARRAY[hash];
    INSERT INTO security_entry (book_id, sequence, line, leaf, kind, subject, actor, at)
    VALUES (head.id, head.size, bytes, hash, kinds[1], subjects[1], actors[1], ats[1]);
  ELSE
"""
CREATE = (
    BATCH.CREATE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    .replace("  hash bytea;\n", "  hash bytea;\n  bytes bytea;\n")
    .replace("  WITH written AS (", ONE + "  WITH written AS (")
    .replace("INTO made FROM written;\n", "INTO made FROM written;\n  END IF;\n")
)


def quicken(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE, params=None)


class Migration(migrations.Migration):
    dependencies = [("security", "0006_no_index_by_actor")]
    operations = [migrations.RunPython(quicken, migrations.RunPython.noop)]
