"""A QR code as an SVG drawing that needs no inline style."""

import segno
from django.utils.safestring import SafeString, mark_safe


def drawing(text: str) -> SafeString:
    """Dark on light in both themes: cameras do not read the other way round."""
    code = segno.make(text, error="m", micro=False)
    svg: str = code.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr")
    return mark_safe(svg)  # noqa: S308  only path data of our own making, the text itself is not in it
