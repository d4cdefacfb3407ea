"""C2SP tlog-policy: which logs are trusted, which witnesses are known, and how many of them must have cosigned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from security.merkle import note
from security.merkle.faults import Malformed
from security.merkle.note import COSIGNATURE, ED25519, Vkey

NONE = "none"


@dataclass(frozen=True)
class Group:
    """A name for "at least `least` of these members"; a witness is its own group with no members."""

    least: int
    members: tuple[str, ...]


@dataclass
class Policy:
    logs: list[Vkey] = field(default_factory=list)
    witnesses: dict[str, Vkey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def keys_for(self, origin: str) -> list[Vkey]:
        return [key for key in self.logs if key.name == origin]

    def quorum_reached(self, cosigners: Iterable[Vkey]) -> bool:
        """Whether these keys, whose signatures were found good, satisfy the quorum."""
        good = {(key.name, key.key) for key in cosigners if key.algorithm == COSIGNATURE}
        return self.quorum == NONE or self._holds(self.quorum, good)

    def _holds(self, name: str, good: set[tuple[str, bytes]]) -> bool:
        if name in self.witnesses:
            key = self.witnesses[name]
            return (key.name, key.key) in good
        group = self.groups[name]
        return sum(self._holds(member, good) for member in group.members) >= group.least


def parse(raw: bytes) -> Policy:
    """Raise Malformed for any line that the format does not allow: a policy read half is worse than none."""
    if any((byte < 0x20 and byte not in b"\t\n") or byte == 0x7F for byte in raw.replace(b"\r\n", b"\n")):
        raise Malformed("policy", "control characters")
    policy, quorums = Policy(), 0
    for line in raw.replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape").split("\n"):
        words = [word for word in line.replace("\t", " ").split(" ") if word]
        if not words or words[0].startswith("#"):
            continue
        reader = _READERS.get(words[0])
        if reader is None:
            raise Malformed("policy", f"unknown word {words[0][:40]!r}")
        if quorums and words[0] == "quorum":
            raise Malformed("policy", "two quorum lines")
        quorums += words[0] == "quorum"
        reader(policy, words[1:])
    if not quorums:
        raise Malformed("policy", "no quorum line")
    return policy


def _read_log(policy: Policy, words: list[str]) -> None:
    key = _key(words[:1], ED25519)
    if len(words) > 2 or any(known.key == key.key for known in policy.logs):
        raise Malformed("policy", "a log line has one key and at most one address, and each key occurs once")
    policy.logs.append(key)


def _read_witness(policy: Policy, words: list[str]) -> None:
    key = _key(words[1:2], COSIGNATURE)
    if len(words) > 3 or any(known.key == key.key for known in policy.witnesses.values()):
        raise Malformed("policy", "a witness line has a name, one key, at most one address, and each key occurs once")
    policy.witnesses[_fresh(policy, words[0])] = key


def _read_group(policy: Policy, words: list[str]) -> None:
    members = tuple(words[2:])
    used = {member for group in policy.groups.values() for member in group.members}
    if not members or len(set(members)) != len(members) or used & set(members):
        raise Malformed("policy", "a group has members, and each name is a member at most once")
    if not all(_known(policy, member) for member in members):
        raise Malformed("policy", "a group names a member that no line above defines")
    least = {"all": str(len(members)), "any": "1"}.get(words[1], words[1])
    if not (least.isascii() and least.isdigit() and str(int(least)) == least and 1 <= int(least) <= len(members)):
        raise Malformed("policy", f"{words[1][:20]!r} of {len(members)} is no threshold")
    policy.groups[_fresh(policy, words[0])] = Group(int(least), members)


def _read_quorum(policy: Policy, words: list[str]) -> None:
    if len(words) != 1 or not (words[0] == NONE or _known(policy, words[0])):
        raise Malformed("policy", "the quorum names nothing that a line above defines")
    policy.quorum = words[0]


_READERS = {"log": _read_log, "witness": _read_witness, "group": _read_group, "quorum": _read_quorum}


def _known(policy: Policy, name: str) -> bool:
    return name in policy.witnesses or name in policy.groups


def _fresh(policy: Policy, name: str) -> str:
    if name == NONE or _known(policy, name):
        raise Malformed("policy", f"the name {name[:40]!r} is taken")
    return name


def _key(words: list[str], algorithm: int) -> Vkey:
    if not words:
        raise Malformed("policy", "a key is missing")
    key = note.parse_vkey(words[0])
    if key.algorithm != algorithm:
        raise Malformed("policy", f"a key of type {key.algorithm:#04x} where {algorithm:#04x} is needed")
    return key


def write(logs: Iterable[Vkey], witnesses: Iterable[tuple[str, Vkey, str]], *, quorum: int) -> str:
    """A policy of some logs and `quorum` of the named witnesses, each (name, key, address or empty)."""
    lines = [f"log {key.text()}" for key in logs]
    names = []
    for name, key, url in witnesses:
        names.append(name)
        lines.append(f"witness {name} {key.text()} {url}".rstrip())
    if quorum:
        lines += [f"group witnesses {quorum} {' '.join(names)}", "quorum witnesses"]
    else:
        lines.append(f"quorum {NONE}")
    return "".join(line + "\n" for line in lines)
