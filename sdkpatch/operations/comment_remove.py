"""``comment.remove``: take a trailing comment off the line of a definition, or of code that matches a pattern."""

from __future__ import annotations

from collections.abc import Sequence

from .shared.line_comments import COMMENT, PLACES, Comment, LineComment, taken_apart, without


class CommentRemove(LineComment):
    """The operation; see docs/operations/comment.remove.md."""

    name = "comment.remove"
    summary = "Remove a trailing comment from the line of a definition or of matching code."
    fields = (COMMENT, *PLACES)

    def wanted(self, there: Sequence[str], arguments: Comment) -> Sequence[str]:
        """Return the comments without this one."""
        for each in taken_apart(arguments.text):
            there = without(there, each)
        return there
