"""PostgreSQL appends inside the server: one round trip per batch, so the head is locked for as short as can be.

The function does what `merkle.tree.Edge` does; a test holds the two against each other, and each seal recomputes in Python
what this computed.
"""

from django.db import migrations

# One lock for the heads of all books: whoever enters into two books in one transaction cannot meet another who does so
# in the other order. It is the first thing taken, and gone with the transaction.
CREATE = r"""
CREATE FUNCTION security_append(
  wanted text, heads bytea[], tails bytea[], kinds text[], subjects text[], actors text[], ats timestamptz[])
RETURNS TABLE (book bigint, book_state text, begins bigint, before timestamptz, hashes bytea[])
LANGUAGE plpgsql AS $append$
DECLARE
  head security_book%ROWTYPE;
  grown bytea;
  carry bigint;
  count bigint;
  hash bytea;
  many integer := array_length(heads, 1);
  made bytea[];
BEGIN
  PERFORM pg_advisory_xact_lock(5131846296);
  SELECT * INTO head FROM security_book WHERE name = wanted FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF head.state <> 'open' THEN
    RETURN QUERY SELECT head.id, head.state::text, NULL::bigint, head.last_at, NULL::bytea[];
    RETURN;
  END IF;
  WITH written AS (
    INSERT INTO security_entry (book_id, sequence, line, leaf, kind, subject, actor, at)
    SELECT head.id, head.size + part.o - 1, part.line, sha256('\x00'::bytea || part.line), part.k, part.s, part.a, part.t
    FROM (
      SELECT u.h || convert_to((head.size + u.o - 1)::text, 'UTF8') || u.e AS line, u.k, u.s, u.a, u.t, u.o
      FROM unnest(heads, tails, kinds, subjects, actors, ats) WITH ORDINALITY AS u(h, e, k, s, a, t, o)
    ) AS part
    RETURNING sequence, leaf
  )
  SELECT array_agg(written.leaf ORDER BY written.sequence) INTO made FROM written;
  grown := head.edge;
  count := head.size;
  FOREACH hash IN ARRAY made LOOP
    carry := count;
    WHILE carry & 1 = 1 LOOP
      hash := sha256('\x01'::bytea || substr(grown, octet_length(grown) - 31) || hash);
      grown := substr(grown, 1, octet_length(grown) - 32);
      carry := carry >> 1;
    END LOOP;
    grown := grown || hash;
    count := count + 1;
  END LOOP;
  UPDATE security_book SET size = count, edge = grown, last_at = ats[many] WHERE id = head.id;
  RETURN QUERY SELECT head.id, head.state::text, head.size, head.last_at, made;
END
$append$
"""
DROP = "DROP FUNCTION security_append(text, bytea[], bytea[], text[], text[], text[], timestamptz[])"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE, params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP, params=None)


class Migration(migrations.Migration):
    dependencies = [("security", "0002_guards")]
    operations = [migrations.RunPython(create, drop)]
