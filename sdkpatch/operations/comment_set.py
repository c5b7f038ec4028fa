"""``comment.set``: change the trailing comment on the line of a definition, or of code that matches a pattern."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Conflict
from ..schema.fields import Field, String
from .shared.line_comments import COMMENT, PLACES, Comment, LineComment, taken_apart


class CommentSet(LineComment):
    """The operation; see docs/operations/comment.set.md."""

    name = "comment.set"
    summary = "Set the trailing comment on the line of a definition or of matching code, whatever it is now."
    fields = (
        COMMENT,
        Field("was", String("one line", empty=False), "The comment to replace. Any other comment is a conflict."),
        *PLACES,
    )

    def wanted(self, there: Sequence[str], arguments: Comment) -> Sequence[str] | Conflict:
        """Return this comment alone."""
        wanted = taken_apart(arguments.text)
        if not arguments.was or there in (wanted, taken_apart(arguments.was)):
            return wanted
        now = "  # ".join(there)
        reason = f'the comment is "{now}", neither the wanted one nor the one in was' if now else "there is no comment"
        return Conflict(reason=reason, hint="the generator changed it: bring was up to date")
