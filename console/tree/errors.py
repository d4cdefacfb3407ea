"""Why the tree does not start. Each text is one line that says what to do."""


class StartRefused(Exception):
    """The tree cannot start here and now."""


class AlreadyRunning(StartRefused):
    def __init__(self, *, home: str, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{who} already runs the console on the data folder {home}: stop it first (Ctrl-C in its terminal"
            f"{f', or kill {pid}' if pid else ''}), or set MERIDIAN_HOME to another folder"
        )
        self.pid = pid


class PortTaken(StartRefused):
    def __init__(self, *, host: str, port: int, variable: str, free: int | None) -> None:
        example = f", for example {variable}={free}" if free else ""
        super().__init__(f"port {port} on {host} is in use: stop what uses it, or set {variable}{example}")


class AddressRefused(StartRefused):
    def __init__(self, *, host: str, port: int, variable: str, reason: str) -> None:
        super().__init__(
            f"cannot listen on {host} port {port} ({reason}): set BIND to an address of this machine, "
            f"for example BIND=127.0.0.1, and {variable} to a port from 1024 to 65535"
        )


class NoEngine(StartRefused):
    def __init__(self) -> None:
        super().__init__(
            "no engine program works here: install valkey-server or redis-server, or set REDIS_URL to a running one, "
            "for example REDIS_URL=redis://127.0.0.1:6379/0"
        )


class DatabaseRefused(StartRefused):
    pass
