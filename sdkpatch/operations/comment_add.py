"""``comment.add``: put a trailing comment on the line of a definition, or of code that matches a pattern."""

from __future__ import annotations

from collections.abc import Sequence

from .shared.line_comments import COMMENT, PLACES, Comment, LineComment, merged, taken_apart


class CommentAdd(LineComment):
    """The operation; see docs/operations/comment.add.md."""

    name = "comment.add"
    summary = "Put a trailing comment on the line of a definition or of matching code."
    fields = (COMMENT, *PLACES)

    def wanted(self, there: Sequence[str], arguments: Comment) -> Sequence[str]:
        """Return the comments with this one."""
        for each in taken_apart(arguments.text):
            there = merged(there, each)
        return there
