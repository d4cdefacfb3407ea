"""AES-SIV-CMAC (RFC 5297) written out from its text, so that the simulated server shares no code with the client."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def _double(block: bytes) -> bytes:
    value = int.from_bytes(block, "big") << 1
    if value >> 128:
        value = (value & (1 << 128) - 1) ^ 0x87
    return value.to_bytes(BLOCK, "big")


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _s2v(key: bytes, strings: list[bytes]) -> bytes:
    state = _cmac(key, bytes(BLOCK))
    *heads, last = strings
    for head in heads:
        state = _xor(_double(state), _cmac(key, head))
    if len(last) >= BLOCK:
        return _cmac(key, last[:-BLOCK] + _xor(last[-BLOCK:], state))
    return _cmac(key, _xor(_double(state), (last + b"\x80").ljust(BLOCK, b"\0")))


def _counted(key: bytes, tag: bytes, data: bytes) -> bytes:
    start = bytearray(tag)
    start[8] &= 0x7F
    start[12] &= 0x7F
    crypt = Cipher(algorithms.AES(key), modes.CTR(bytes(start))).encryptor()
    return crypt.update(data) + crypt.finalize()


def seal(key: bytes, strings: list[bytes], plaintext: bytes) -> bytes:
    half = len(key) // 2
    tag = _s2v(key[:half], [*strings, plaintext])
    return tag + _counted(key[half:], tag, plaintext)


def unseal(key: bytes, strings: list[bytes], sealed: bytes) -> bytes:
    half = len(key) // 2
    tag, plaintext = sealed[:BLOCK], _counted(key[half:], sealed[:BLOCK], sealed[BLOCK:])
    if _s2v(key[:half], [*strings, plaintext]) != tag:
        raise InvalidTag
    return plaintext
