"""What can go wrong in this package, with the facts; each edge has one table that says what to answer."""


class SecurityError(Exception):
    """The root of this package's own errors."""


class LogbookError(SecurityError):
    pass


class OutsideTransaction(LogbookError):
    def __init__(self, book: str) -> None:
        super().__init__(f"an entry in book {book} belongs into the transaction of its act, and there is none")
        self.book = book


class BookUnknown(LogbookError):
    def __init__(self, book: str) -> None:
        super().__init__(f"there is no log book {book}")
        self.book = book


class BookExists(LogbookError):
    def __init__(self, book: str) -> None:
        super().__init__(f"the log book {book} exists already")
        self.book = book


class BookNotOpen(LogbookError):
    """No entry, no act: whoever wanted to enter something must not do what they wanted to enter."""

    def __init__(self, book: str, state: str) -> None:
        super().__init__(f"the log book {book} is {state} and takes no entries")
        self.book, self.state = book, state


class EntryRefused(LogbookError):
    def __init__(self, book: str, reason: str) -> None:
        super().__init__(f"no entry in book {book}: {reason}")
        self.book, self.reason = book, reason


class EntryUnknown(LogbookError):
    def __init__(self, book: str, sequence: int) -> None:
        super().__init__(f"book {book} has no entry {sequence}")
        self.book, self.sequence = book, sequence


class OpeningUnknown(LogbookError):
    def __init__(self, book: str, sequence: int, field: str) -> None:
        super().__init__(f"nothing is held for {field} of entry {sequence} in book {book}")
        self.book, self.sequence, self.field = book, sequence, field


class GuardMissing(LogbookError):
    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"database guards are missing or do not bite: {', '.join(missing)}")
        self.missing = missing


class KeyMissing(LogbookError):
    def __init__(self, name: str, place: str) -> None:
        super().__init__(f"the private key of {name} is not in {place}")
        self.name, self.place = name, place


class KeyRefused(LogbookError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SealRefused(LogbookError):
    """What is stored does not continue what was signed; nothing is signed until somebody has decided."""

    def __init__(self, book: str, code: str, detail: str) -> None:
        super().__init__(f"book {book} is not sealed: {detail}")
        self.book, self.code, self.detail = book, code, detail


class NotSealed(LogbookError):
    def __init__(self, book: str, sequence: int) -> None:
        super().__init__(f"entry {sequence} of book {book} is not under a seal yet")
        self.book, self.sequence = book, sequence


class RecoveryRefused(LogbookError):
    def __init__(self, book: str, reason: str) -> None:
        super().__init__(f"book {book} cannot be recovered that way: {reason}")
        self.book, self.reason = book, reason


class NothingToExport(LogbookError):
    def __init__(self, book: str, reason: str) -> None:
        super().__init__(f"book {book} has nothing to export: {reason}")
        self.book, self.reason = book, reason


class CannotOpen(SecurityError):
    """A confidential value that was sealed under another secret, or for another place."""

    def __init__(self, context: str) -> None:
        super().__init__(f"what was sealed for {context} cannot be opened: the installation's secret has changed")


class CosigningRefused(LogbookError):
    """A witness did not cosign; `code` is stable."""

    def __init__(self, name: str, code: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name, self.code, self.detail = name, code, detail


class WitnessKnowsMore(LogbookError):
    """A witness holds a larger checkpoint; `is_ours`: it shows one that a key of this book signed."""

    def __init__(self, name: str, size: int, *, is_ours: bool) -> None:
        super().__init__(f"{name} holds a checkpoint of size {size}, larger than ours")
        self.name, self.size, self.is_ours = name, size, is_ours


class CertificateRefused(SecurityError):
    """A file that is no certificate, no key, no request or no list that can be used; the text says which rule."""


class CertificateUnknown(SecurityError):
    def __init__(self, what: str) -> None:
        super().__init__(f"no certificate {what!r} is known here: see `certificate list`")
        self.what = what
