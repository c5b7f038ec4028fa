"""``field.set``: make fields of models optional, or give them another annotation or default."""

from __future__ import annotations

from ..schema.fields import Field
from .shared.annotation_and_default import SETTING_FIELDS, DeclarationSet
from .shared.selectors import Selectors


class FieldSet(DeclarationSet):
    """The operation; see docs/operations/field.set.md."""

    name = "field.set"
    summary = "Make fields optional, or set their annotation or default."
    kind = "field"
    kinds = ("field",)
    fields = (Field("field", Selectors(), "The fields, such as `AgentV1Settings.agent`.", True), *SETTING_FIELDS)
