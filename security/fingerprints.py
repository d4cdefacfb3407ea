"""A key's fingerprint as words that can be read out over a telephone: a word for each 16 bits (proquint form)."""

from hashlib import sha256

CONSONANTS, VOWELS = "bdfghjklmnprstvz", "aiou"
BYTES = 16


def words(vkey: str) -> list[str]:
    """Eight words for the first 128 bits of SHA-256 over the key's text form."""
    digest = sha256(vkey.encode("utf-8")).digest()[:BYTES]
    return [_word(int.from_bytes(digest[at : at + 2], "big")) for at in range(0, BYTES, 2)]


def _word(bits: int) -> str:
    return "".join(
        letters[bits >> shift & len(letters) - 1]
        for letters, shift in ((CONSONANTS, 12), (VOWELS, 10), (CONSONANTS, 6), (VOWELS, 4), (CONSONANTS, 0))
    )
