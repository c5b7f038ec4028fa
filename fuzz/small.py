"""What the target ``apply`` works on: a module of some thirty lines, and patches with the structural operations."""

from __future__ import annotations

from functools import lru_cache

from sdkpatch.loading.patchfile import PatchText
from sdkpatch.model import Patch
from sdkpatch.operations import OPERATIONS

MODULE = b'''\
"""A module, as Fern writes them."""

import typing
import warnings

import pydantic
from ..core.api_error import ApiError

__all__ = ["Client", "Item", "Kind"]

Kind = typing.Union[typing.Literal["small", "large"], typing.Any]


class Item(pydantic.BaseModel):
    name: str
    size: typing.Optional[int] = None  # in bytes


class Client:
    def __init__(self, *, timeout: typing.Optional[float] = None, retries: int = 2):
        self._timeout = timeout

    def get(self, id: str, *, request_options=None) -> Item:
        """Get one."""
        if not id:
            raise ApiError(body="no id", status_code=400)
        return self._send("GET", f"items/{id}", timeout=self._timeout)
'''

STEPS = (
    'op = "rewrite"\nmatch = "self._send($METHOD, $$$MORE)"\nreplace = "self._send($METHOD, $$$MORE, retry=True)"',
    'op = "rewrite"\nmatch = "raise ApiError(body=$BODY, status_code=$CODE)"\nreplace = "raise ValueError($BODY)"',
    'op = "rewrite"\nwithin = "Client.get"\nchange = """\n- if not $X:\n+ if $X is None:\n      $$$BODY\n"""',
    'op = "insert"\nwithin = "Client.get"\nbefore = "return $_"\ncode = "self._count()"',
    'op = "delete"\nwithin = "Client"\nmatch = "if not id: $$$_"',
    'op = "delete"\nwithin = "Item"\nmatch = "size: $_ = None"',
    'op = "delete"\nname = "Client.__init__"',
    'op = "parameter.set"\nparameter = "Client.__init__(retries)"\ndefault = "5"',
    'op = "parameter.add"\nfunction = "Client.get"\nparameter = "page: typing.Optional[int] = None"',
    'op = "field.add"\nclass = "Item"\nafter = "name"\ncode = "color: str = \\"red\\""',
    'op = "field.set"\nfield = "Item.name"\noptional = true',
    'op = "class.add"\nclass = "Client"\ncode = "def close(self) -> None:\\n    self._timeout = None"',
    'op = "module.add"\nfiles = ["**/client.py"]\ncode = "LIMIT = 3"',
    'op = "docstring.set"\ntarget = "Client.get"\ntext = "Get one item."',
    'op = "comment.add"\ntarget = "Client.get"\ncomment = "ours"',
    'op = "literal.add"\ntarget = "Kind"\nvalue = "huge"',
    'op = "import.set"\nimport = "from .core import ApiError"\nwas = "from ..core.api_error import ApiError"',
    'op = "import.remove"\nfiles = ["**/client.py"]\nimport = "import warnings"',
    'op = "import.deduplicate"\nfiles = ["**/client.py"]',
    'op = "function.replace_body"\nfunction = "Client.__init__"\nwas = "self._timeout = timeout"\n'
    'body = "self._timeout = timeout or 60"',
    'op = "annotation.set"\ntarget = "Client.get(id)"\nannotation = "int"',
)


@lru_cache(maxsize=1)
def patches() -> tuple[Patch, ...]:
    """Return a patch for each step, and some with two."""
    alone = [f"[[step]]\n{step}\n" for step in STEPS]
    pairs = [first + second for first, second in zip(alone[::5], alone[2::5], strict=False)]
    found: list[Patch] = []
    for at, steps in enumerate((*alone, *pairs)):
        text = f'id = "small-{at}"\ntitle = "Small"\n\n{steps}'
        patch, mistakes, _ = PatchText(text, "small.toml").bind({}, OPERATIONS)
        assert patch is not None, f"{mistakes[0]}\n{text}"
        found.append(patch)
    return tuple(found)
