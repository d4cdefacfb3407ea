"""What can be wrong with a wish about a station. Errors carry facts; the edges say them in their own words."""


class StationsError(Exception):
    """The wish cannot be fulfilled; the text says why and what to do."""


class StationUnknown(StationsError):
    def __init__(self, identity: str) -> None:
        super().__init__(f"no station {identity!r} is registered here: add it first, or check the spelling")
        self.identity = identity


class StationExists(StationsError):
    def __init__(self, identity: str) -> None:
        super().__init__(f"station {identity!r} is registered already: letter case does not tell two stations apart")
        self.identity = identity


class IdentityNotAllowed(StationsError):
    def __init__(self, identity: str, why: str) -> None:
        super().__init__(f"{identity!r} cannot be an identity: {why}")
        self.identity = identity


class ProfileNotAllowed(StationsError):
    def __init__(self, profile: int) -> None:
        super().__init__(f"there is no security profile {profile}: choose 1, 2 or 3")


class KeyNotAllowed(StationsError):
    def __init__(self, why: str) -> None:
        super().__init__(f"this key cannot be used: {why}")


class MoveNotAllowed(StationsError):
    def __init__(self, identity: str, current: str, wanted: str) -> None:
        super().__init__(f"station {identity!r} is {current} and cannot become {wanted} from there")
        self.current, self.wanted = current, wanted


class ChangedMeanwhile(StationsError):
    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed by somebody else meanwhile: look again, then repeat")


class RotationUnderWay(StationsError):
    def __init__(self, identity: str) -> None:
        super().__init__(f"a new key for station {identity!r} is on its way already: wait until it is settled")


class CommandNotAllowed(StationsError):
    def __init__(self, action: str, why: str) -> None:
        super().__init__(f"{action} cannot be sent: {why}")
        self.action = action


class CommandUnknown(StationsError):
    def __init__(self, number: int) -> None:
        super().__init__(f"there is no command {number}")
