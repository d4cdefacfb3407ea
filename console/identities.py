"""Identities of stations in addresses: percent-encoded once, as in the address of the station itself.

A few words are pages of their own (`/stations/add/`), and a browser takes `.` and `..` for steps in the path. A station
that is called so, or whose name begins with a tilde, gets a tilde in front.
"""

RESERVED = frozenset({"add", "import", "bulk", "views", ".", ".."})
MARK = "~"


class IdentityConverter:
    """`<identity:identity>` in an address. An identity never holds a slash: the registry takes none."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return value.removeprefix(MARK)

    def to_url(self, value: str) -> str:
        return MARK + value if value in RESERVED or value.startswith(MARK) else value
