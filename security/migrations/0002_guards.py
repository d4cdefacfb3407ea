"""Triggers that let the log books only grow. They stop accidents, not administrators; see security/README.md.

`security.guards` compares what is in the database with the statements below, word for word: a change of a guard is a
new migration, and that module then points to it.
"""

from django.db import migrations

REFUSED = "log books only grow"

POSTGRESQL_FUNCTIONS = {
    "security_refuse": """
BEGIN
  RAISE EXCEPTION '% on % is refused: log books only grow', TG_OP, TG_TABLE_NAME USING ERRCODE = '23001';
END""",
    "security_entry_update": """
DECLARE
  said jsonb;
BEGIN
  IF NEW.book_id = OLD.book_id AND NEW.sequence = OLD.sequence AND NEW.line = OLD.line AND NEW.leaf = OLD.leaf THEN
    said := convert_from(NEW.line, 'UTF8')::jsonb;
    IF NEW.kind = said->>'kind' AND NEW.subject = said->>'subject' AND NEW.actor = said->>'actor'
       AND NEW.at = (said->>'at')::timestamptz THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'UPDATE on security_entry is refused: log books only grow' USING ERRCODE = '23001';
END""",
    "security_entry_insert": """
DECLARE
  part record;
BEGIN
  FOR part IN SELECT book_id, min(sequence) AS low, max(sequence) AS high, count(*) AS many FROM fresh GROUP BY book_id
  LOOP
    IF part.high - part.low + 1 <> part.many
       OR part.high <> (SELECT max(sequence) FROM security_entry WHERE book_id = part.book_id)
       OR part.low <> coalesce(
            (SELECT max(sequence) + 1 FROM security_entry WHERE book_id = part.book_id AND sequence < part.low), 0)
    THEN
      RAISE EXCEPTION 'INSERT on security_entry is refused: log books only grow, without gaps'
        USING ERRCODE = '23001';
    END IF;
  END LOOP;
  RETURN NULL;
END""",
    "security_book_update": """
BEGIN
  IF NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.origin <> OLD.origin OR NEW.opened_at <> OLD.opened_at
     OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.edge <> OLD.edge)
     OR (OLD.state = 'closed' AND NEW.state <> 'closed')
     OR (NEW.size > OLD.size AND NOT EXISTS
          (SELECT 1 FROM security_entry WHERE book_id = NEW.id AND sequence = NEW.size - 1))
  THEN
    RAISE EXCEPTION 'UPDATE on security_book is refused: log books only grow' USING ERRCODE = '23001';
  END IF;
  RETURN NEW;
END""",
}
GROWING = ("entry", "tile", "checkpoint", "anchor")
POSTGRESQL_TRIGGERS = {
    "entry_no_change": "BEFORE UPDATE ON security_entry FOR EACH ROW EXECUTE FUNCTION security_entry_update()",
    "entry_no_gap": (
        "AFTER INSERT ON security_entry REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
        " EXECUTE FUNCTION security_entry_insert()"
    ),
    "book_only_grows": "BEFORE UPDATE ON security_book FOR EACH ROW EXECUTE FUNCTION security_book_update()",
    **{
        f"{table}_no_change": f"BEFORE UPDATE ON security_{table} FOR EACH ROW EXECUTE FUNCTION security_refuse()"
        for table in GROWING[1:]
    },
    **{
        f"{table}_no_removal": f"BEFORE DELETE ON security_{table} FOR EACH ROW EXECUTE FUNCTION security_refuse()"
        for table in ("book", *GROWING)
    },
    **{
        f"{table}_no_truncate": (
            f"BEFORE TRUNCATE ON security_{table} FOR EACH STATEMENT EXECUTE FUNCTION security_refuse()"
        )
        for table in ("book", *GROWING)
    },
}


def _refusal(what: str, table: str) -> str:
    return f"SELECT RAISE(ABORT, '{what} on security_{table} is refused: {REFUSED}')"


