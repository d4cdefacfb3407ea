"""The one exception of the core: a stable code and the facts that an auditor may want to read beside it."""

from timesync.nts.codes import Code

Fact = int | str


class Failure(Exception):
    """Something in an exchange is not as it must be. The facts never hold keys or cookies."""

    def __init__(self, code: Code, **facts: Fact) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code}: {told}" if told else str(self.code)
