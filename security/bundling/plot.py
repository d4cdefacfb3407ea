"""A plot of clock adjustments: each a line from zero to how far the clock was moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF

HEIGHT, LABELS = 46.0, 16.0
INK, QUIET, MARK = (24, 28, 33), (150, 156, 162), (20, 96, 160)
NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    delta_ns: int


def draw(page: FPDF, points: Sequence[Point]) -> None:
    """Seconds on the left, time along the bottom; the scale is symmetric, so that zero is in the middle."""
    left, top, width = page.l_margin + LABELS, page.get_y() + 2, page.epw - LABELS
    reach = max(abs(point.delta_ns) for point in points) or NS
    first, last = min(point.at for point in points), max(point.at for point in points)
    seconds = (last - first).total_seconds() or 1.0
    middle = top + HEIGHT / 2
    page.set_draw_color(*QUIET)
    page.set_line_width(0.2)
    page.line(left, middle, left + width, middle)
    page.set_draw_color(*MARK)
    page.set_fill_color(*MARK)
    for point in points:
        x = left + width * ((point.at - first).total_seconds() / seconds if last > first else 0.5)
        y = middle - (HEIGHT / 2 - 2) * point.delta_ns / reach
        page.line(x, middle, x, y)
        page.circle(x, y, 0.5, style="F")
    page.set_text_color(*INK)
    page.set_font("helvetica", "", 7)
    for share, y in ((1, top + 2), (0, middle), (-1, top + HEIGHT - 2)):
        page.text(page.l_margin, y + 1, f"{share * reach / NS:+.3f} s" if share else "0 s")
    page.text(left, top + HEIGHT + 4, f"{first:%Y-%m-%d %H:%M:%S} UTC")
    ending = f"{last:%Y-%m-%d %H:%M:%S} UTC"
    page.text(left + width - page.get_string_width(ending), top + HEIGHT + 4, ending)
    page.set_y(top + HEIGHT + 8)