SAID = "CAST(NEW.line AS TEXT)"
# REPLACE and upsert pass by UPDATE and DELETE triggers on SQLite; what meets them is the BEFORE INSERT trigger.
SQLITE_TRIGGERS = {
    "entry_no_change": f"""BEFORE UPDATE ON security_entry
WHEN NEW.book_id IS NOT OLD.book_id OR NEW.sequence IS NOT OLD.sequence OR NEW.line IS NOT OLD.line
  OR NEW.leaf IS NOT OLD.leaf
  OR NEW.kind IS NOT json_extract({SAID}, '$.kind') OR NEW.subject IS NOT json_extract({SAID}, '$.subject')
  OR NEW.actor IS NOT json_extract({SAID}, '$.actor')
  OR substr(NEW.at || '.000000', 1, 26) IS NOT substr(replace(json_extract({SAID}, '$.at'), 'T', ' '), 1, 26)
BEGIN {_refusal("UPDATE", "entry")}; END""",
    "entry_no_gap": f"""BEFORE INSERT ON security_entry
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence) + 1, 0) FROM security_entry WHERE book_id = NEW.book_id)
BEGIN {_refusal("INSERT", "entry")}; END""",
    "book_only_grows": f"""BEFORE UPDATE ON security_book
WHEN NEW.id IS NOT OLD.id OR NEW.name IS NOT OLD.name OR NEW.origin IS NOT OLD.origin
  OR NEW.opened_at IS NOT OLD.opened_at OR NEW.size < OLD.size
  OR (NEW.size = OLD.size AND NEW.edge IS NOT OLD.edge) OR (OLD.state = 'closed' AND NEW.state IS NOT 'closed')
  OR (NEW.size > OLD.size AND NOT EXISTS
       (SELECT 1 FROM security_entry WHERE book_id = NEW.id AND sequence = NEW.size - 1))
BEGIN {_refusal("UPDATE", "book")}; END""",
    "book_no_replace": f"""BEFORE INSERT ON security_book
WHEN EXISTS (SELECT 1 FROM security_book WHERE id = NEW.id OR name = NEW.name OR origin = NEW.origin)
BEGIN {_refusal("INSERT", "book")}; END""",
    "tile_no_replace": f"""BEFORE INSERT ON security_tile
WHEN EXISTS (SELECT 1 FROM security_tile WHERE book_id = NEW.book_id AND level = NEW.level AND number = NEW.number)
BEGIN {_refusal("INSERT", "tile")}; END""",
    "checkpoint_no_replace": f"""BEFORE INSERT ON security_checkpoint
WHEN EXISTS (SELECT 1 FROM security_checkpoint WHERE id = NEW.id OR (book_id = NEW.book_id AND size >= NEW.size))
BEGIN {_refusal("INSERT", "checkpoint")}; END""",
    "anchor_no_replace": f"""BEFORE INSERT ON security_anchor
WHEN EXISTS (SELECT 1 FROM security_anchor WHERE id = NEW.id)
BEGIN {_refusal("INSERT", "anchor")}; END""",
    **{
        f"{table}_no_change": f"BEFORE UPDATE ON security_{table}\nBEGIN {_refusal('UPDATE', table)}; END"
        for table in GROWING[1:]
    },
    **{
        f"{table}_no_removal": f"BEFORE DELETE ON security_{table}\nBEGIN {_refusal('DELETE', table)}; END"
        for table in ("book", *GROWING)
    },
}


def create_statements(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"CREATE TRIGGER {name} {rest}" for name, rest in SQLITE_TRIGGERS.items()]
    statements = [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$"
        for name, body in POSTGRESQL_FUNCTIONS.items()
    ]
    for name, rest in POSTGRESQL_TRIGGERS.items():
        table = rest.split(" ON ")[1].split(" ")[0]
        statements += [f"CREATE TRIGGER {name} {rest}", f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"]
    return statements


def drop_statements(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE_TRIGGERS]
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {rest.split(' ON ')[1].split(' ')[0]}"
        for name, rest in POSTGRESQL_TRIGGERS.items()
    ]


def install(apps, schema_editor):
    for statement in create_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    for statement in drop_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("security", "0001_log_books")]
    operations = [migrations.RunPython(install, remove)]
