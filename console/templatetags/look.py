"""The words that templates are written in: icons, status, seals, times. `{% load look %}`; /design/ shows them all."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from console import spans, vocabulary

register = template.Library()


@register.simple_block_tag
def capture(content: str) -> str:
    """`{% capture as name %}…{% endcapture %}`: keep what is inside, to show a block twice or ask if it is empty."""
    return mark_safe(content.strip())  # noqa: S308  the content was rendered, so escaped, by the same template


# ── glyphs ───────────────────────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag(name="icon")
def draw(name: str, label: str = "") -> SafeString:
    """A drawing of the sprite; with a label it speaks for itself, without one a word must stand beside it."""
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="#{}"/></svg>', label, name)
    return format_html('<svg class="icon" aria-hidden="true"><use href="#{}"/></svg>', name)


@register.simple_tag
def status(tone: str, word: str | Promise, icon: str = "", *, strong: bool = False) -> SafeString:
    """Icon and word, always both. `tone` is good, warn, bad, wait, idle, or unknown (which never looks like good)."""
    shown = vocabulary.tone(tone)
    return format_html(
        '<span class="status{}" data-tone="{}">{}{}</span>',
        " strong" if strong else "",
        shown.tone,
        draw(icon or shown.icon),
        word,
    )


@register.simple_tag
def state(code: str) -> SafeString:
    """The status of the fixed vocabulary for a stored code: `{% state "connected" %}`."""
    known = vocabulary.state(code)
    return status(known.tone, known.word, known.icon, strong=known.strong)


@register.simple_tag
def seal(of: str, *, big: bool = False) -> SafeString:
    return format_html(
        '<svg class="seal{}" data-state="{}" viewBox="0 0 24 24" aria-hidden="true"><use href="#seal-{}"/></svg>',
        " big" if big else "",
        of,
        of,
    )


@register.simple_tag
def proof(of: str, beside: str = "") -> SafeString:
    """How far an entry is proved: open, sealed, witnessed, broken. Beside an entry number *witnessed* may keep its word
    for screen readers only; the three others always say theirs."""
    word = vocabulary.PROOFS[of]
    if beside and of == "witnessed":
        return format_html(
            '<span class="proof" title="{}">{}<span class="sr-only">{}</span> {}</span>', word, seal(of), word, beside
        )
    return format_html('<span class="proof">{}{}{}</span>', seal(of), word, f" {beside}" if beside else "")


@register.filter
def tone_of_level(level: str) -> str:
    return vocabulary.LEVELS.get(level, vocabulary.LEVELS["info"]).tone


@register.filter
def icon_of_level(level: str) -> str:
    return vocabulary.LEVELS.get(level, vocabulary.LEVELS["info"]).icon


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

CLOCKS = {"console": _("console clock"), "station": _("station clock"), "browser": _("your device’s clock")}
ZONES = {"CET": _("CET"), "CEST": _("CEST")}


@register.simple_tag
def when(moment: datetime | None, show: str = "full", whose: str = "console", *, zone: bool = False) -> str:
    """A moment in the reader's zone; the exact UTC and whose clock said it are in the title.

    `show` is full (day and time), time, or day; `whose` is console, station, browser, or the name of another clock.
    """
    if moment is None:
        return gettext("never")
    local = timezone.localtime(moment)
    text = spans.written(local, show) + (f" {zone_word(local)}" if zone else "")
    return _time(moment, text, whose)


@register.simple_tag(takes_context=True)
def ago(context: dict[str, Any], moment: datetime | None, whose: str = "console") -> str:
    """How long ago, or in how long, by the moment at which this page was asked for."""
    if moment is None:
        return gettext("never")
    return _time(moment, spans.distance(moment, context.get("now") or timezone.now()), whose)


def _time(moment: datetime, text: str, whose: str) -> SafeString:
    exact = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"
    clock = CLOCKS.get(whose, whose)
    return format_html('<time datetime="{}" title="{} · {}">{}</time>', iso_utc(moment), exact, clock, text)


def zone_word(local: datetime) -> str:
    name = local.tzname() or "UTC"
    return str(ZONES.get(name, name))


@register.filter
def iso_utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}" if moment else ""


@register.filter
def clock_utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%H:%M:%S}" if moment else ""


@register.filter
def plain(value: object) -> str:
    """A number as drawings need it: with a point in every language."""
    return str(value)


@register.filter
def duration(seconds: float | None) -> str:
    return gettext("unknown") if seconds is None else spans.words(seconds)


# ── numbers and bytes ────────────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag
def digest(text: str, kind: str = "") -> SafeString:
    """Hexadecimal in groups of four, the way people compare it. `kind`: inline, grand, or nothing for a block."""
    groups = (text[at : at + 4] for at in range(0, len(text), 4))
    parts = mark_safe("".join(format_html("<span>{}</span>", group) for group in groups))  # noqa: S308  escaped one by one
    return format_html('<span class="digest{}">{}</span>', f" {kind}" if kind else "", parts)


@register.simple_tag
def copy(text: str, label: str = "") -> SafeString:
    """A button that copies `text`; it shows itself only where scripts run."""
    return format_html(
        '<button class="copy" type="button" data-copy="{}" data-done="{}" hidden>{}<span>{}</span></button>',
        text,
        gettext("Copied"),
        draw("copy"),
        label or pgettext("button", "Copy"),
    )


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The address of this page with some of its query changed; None takes a key out. Paging starts anew."""
    asked = context["request"].GET.copy()
    for key, value in {"after": None, "before": None, **changes}.items():
        asked.pop(key, None)
        if value is not None:
            asked[key] = str(value)
    return f"?{asked.urlencode()}" if asked else context["request"].path
