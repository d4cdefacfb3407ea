"""The authenticated encryption of NTS: AES-SIV-CMAC (RFC 5297) and AES-128-GCM-SIV (RFC 8452).

The primitives come from `cryptography`; nothing here invents any. Keys have no place in a repr or a failure.
"""

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV, AESSIV

from timesync.nts.codes import Code
from timesync.nts.failures import Failure

AES_SIV_CMAC_256 = 15  # every server must know this one (RFC 8915, section 5.1)
AES_SIV_CMAC_384 = 16
AES_SIV_CMAC_512 = 17
AES_128_GCM_SIV = 30


@dataclass(frozen=True, slots=True)
class Algorithm:
    number: int  # in the IANA registry of AEAD algorithms
    name: str
    key_length: int
    nonce_length: int


ALGORITHMS = {
    algorithm.number: algorithm
    for algorithm in (
        Algorithm(AES_SIV_CMAC_256, "AES-SIV-CMAC-256", 32, 16),
        Algorithm(AES_SIV_CMAC_384, "AES-SIV-CMAC-384", 48, 16),
        Algorithm(AES_SIV_CMAC_512, "AES-SIV-CMAC-512", 64, 16),
        Algorithm(AES_128_GCM_SIV, "AES-128-GCM-SIV", 16, 12),
    )
}
TAG_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Cipher:
    """One key of one direction, ready for use."""

    algorithm: Algorithm
    _aead: AESSIV | AESGCMSIV = field(repr=False, compare=False)

    def seal(self, plaintext: bytes, *, associated: bytes, nonce: bytes) -> bytes:
        if isinstance(self._aead, AESSIV):
            return self._aead.encrypt(plaintext, [associated, nonce])
        return self._aead.encrypt(nonce, plaintext, associated)

    def open(self, ciphertext: bytes, *, associated: bytes, nonce: bytes) -> bytes:
        """The plaintext; raises Failure(AUTHENTICATION_FAILED) for anything that was not sealed with this key."""
        try:
            if isinstance(self._aead, AESSIV):
                return self._aead.decrypt(ciphertext, [associated, nonce])
            return self._aead.decrypt(nonce, ciphertext, associated)
        except (InvalidTag, ValueError) as error:
            raise Failure(Code.AUTHENTICATION_FAILED, algorithm=self.algorithm.name) from error


def cipher(number: int, key: bytes) -> Cipher:
    """Raises Failure(KEYS_UNUSABLE) for an unknown algorithm or a key of the wrong length."""
    algorithm = ALGORITHMS.get(number)
    if algorithm is None or len(key) != algorithm.key_length:
        raise Failure(Code.KEYS_UNUSABLE, algorithm=number, key_length=len(key))
    try:
        return Cipher(algorithm, AESGCMSIV(key) if number == AES_128_GCM_SIV else AESSIV(key))
    except UnsupportedAlgorithm as error:
        raise Failure(Code.KEYS_UNUSABLE, algorithm=algorithm.name, reason="not offered by this OpenSSL") from error


def is_available(number: int) -> bool:
    try:
        cipher(number, bytes(ALGORITHMS[number].key_length if number in ALGORITHMS else 0))
    except Failure:
        return False
    return True
