"""Everything that {% load ui %} brings. A component renders the template of its name in templates/ui/."""

from django import template

from ui.tags import blocks, days, fields, lists, pieces

register = template.Library()
for part in (days, pieces, fields, blocks, lists):
    register.tags |= part.register.tags
    register.filters |= part.register.filters
