"""What can go wrong with the built-in authority and with time stamps."""

from pathlib import Path

from security.errors import SecurityError


class PkiError(SecurityError):
    """Any refusal of this package."""


class KeyFileUnusable(PkiError):
    def __init__(self, path: Path, reason: str):
        super().__init__(f"the key file {path.name} cannot be used: {reason}")
        self.name, self.reason = path.name, reason


class StampRefused(PkiError):
    """A time-stamp authority did not give a stamp that we may keep. `code` is stable."""

    def __init__(self, authority: str, code: str, detail: str):
        super().__init__(f"{authority}: {detail}")
        self.authority, self.code, self.detail = authority, code, detail
