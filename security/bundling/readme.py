# ruff: noqa: E501 (commands that people copy stay on one line)
"""README.txt of a bundle: what it is, how to check it, what it does not prove; English, then German.

The commands are exact: a test runs each of them as it stands here.
"""

from security.bundling.source import Span

ENGLISH = """\
{title}
{rule}

Book     {book}
Origin   {origin}
Entries  {what_en}
Sealed   in a tree of {size} entries

WHAT YOU NEED BESIDE THIS FILE

policy.txt   says which key signs this book, and which witnesses count. You got it from the
             operator by another way (on paper, at the commissioning, from your authority).
ca.pem       the certificate of the authority behind SHA256SUMS.p7s, got in the same way.

Keys, certificates and programs that travel inside a bundle prove nothing about it. That is
true of verify.py in here as well: use a copy that you got by another way, or compare its
SHA-256 with one that was published elsewhere.

THE WHOLE CHECK (Python 3.9 or newer, and: python3 -m pip install cryptography)

    python3 verify.py BUNDLE.zip --trust policy.txt --ca ca.pem

With a checkpoint of this book that you kept from an earlier export, it also proves that
nothing in the part that you know was changed or removed since:

    python3 verify.py BUNDLE.zip --trust policy.txt --ca ca.pem --previous checkpoint.old

Exit status: 0 good, 1 tampered (it says what and where), 2 wrong call, 3 cannot decide.
Cannot decide is never a success. BUNDLE.zip may also be the folder that it was unpacked to.

WITH OPENSSL ALONE (in the unpacked folder, ca.pem and policy.txt beside it)

1. Every file is the one in the list:
    sha256sum -c SHA256SUMS
2. The list was signed by the operator:
    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile ../ca.pem -out /dev/null
3. The list existed at the time in the stamp (an outside authority's certificate in place
   of ca.pem where one made the stamp; see tsa/):
    openssl ts -verify -data SHA256SUMS -in SHA256SUMS.tsr -CAfile ../ca.pem
    openssl ts -reply -in SHA256SUMS.tsr -text
4. The checkpoint was signed by the key in the policy:
    head -n 3 checkpoint > body
    awk '$1 == "log" {{print $2}}' ../policy.txt | cut -d+ -f3- | base64 -d | tail -c 32 > key.raw
    (printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; cat key.raw) > key.der
    awk -v name="$(head -n 1 checkpoint)" 'NR > 4 && $2 == name {{print $3; exit}}' checkpoint | base64 -d | tail -c 64 > signature
    openssl pkeyutl -verify -pubin -inkey key.der -keyform DER -rawin -in body -sigfile signature

This proves who signed these files, and that they are unchanged since. It does not prove that
the list of entries is complete and grew only at its end: that is what verify.py adds.

WHAT IT DOES NOT PROVE

That what was recorded is true; only that it was not changed after it was recorded. Entries
after the last witnessed or stamped checkpoint are as safe as the operator's machine was.
A stamp "by the console's own clock" is no independent evidence of time.
{limits_en}
FILES

entries.jsonl   one entry a line; a leaf of the tree is SHA-256 of a zero byte and the line
checkpoint      the signed head of the book (C2SP tlog-checkpoint), also in checkpoints/
checkpoints/    the heads published before it
proofs/         consistency between heads, inclusion of entries (C2SP tlog-proof)
edge.txt        the subtrees left of the first entry, where that is not entry 0
tsa/            time stamps (RFC 3161) over the text of checkpoints, and their certificates
keys.txt        the keys of this book, to read; the policy is what counts
openings.jsonl  personal values that entries commit to, where they were asked for
original/       records of stations, untouched
report.pdf      the same for people, signed (PAdES)
"""

GERMAN = """\

{rule}
{title_de}
{rule}

Buch      {book}
Herkunft  {origin}
Einträge  {what_de}
Gesiegelt in einem Baum von {size} Einträgen

WAS SIE AUSSERDEM BRAUCHEN

policy.txt   nennt den Schlüssel dieses Buchs und die Zeugen, die zählen. Sie haben die Datei
             vom Betreiber auf anderem Weg erhalten (auf Papier, bei der Inbetriebnahme).
ca.pem       das Zertifikat der Stelle hinter SHA256SUMS.p7s, ebenso erhalten.

Schlüssel, Zertifikate und Programme aus einem Paket beweisen nichts über das Paket. Das gilt
auch für verify.py hier: verwenden Sie ein Exemplar, das Sie auf anderem Weg erhalten haben,
oder vergleichen Sie seine SHA-256-Summe mit einer anderswo veröffentlichten.

DIE GANZE PRÜFUNG (Python 3.9 oder neuer, dazu: python3 -m pip install cryptography)

    python3 verify.py BUNDLE.zip --trust policy.txt --ca ca.pem --lang de

Mit einem Prüfpunkt (checkpoint), den Sie aus einem früheren Export aufbewahrt haben, wird auch
bewiesen, dass an dem Ihnen bekannten Teil seither nichts geändert oder entfernt wurde:

    python3 verify.py BUNDLE.zip --trust policy.txt --ca ca.pem --previous checkpoint.old --lang de

Rückgabewert: 0 gut, 1 verfälscht (mit Angabe, was und wo), 2 falscher Aufruf, 3 nicht zu
entscheiden. Nicht zu entscheiden ist nie ein Erfolg.

NUR MIT OPENSSL

Die vier Schritte oben unter WITH OPENSSL ALONE: Summen, Unterschrift, Zeitstempel, Prüfpunkt. Sie
beweisen, wer diese Dateien unterschrieben hat und dass sie seither unverändert sind; nicht, dass
die Liste vollständig ist und nur am Ende wuchs. Das leistet verify.py.

WAS ES NICHT BEWEIST

Dass das Aufgezeichnete wahr ist; nur, dass es nach der Aufzeichnung nicht geändert wurde. Einträge
nach dem letzten bezeugten oder gestempelten Prüfpunkt sind so sicher, wie es der Rechner des
Betreibers war. Ein Stempel „by the console's own clock“ ist kein unabhängiger Zeitnachweis.
{limits_de}"""

LIMITS_EN = """\
This bundle is a selection: each entry in it is proved to be in the book unchanged, but the
bundle does not prove that the book holds no further entry about the same subject.
"""
LIMITS_DE = """\
Dieses Paket ist eine Auswahl: jeder Eintrag ist nachweislich unverändert im Buch, doch das Paket
beweist nicht, dass das Buch keinen weiteren Eintrag zum selben Gegenstand enthält.
"""


def text(book: str, origin: str, span: Span, size: int) -> str:
    title, title_de = f"Export of the log book {book}", f"Export des Logbuchs {book}"
    what_en, what_de = f"{span.first} to {span.last}", f"{span.first} bis {span.last}"
    if span.subject:
        what_en += f", only those about {span.subject}"
        what_de += f", nur die zu {span.subject}"
    else:
        what_en, what_de = f"{what_en}, without gap", f"{what_de}, lückenlos"
    facts = {
        "book": book,
        "origin": origin,
        "size": size,
        "title": title,
        "title_de": title_de,
        "what_en": what_en,
        "what_de": what_de,
        "rule": "=" * 72,
        "limits_en": LIMITS_EN if span.subject else "",
        "limits_de": LIMITS_DE if span.subject else "",
    }
    return ENGLISH.format(**facts) + GERMAN.format(**facts)
