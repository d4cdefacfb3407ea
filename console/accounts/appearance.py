"""How the console looks to one person. An act on the own account alone: not in the audit trail."""

from console.models import Operator


def set_appearance(
    operator: Operator, *, theme: str | None = None, language: str | None = None, zone: str | None = None
) -> None:
    """Store what was chosen; None leaves a choice as it is. The edge has checked that the values exist."""
    chosen = {"theme": theme, "language": language, "zone": zone}
    for field, value in chosen.items():
        if value is not None:
            setattr(operator, field, value)
    operator.save(update_fields=[field for field, value in chosen.items() if value is not None])
