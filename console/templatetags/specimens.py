"""The one tag of the design page."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

register = template.Library()


@register.simple_block_tag
def spec(content: str, name: str, note: str = "") -> SafeString:
    """One part of the look in all its states, beside its name and what to know about it."""
    return format_html(
        '<section class="spec" aria-labelledby="part-{0}"><div><h2 id="part-{0}">{1}</h2>{2}</div>'
        '<div class="specimen">{3}</div></section>',
        slugify(name),
        name,
        format_html('<p class="note"><small>{}</small></p>', note) if note else "",
        mark_safe(content),  # noqa: S308  rendered, so escaped, by the template around it
    )
