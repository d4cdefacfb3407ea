"""The verbs of `manage.py logbook` that leave the house: export, verify, and the authority for an auditor."""

import shutil
from pathlib import Path

from console.management.nouns import USAGE, Answer, Call, Refused, Verb, arg
from security import exporting
from security.exporting import Wanted
from security.verifying.command import EXITS
from security.verifying.examine import Trust, TrustUnreadable, examine


def export(call: Call, *, book: str, first: str, last: str, subject: str, openings: bool, out: str) -> Answer:
    target = Path(out)
    if not target.parent.is_dir():
        raise Refused("folder-missing", f"there is no folder {target.parent}")
    wanted = Wanted(book, first, last, subject, with_openings=openings)
    row = exporting.make(exporting.ask(wanted, actor=call.actor, at=call.at), at=call.at)
    shutil.copyfile(exporting.file_of(row), target)
    data = {
        "file": str(target),
        "entries": row.entries,
        "first": row.first,
        "last": row.last,
        "sha256": row.sha256,
    }
    return Answer(data, f"{row.entries} entries, {row.first} to {row.last}, in {target}\nSHA-256 {row.sha256}")


def verify(call: Call, *, file: str, trust: str | None, previous: str | None, ca: list[str]) -> Answer:
    """The same code as verify.py; without --ca, our own authority is not silently trusted either."""
    try:
        given = Trust(
            policy=Path(trust).read_bytes() if trust else None,
            authorities=b"\n".join(Path(name).read_bytes() for name in ca),
            previous=Path(previous).read_bytes() if previous else None,
        )
        report = examine(file, given, now=call.at)
    except (OSError, TrustUnreadable) as exc:
        call.say(str(exc))
        return Answer({"error": {"code": "usage", "message": str(exc)}}, code=USAGE)
    findings = report.findings()
    data = {"verdict": report.verdict(), "findings": [finding.as_json() for finding in findings]}
    text = "\n".join([f"{finding.level:8} {finding.text}" for finding in findings] + [report.verdict()])
    return Answer(data, text, code=EXITS[report.verdict()])


def authority_pem(call: Call) -> str:
    return exporting.authority(at=call.at).pem().decode("ascii")


EXPORT = Verb(
    "export",
    export,
    "write entries with all their proofs into a zip that can be checked without us",
    arg("--book", required=True),
    arg("--from", dest="first", default="", metavar="N|TIME", help="the first entry: its number, or a time"),
    arg("--to", dest="last", default="", metavar="N|TIME", help="the last entry, included"),
    arg("--subject", default="", help="only entries about this subject, each with its proof"),
    arg("--openings", action="store_true", help="take along the personal values that entries commit to"),
    arg("--out", required=True, metavar="FILE"),
)
VERIFY = Verb(
    "verify",
    verify,
    "check an exported bundle",
    arg("file", metavar="FILE"),
    arg("--trust", metavar="POLICY"),
    arg("--previous", metavar="CHECKPOINT"),
    arg("--ca", metavar="PEM", action="append", default=[]),
)
