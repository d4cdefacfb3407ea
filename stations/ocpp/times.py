"""Points in time as stations write them. What we write is always UTC with Z: another form has put clocks wrong."""

from datetime import UTC, datetime


def write(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(said: object) -> datetime | None:
    """None for what is no point in time. One without an offset is taken as UTC: that is what OCPP asks for."""
    if not isinstance(said, str):
        return None
    try:
        point = datetime.fromisoformat(said.strip())
        return (point if point.tzinfo else point.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
