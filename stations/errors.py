"""What can be wrong with a wish about a station. Errors carry facts; their text is for the reader."""

from django.utils.translation import gettext as _


class StationsError(Exception):
    """The wish cannot be fulfilled; the text says why and what to do."""


class StationUnknown(StationsError):
    def __init__(self, identity: str) -> None:
        super().__init__(
            _("no station “%(identity)s” is registered here: add it first, or check the spelling")
            % {"identity": identity}
        )
        self.identity = identity


class StationExists(StationsError):
    def __init__(self, identity: str) -> None:
        super().__init__(
            _("station “%(identity)s” is registered already: letter case does not tell two stations apart")
            % {"identity": identity}
        )
        self.identity = identity


class IdentityNotAllowed(StationsError):
    def __init__(self, identity: str, why: str) -> None:
        super().__init__(_("“%(identity)s” cannot be an identity: %(why)s") % {"identity": identity, "why": why})
        self.identity = identity


class ProfileNotAllowed(StationsError):
    def __init__(self, profile: int) -> None:
        super().__init__(_("there is no security profile %(profile)s: choose 1, 2 or 3") % {"profile": profile})


class KeyNotAllowed(StationsError):
    def __init__(self, why: str) -> None:
        super().__init__(_("this key cannot be used: %(why)s") % {"why": why})


class MoveNotAllowed(StationsError):
    def __init__(self, identity: str, current: str, wanted: str) -> None:
        facts = {"identity": identity, "current": current, "wanted": wanted}
        super().__init__(_("station “%(identity)s” is %(current)s and cannot become %(wanted)s from there") % facts)
        self.current, self.wanted = current, wanted


class ChangedMeanwhile(StationsError):
    def __init__(self, what: str) -> None:
        super().__init__(_("%(what)s was changed by somebody else meanwhile: look again, then repeat") % {"what": what})


class RotationUnderWay(StationsError):
    def __init__(self, identity: str) -> None:
        super().__init__(
            _("a new key for station “%(identity)s” is on its way already: wait until it is settled")
            % {"identity": identity}
        )


class CommandNotAllowed(StationsError):
    def __init__(self, action: str, why: str) -> None:
        super().__init__(_("%(action)s cannot be sent: %(why)s") % {"action": action, "why": why})
        self.action = action


class CommandUnknown(StationsError):
    def __init__(self, number: int) -> None:
        super().__init__(_("there is no command %(number)s") % {"number": number})
