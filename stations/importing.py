"""Many stations from one table: read and checked as a whole first, then written in one transaction or not at all.

Columns, in any order, named in the first line: `identity` and `profile`; `password` (text, or `hex:` and digits) and
`group` where wanted. Separated by comma or semicolon. Keys are hashed before the transaction begins: a hundred hashes
take seconds, and nobody else could write in that time.
"""

import csv
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from security import credentials as hashes
from stations import credentials, registry
from stations.errors import StationsError
from stations.models import Station

COLUMNS = ("identity", "profile", "password", "group")
NEEDED = ("identity", "profile")
MOST = 500
LONGEST_GROUP = 80


@dataclass(frozen=True)
class Line:
    """One station to be. `key` is None where one shall be made; profile 3 has none."""

    number: int
    identity: str
    profile: int
    group: str
    key: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Fault:
    """What is wrong in a line of the file; line 1 is the heading."""

    number: int
    what: str


@dataclass(frozen=True)
class Parsed:
    lines: Sequence[Line]
    faults: Sequence[Fault]


class Faulty(ValueError):
    """A cell that cannot be used; the text says why."""


def read(data: bytes) -> str:
    """The text of a file as spreadsheets write it. Raise Faulty for what is neither UTF-8 nor of Windows."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Faulty(_("the file is no text: save it as CSV in UTF-8"))


def parse(text: str) -> Parsed:
    """Every line that can be read, and every fault; both are told together, so that a file is mended once."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text))
    heading = [cell.strip().casefold() for cell in next(rows, [])]
    faults = _faults_of(heading)
    if faults:
        return Parsed([], faults)
    lines: list[Line] = []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(lines) + len(faults) >= MOST:
            faults.append(Fault(rows.line_num, _("more than %(most)d lines: split the file") % {"most": MOST}))
            break
        try:
            lines.append(_line(rows.line_num, dict(zip(heading, row, strict=False))))
        except (Faulty, StationsError) as error:
            faults.append(Fault(rows.line_num, str(error)))
    return Parsed(lines, sorted([*faults, *_twice(lines)], key=lambda fault: fault.number))


def check(parsed: Parsed) -> Parsed:
    """The same, with what only the registry can tell: which stations are there already."""
    folded = {registry.fold(line.identity): line for line in parsed.lines}
    there = Station.objects.filter(folded__in=folded).values_list("folded", flat=True)
    known = [Fault(folded[name].number, _("this station is registered already")) for name in there]
    return Parsed(parsed.lines, sorted([*parsed.faults, *known], key=lambda fault: fault.number))


def carry_out(lines: Sequence[Line], *, by: str, at: datetime) -> list[registry.Added]:
    """Register them all, or none. Raise StationsError. Passwords that were made here are in the answer, this once."""
    made = [None if line.key or line.profile == 3 else credentials.spell(credentials.new_key()) for line in lines]
    keys = [line.key or (password or "").encode() for line, password in zip(lines, made, strict=True)]
    with ThreadPoolExecutor() as pool:
        hashed = list(pool.map(lambda key: hashes.hash_key(key) if key else "", keys))
    added = []
    with transaction.atomic():
        for line, key, password, digest in zip(lines, keys, made, hashed, strict=True):
            one = registry.add(
                line.identity,
                profile=line.profile,
                group=line.group,
                key=key or None,
                hashed=digest,
                from_manufacturer=line.key is not None,
                by=by,
                at=at,
            )
            added.append(registry.Added(one.station, password))
    return added


def _delimiter(text: str) -> str:
    heading = text.partition("\n")[0]
    return ";" if heading.count(";") > heading.count(",") else ","


def _faults_of(heading: Sequence[str]) -> list[Fault]:
    faults = [
        Fault(1, _("the column “%(name)s” is missing") % {"name": name}) for name in NEEDED if name not in heading
    ]
    unknown = [name for name in heading if name not in COLUMNS]
    faults += [
        Fault(
            1,
            _("the column “%(name)s” is not known; there are %(known)s") % {"name": name, "known": ", ".join(COLUMNS)},
        )
        for name in unknown
    ]
    if len(set(heading)) != len(heading):
        faults.append(Fault(1, _("a column stands there twice")))
    return faults


def _line(number: int, cells: dict[str, str]) -> Line:
    identity, profile = cells.get("identity", "").strip(), cells.get("profile", "").strip()
    password, group = cells.get("password", "").strip(), cells.get("group", "").strip()
    registry.check_identity(identity)
    if profile not in {"1", "2", "3"}:
        raise Faulty(_("the profile is “%(profile)s”: write 1, 2 or 3") % {"profile": profile})
    if profile == "3" and password:
        raise Faulty(_("a station of profile 3 has a certificate, so it takes no password"))
    if len(group) > LONGEST_GROUP:
        raise Faulty(_("the name of the group is longer than %(most)d characters") % {"most": LONGEST_GROUP})
    return Line(number, identity, int(profile), group, credentials.read(password) if password else None)


def _twice(lines: Sequence[Line]) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for line in lines:
        before = first.setdefault(registry.fold(line.identity), line.number)
        if before != line.number:
            facts = {"identity": line.identity, "line": before}
            faults.append(Fault(line.number, _("“%(identity)s” stands in line %(line)d already") % facts))
    return faults
