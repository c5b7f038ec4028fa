"""The tables of ``sdkpatch.toml``: what each key takes."""

from __future__ import annotations

import re

from ..schema.fields import Field, JsonSchema, KeyPath, ListOf, MapOf, Mistakes, Scalar, String, Table, describe
from .patchfile import LEAVE


def _uses_problem(text: str) -> str:
    parts = text.replace("\\", "/").split("/")
    if ".." in parts or text.startswith("/") or ":" in parts[0]:
        return "a patch file stands below the project file: no .. and no absolute path"
    return ""


def _package_problem(text: str) -> str:
    parts = text.replace("\\", "/").split("/")
    return "a path below the SDK tree, such as src/acme" if ".." in parts or text.startswith("/") else ""


_PATCH = Table(
    (
        Field(
            "uses",
            String("a recipe or a path", problem=_uses_problem, empty=False),
            "A recipe's id, or a patch file's path.",
            required=True,
        ),
        Field("with", MapOf(Scalar()), "Values of the patch's parameters.", default={}),
        LEAVE,
    )
)
_VERIFY = Table(
    (
        Field(
            "unseen",
            ListOf(
                String(
                    "a name such as legacy.*",
                    problem=lambda text: "" if text.strip("*.?") else "it matches everything",
                    empty=False,
                )
            ),
            "Names of functions and classes that may open a socket unwatched: module and name, less the package.",
            default=[],
        ),
    )
)


def _path_problem(text: str) -> str:
    parts = text.split("/")
    if ".." in parts or text.startswith("/") or "\\" in text or ":" in parts[0]:
        return "an SDK of a workspace stands below the project file: no .., no absolute path, / between folders"
    return ""


def _name_problem(text: str) -> str:
    is_name = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}", text)
    return "" if is_name else "letters, digits, - and _: jobs and artefacts of the pipeline have this name"


_PACKAGE = Field(
    "package",
    String("the folder of a package", problem=_package_problem, empty=False),
    "The SDK's package, where the tree has several: its folder in the tree, . for the tree itself.",
    default="",
)
_SDK = Table(
    (
        Field(
            "path",
            String("a path", problem=_path_problem, empty=False),
            "The SDK tree, relative to this file.",
            required=True,
        ),
        Field("name", String("a name", problem=_name_problem), "The name in reports and jobs.", default=""),
        _PACKAGE,
        Field("patch", ListOf(_PATCH), "The patches of this SDK alone, after those of all.", default=[]),
        Field("verify", _VERIFY, "What sdkpatch verify leaves alone in this SDK.", default={}),
    )
)


class _SdkOrSdks:
    """The path of one SDK, or a table for each of several."""

    label = "a path, or a [[sdk]] table for each SDK"

    def check(self, value: object, key: KeyPath, report: Mistakes) -> object:
        """Return the path, or the checked tables."""
        if isinstance(value, list):
            return ListOf(_SDK, self.label, least=1).check(value, key, report)
        if not isinstance(value, str):
            report(key, found=describe(value), expected=self.label)
            return None
        return String("a path", empty=False).check(value, key, report)

    def schema(self) -> JsonSchema:
        """Return the schema of either."""
        return {"anyOf": [{"type": "string", "minLength": 1}, ListOf(_SDK, least=1).schema()]}


PROJECT = Table(
    (
        Field("sdk", _SdkOrSdks(), "The SDK tree, relative to this file; default: its folder.", default=None),
        _PACKAGE,
        Field("patch", ListOf(_PATCH), "The patches, in order.", default=None),
        Field("verify", _VERIFY, "What sdkpatch verify leaves alone.", default={}),
    )
)
