"""``parameter.set``: make parameters optional, or give them another annotation or default."""

from __future__ import annotations

from ..schema.fields import Field
from .shared.annotation_and_default import SETTING_FIELDS, DeclarationSet
from .shared.selectors import Selectors


class ParameterSet(DeclarationSet):
    """The operation; see docs/operations/parameter.set.md."""

    name = "parameter.set"
    summary = "Make parameters optional, or set their annotation or default."
    kind = "parameter"
    kinds = ("parameter",)
    fields = (
        Field("parameter", Selectors(), "The parameters, such as `*Client.connect(model)`.", True),
        *SETTING_FIELDS,
    )
