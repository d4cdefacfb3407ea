# ruff: noqa: E501 (one row a finding; its two sentences stay readable side by side)
"""What was found, in plain words, and the verdict that follows.

Each code has one row: how much it weighs, and its sentence in English and German. The verdict is a function of the
weights alone: anything BAD is tampering, else anything UNCLEAR leaves it undecided, and undecided is never success.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BAD, UNCLEAR, WARNING, NOTE, GOOD = "bad", "unclear", "warning", "note", "good"
ORDER = {BAD: 0, UNCLEAR: 1, WARNING: 2, GOOD: 3, NOTE: 4}
LISTED = 20  # of one code; the rest is counted

TEXTS: dict[str, tuple[str, str, str]] = {
    # the container
    "container-damaged": (BAD, "The file cannot be read as a bundle: {why}.", "Die Datei ist nicht lesbar: {why}."),
    "name-unsafe": (
        BAD,
        "The bundle holds a member with a name that no bundle has: {name}.",
        "Das Paket enthält einen Eintrag, dessen Name in keinem Paket vorkommt: {name}.",
    ),
    "member-twice": (BAD, "The member {name} is there twice.", "Der Eintrag {name} ist doppelt vorhanden."),
    "member-missing": (BAD, "The file {name} is missing.", "Die Datei {name} fehlt."),
    "member-damaged": (BAD, "The file {name} cannot be read: {why}.", "Die Datei {name} ist nicht lesbar: {why}."),
    "member-too-large": (BAD, "The file {name} is larger than it can be.", "Die Datei {name} ist zu groß."),
    "line-ends": (
        NOTE,
        "A tool changed the line ends of {name}; it was read with the original ones.",
        "Ein Programm hat die Zeilenenden von {name} geändert; gelesen wurde mit den ursprünglichen.",
    ),
    # the list of sums and the signature over it
    "sums-malformed": (
        BAD,
        "The list of sums is not in its one form: {why}.",
        "Die Summenliste ist fehlerhaft: {why}.",
    ),
    "not-listed": (BAD, "The file {name} is not in SHA256SUMS.", "Die Datei {name} steht nicht in SHA256SUMS."),
    "sum-differs": (
        BAD,
        "The file {name} is not the one that was exported: its SHA-256 differs.",
        "Die Datei {name} ist nicht die exportierte: ihre SHA-256-Summe ist eine andere.",
    ),
    "sums-good": (GOOD, "All {count} files are as they were exported.", "Alle {count} Dateien sind wie exportiert."),
    "signature-broken": (
        BAD,
        "{name} is not a signature over this bundle: {why}.",
        "{name} ist keine Unterschrift über dieses Paket: {why}.",
    ),
    "signer-foreign": (
        UNCLEAR,
        "SHA256SUMS was signed by {who}, for whom the authority that you gave does not vouch: {why}.",
        "SHA256SUMS wurde von {who} unterschrieben; die angegebene Stelle bürgt nicht dafür: {why}.",
    ),
    "signer-good": (
        GOOD,
        "The bundle was signed by {who} on {at}.",
        "Das Paket wurde von {who} am {at} unterschrieben.",
    ),
    "no-authority": (
        NOTE,
        "Who signed SHA256SUMS and its time stamp was not checked: no authority was given (--ca).",
        "Wer SHA256SUMS und den Zeitstempel unterschrieben hat, wurde nicht geprüft: keine Stelle angegeben (--ca).",
    ),
    # time stamps
    "stamp-broken": (BAD, "{name} is not a time stamp: {why}.", "{name} ist kein Zeitstempel: {why}."),
    "stamp-elsewhere": (
        BAD,
        "The time stamp {name} was made for something that is not in this bundle.",
        "Der Zeitstempel {name} gehört zu etwas, das nicht in diesem Paket ist.",
    ),
    "stamp-foreign": (
        NOTE,
        "The time stamp {name} by {who} was not judged: {why}.",
        "Der Zeitstempel {name} von {who} wurde nicht bewertet: {why}.",
    ),
    "stamp-future": (
        UNCLEAR,
        "The time stamp {name} states {at}, which is still to come by the clock of this machine.",
        "Der Zeitstempel {name} nennt {at}; das liegt nach der Uhr dieses Rechners in der Zukunft.",
    ),
    "stamp-good": (
        GOOD,
        "{thing} existed on {at}, says {who}.",
        "{thing} lag am {at} vor, bestätigt {who}.",
    ),
    # the book's heads
    "no-policy": (
        UNCLEAR,
        "No policy was given (--trust), so nobody says which key is the right one.",
        "Ohne Vertrauensregel (--trust) sagt niemand, welcher Schlüssel der richtige ist.",
    ),
    "no-cryptography": (
        UNCLEAR,
        "No signature could be checked, because the Python package 'cryptography' is missing: "
        "python -m pip install cryptography.",
        "Keine Unterschrift konnte geprüft werden, weil das Python-Paket 'cryptography' fehlt: "
        "python -m pip install cryptography.",
    ),
    "head-malformed": (
        BAD,
        "{name} is not a checkpoint in its one form: {why}.",
        "{name} ist kein Prüfpunkt in gültiger Form: {why}.",
    ),
    "head-misnamed": (
        BAD,
        "{name} holds the checkpoint of size {size}.",
        "{name} enthält den Prüfpunkt der Größe {size}.",
    ),
    "head-elsewhere": (
        BAD,
        "{name} belongs to another book: {origin}.",
        "{name} gehört zu einem anderen Buch: {origin}.",
    ),
    "head-unsigned": (
        UNCLEAR,
        "{name} carries no signature by a key of your policy.",
        "{name} trägt keine Unterschrift eines Schlüssels Ihrer Vertrauensregel.",
    ),
    "head-signature-bad": (
        BAD,
        "{name} carries a signature that does not fit: {why}.",
        "{name} trägt eine Unterschrift, die nicht passt: {why}.",
    ),
    "two-roots": (
        BAD,
        "There are two different heads of the book for size {size}.",
        "Es gibt zwei verschiedene Stände des Buchs für die Größe {size}.",
    ),
    "head-beyond": (
        BAD,
        "{name} is larger than the checkpoint that heads this bundle.",
        "{name} ist größer als der Prüfpunkt dieses Pakets.",
    ),
    "origin-unknown": (
        UNCLEAR,
        "Your policy knows no key for the book {origin}.",
        "Ihre Vertrauensregel kennt keinen Schlüssel für das Buch {origin}.",
    ),
    "quorum-missed": (
        UNCLEAR,
        "The checkpoint is not cosigned by as many witnesses as your policy asks for.",
        "Der Prüfpunkt ist nicht von so vielen Zeugen mitgezeichnet, wie Ihre Vertrauensregel verlangt.",
    ),
    "heads-good": (
        GOOD,
        "{count} checkpoint(s) are signed by the log key of your policy; the largest has size {size}.",
        "{count} Prüfpunkt(e) sind mit dem Schlüssel Ihrer Vertrauensregel unterschrieben; der größte hat die Größe {size}.",
    ),
    "witness-good": (GOOD, "Witness {who} cosigned on {at}.", "Der Zeuge {who} hat am {at} mitgezeichnet."),
    "no-witness": (
        NOTE,
        "Your policy asks for no witness: that the book was not rewritten as a whole rests on its operator alone.",
        "Ihre Vertrauensregel verlangt keinen Zeugen: dass nicht das ganze Buch neu geschrieben wurde, "
        "beruht allein auf dem Betreiber.",
    ),
    "key-retired": (
        BAD,
        "{name} was signed only by a key that had been retired at entry {sequence}.",
        "{name} ist nur von einem Schlüssel unterschrieben, der mit Eintrag {sequence} außer Dienst ging.",
    ),
    "key-revoked": (
        UNCLEAR,
        "{name} was signed only by a key that entry {sequence} revokes, and nothing shows that it is older than that.",
        "{name} ist nur von einem Schlüssel unterschrieben, den Eintrag {sequence} widerruft; "
        "nichts belegt, dass er älter ist.",
    ),
    "key-introduced": (
        NOTE,
        "Entry {sequence} introduces the log key {key}.",
        "Eintrag {sequence} führt den Schlüssel {key} ein.",
    ),
    "key-unproved": (
        BAD,
        "Entry {sequence} introduces a log key without proof that its owner has it.",
        "Eintrag {sequence} führt einen Schlüssel ein, ohne dessen Besitz zu belegen.",
    ),
    "revocation-unproved": (
        BAD,
        "Entry {sequence} revokes a key without the signature of the recovery key that entry 0 names.",
        "Eintrag {sequence} widerruft einen Schlüssel ohne die Unterschrift des in Eintrag 0 genannten Notschlüssels.",
    ),
    # proofs
    "proof-malformed": (
        BAD,
        "{name} is not a proof in its one form: {why}.",
        "{name} ist kein gültiger Beweis: {why}.",
    ),
    "proof-fails": (BAD, "{name} does not prove what it should: {why}.", "{name} beweist nicht, was er soll: {why}."),
    "proof-missing": (
        UNCLEAR,
        "Nothing in this bundle connects the checkpoint of size {size} with the one of size {head}.",
        "Nichts in diesem Paket verbindet den Prüfpunkt der Größe {size} mit dem der Größe {head}.",
    ),
    "previous-malformed": (
        UNCLEAR,
        "The earlier checkpoint that you gave cannot be read: {why}.",
        "Der angegebene frühere Prüfpunkt ist nicht lesbar: {why}.",
    ),
    "previous-longer": (
        BAD,
        "The book is shorter than it was: you hold a checkpoint of size {old}, this one has {new}. Entries were removed.",
        "Das Buch ist kürzer als zuvor: Ihr Prüfpunkt hat die Größe {old}, dieser {new}. Einträge wurden entfernt.",
    ),
    "previous-differs": (
        BAD,
        "The first {old} entries are not those of the checkpoint that you hold: the book was rewritten.",
        "Die ersten {old} Einträge sind nicht die Ihres früheren Prüfpunkts: das Buch wurde umgeschrieben.",
    ),
    "previous-unproved": (
        UNCLEAR,
        "Nothing here shows that the book extends the checkpoint of size {old} that you hold; "
        "ask for an export that begins at entry {old} or before.",
        "Nichts belegt hier, dass das Buch Ihren früheren Prüfpunkt der Größe {old} fortsetzt; "
        "verlangen Sie einen Export ab Eintrag {old} oder davor.",
    ),
    "previous-good": (
        GOOD,
        "The book extends the checkpoint of size {old} that you hold.",
        "Das Buch setzt Ihren früheren Prüfpunkt der Größe {old} fort.",
    ),
    # entries
    "entry-malformed": (
        BAD,
        "Entry {sequence} is not in its one form: {why}.",
        "Eintrag {sequence} ist fehlerhaft: {why}.",
    ),
    "entry-elsewhere": (
        BAD,
        "Entry {sequence} belongs to the book {book}, not to {expected}.",
        "Eintrag {sequence} gehört zum Buch {book}, nicht zu {expected}.",
    ),
    "entry-gap": (
        BAD,
        "Entry {expected} should come here, but entry {sequence} does: something was removed, added or moved.",
        "Hier müsste Eintrag {expected} stehen, es steht aber {sequence}: etwas wurde entfernt, eingefügt oder verschoben.",
    ),
    "entry-unproved": (
        BAD,
        "Entry {sequence} stands alone and has no inclusion proof.",
        "Eintrag {sequence} steht für sich und hat keinen Einschlussbeweis.",
    ),
    "edge-malformed": (BAD, "edge.txt is not in its one form: {why}.", "edge.txt ist fehlerhaft: {why}."),
    "edge-fails": (
        BAD,
        "edge.txt or an entry is not the one that the checkpoint was signed over.",
        "edge.txt oder ein Eintrag ist nicht das, worüber der Prüfpunkt unterschrieben wurde.",
    ),
    "root-differs": (
        BAD,
        "The first {size} entries do not lead to the root that {name} was signed over: an entry in {span} was changed.",
        "Die ersten {size} Einträge führen nicht zur Wurzel, über die {name} unterschrieben wurde: "
        "ein Eintrag in {span} wurde geändert.",
    ),
    "end-missing": (
        BAD,
        "The entries end at {last}, but the checkpoint covers {size} and no proof connects them.",
        "Die Einträge enden bei {last}, der Prüfpunkt umfasst {size}, und kein Beweis verbindet sie.",
    ),
    "beyond-head": (
        BAD,
        "Entry {sequence} is beyond the checkpoint of size {size}.",
        "Eintrag {sequence} liegt hinter dem Prüfpunkt der Größe {size}.",
    ),
    "range-good": (
        GOOD,
        "{count} entries, {first} to {last}, complete and unchanged.",
        "{count} Einträge, {first} bis {last}, vollständig und unverändert.",
    ),
    "selection-good": (
        GOOD,
        "{count} entries out of {size}, each proved to be in the book unchanged.",
        "{count} von {size} Einträgen, jeder nachweislich unverändert im Buch.",
    ),
    "selection-limits": (
        NOTE,
        "This is a selection. It does not prove that the book holds no further entry on the same subject.",
        "Dies ist eine Auswahl. Sie beweist nicht, dass das Buch keinen weiteren Eintrag zum selben Gegenstand enthält.",
    ),
    "no-entries": (NOTE, "The bundle holds no entry.", "Das Paket enthält keinen Eintrag."),
    "canonical-unchecked": (
        NOTE,
        "The form of the entries was not checked (--depth {depth}).",
        "Die Form der Einträge wurde nicht geprüft (--depth {depth}).",
    ),
    # time
    "time-regressed": (
        WARNING,
        "Entry {sequence} states {at}, earlier than the entry before it ({before}): the console's clock went back.",
        "Eintrag {sequence} nennt {at}, früher als der Eintrag davor ({before}): die Uhr der Konsole lief zurück.",
    ),
    "time-before-anchor": (
        UNCLEAR,
        "Entry {sequence} states {at}. {size} entries before it were attested by somebody else so early that it cannot "
        "be older than {limit}: it was dated back, or a clock was wrong.",
        "Eintrag {sequence} nennt {at}. {size} Einträge davor wurden von anderer Seite so früh bezeugt, dass er nicht "
        "älter als {limit} sein kann: er ist rückdatiert, oder eine Uhr ging falsch.",
    ),
    "time-after-anchor": (
        UNCLEAR,
        "Entry {sequence} states {at}, but somebody else attested it so early that it cannot be younger than {limit}: "
        "it was dated forward, or a clock was wrong.",
        "Eintrag {sequence} nennt {at}, wurde aber von anderer Seite so früh bezeugt, dass er nicht jünger als {limit} "
        "sein kann: er ist vordatiert, oder eine Uhr ging falsch.",
    ),
    # committed fields
    "opening-malformed": (BAD, "openings.jsonl, line {line}: {why}.", "openings.jsonl, Zeile {line}: {why}."),
    "opening-fails": (
        BAD,
        "The value given for {field} of entry {sequence} is not the one that the entry commits to.",
        "Der Wert für {field} von Eintrag {sequence} ist nicht der, auf den der Eintrag festgelegt ist.",
    ),
    "opening-elsewhere": (
        BAD,
        "openings.jsonl opens entry {sequence}, which is not in the bundle.",
        "openings.jsonl öffnet Eintrag {sequence}, der nicht im Paket ist.",
    ),
    "openings-good": (GOOD, "{count} opened value(s) fit.", "{count} geöffnete Werte passen."),
    "more": (
        NOTE,
        "{count} more of the kind '{code}' are not listed.",
        "{count} weitere der Art „{code}“ sind nicht aufgeführt.",
    ),
}


@dataclass(frozen=True)
class Finding:
    level: str
    code: str
    where: str
    text: str

    def as_json(self) -> dict[str, str]:
        return {"level": self.level, "code": self.code, "where": self.where, "text": self.text}


@dataclass
class Report:
    language: str = "en"
    listed: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, where: str = "", /, level: str = "", **facts: object) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1
        if self.counts[code] <= LISTED:
            weight, english, german = TEXTS[code]
            text = (german if self.language == "de" else english).format(**facts)
            self.listed.append(Finding(level or weight, code, where, text))

    def findings(self) -> list[Finding]:
        """What weighs most comes first; within that, in the order in which it was met."""
        more = Report(self.language)
        for code, count in self.counts.items():
            if count > LISTED:
                more.add("more", "", count=count - LISTED, code=code)
        return sorted([*self.listed, *more.listed], key=lambda finding: ORDER[finding.level])

    def has(self, level: str) -> bool:
        return any(finding.level == level for finding in self.listed)

    def verdict(self) -> str:
        return "tampered" if self.has(BAD) else "undecided" if self.has(UNCLEAR) else "good"
