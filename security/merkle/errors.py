"""What can be wrong with a published form. All are ValueErrors, so that a caller with one edge may catch one class."""

from __future__ import annotations


class Malformed(ValueError):
    """The text is not the one form it should have: `form` names the format, `detail` the first thing that is off."""

    def __init__(self, form: str, detail: str) -> None:
        super().__init__(f"{form}: {detail}")
        self.form, self.detail = form, detail


class NotProved(ValueError):
    """A proof or a signature was read, and does not prove what it was given for."""


class NotCanonical(Malformed):
    def __init__(self, detail: str) -> None:
        super().__init__("entry", detail)
