"""What a step is told that finds nothing: names that are there, in whatever file, and that the step could take."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdkpatch.loading.patchfile import PatchText
from sdkpatch.model import Conflict
from sdkpatch.operations import OPERATIONS
from sdkpatch.planning.plan import plan
from sdkpatch.tree import scan

_RENAMED = "the generator renamed it? there is "
_NOTHING = "the generator moved or renamed it; look at files"
_NO_FILE = "files matches no file of the tree"
_BODY = 'op = "function.replace_body"\nbody = "1"\nwas = "2"\nfunction = '
_PARAMETER = 'op = "parameter.set"\ndefault = "3"\nparameter = '
_FIELD = 'op = "field.set"\ndefault = "3"\nfield = '


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree where what is asked for stands in the last of many files, each with names that are near."""
    root = tmp_path_factory.mktemp("sdk")
    (root / "pkg").mkdir()
    (root / "pkg" / "__init__.py").touch()
    for number in range(60):
        code = f"class Part{number}Client:\n    def convert(self, *, text: str) -> str:\n        return text\n"
        (root / "pkg" / f"part{number}.py").write_text(code)
    (root / "pkg" / "speech.py").write_text('''
import typing

LIMIT = 3


class SpeechClient:
    """
    class SpeechClints: said in a docstring
    """

    model_id: str = "x"

    def convert(
        self,
        *,
        voice_id: str,
    ) -> str:
        inner: int = 3
        return self.opened_call(voice_id)

    async def stream(self) -> typing.Optional[str]:
        return None
''')
    return root


CASES = [
    (_BODY + '"SpeechClint.convert"', _RENAMED + "SpeechClient.convert"),
    (_BODY + '"SpeechClient.covnert"', _RENAMED + "SpeechClient.convert"),
    (_BODY + '"*echClint.stream"', _RENAMED + "SpeechClient.stream"),
    (_BODY + '"streams"', _RENAMED + "SpeechClient.stream"),
    ('op = "class.add"\nclass = "SpeechClints"\ncode = "x = 1"', _RENAMED + "SpeechClient"),
    ('op = "class.add"\nclass = ["Part1Client", "SpeechClints"]\ncode = "x = 1"', _RENAMED + "SpeechClient"),
    (_FIELD + '"SpeechClient.modelid"', _RENAMED + "SpeechClient.model_id"),
    (_FIELD + '"LIMITS"', _RENAMED + "LIMIT"),
    (_PARAMETER + '"SpeechClient.convert(voiceid)"', _RENAMED + "SpeechClient.convert(voice_id)"),
    (_PARAMETER + '"SpeechClient.convrt(voice_id)"', _RENAMED + "SpeechClient.convert(voice_id)"),
    (
        'op = "rewrite"\nmatch = "f($X, opend_call=1)"\nreplace = "g($X, opend_call=1)"',
        'no file holds opend_call; did you mean "opened_call"?',
    ),
    (
        'op = "rewrite"\nmatch = "self.opened_call($X)"\nreplace = "f($X)"\nwithin = "SpeechClint.*"',
        'within "SpeechClint.*" names nothing: '
        + _RENAMED
        + "SpeechClient.convert, SpeechClient.model_id, SpeechClient.stream",
    ),
    (_BODY + '"SpeechClient.stream"\nfiles = ["pkg/speach.py"]', _NO_FILE + "; there is pkg/speech.py"),
    (_BODY + '"SpeechClient.stream"\nfiles = ["src/pkg/speech.py"]', _NO_FILE + "; there is pkg/speech.py"),
    (_BODY + '"SpeechClient.stream"\nfiles = ["**/Speech.py"]', _NO_FILE + "; there is **/speech.py"),
    (
        'op = "text.replace"\nfind = "a"\nreplace = "b"\nfiles = ["pkg/speech.pi"]',
        _NO_FILE + "; there is pkg/speech.py",
    ),
    ('op = "toml.set"\nkey = "a"\nvalue = 1', _NO_FILE),
    # Nothing is near, or nothing that the step could take.
    (_FIELD + '"Quantity.amount"', _NOTHING),
    ('op = "class.add"\nclass = "stream"\ncode = "x = 1"', _NOTHING),
    (_FIELD + '"SpeechClient.inner"', _NOTHING),
    ('op = "rewrite"\nmatch = "f($X, far_away=1)"\nreplace = "g($X, far_away=1)"', "no file holds far_away"),
]


@pytest.mark.parametrize(("step", "hint"), CASES, ids=[step.split("\n")[-1] for step, _ in CASES])
def test_the_hint_names_what_is_there(step: str, hint: str, root: Path) -> None:
    patch, mistakes, _ = PatchText(f'id = "x"\ntitle = "x"\n[[step]]\n{step}\n', "x.toml").bind({}, OPERATIONS)
    assert patch is not None, [str(each) for each in mistakes]
    (conflict,) = plan(scan(root), [patch]).conflicts
    assert isinstance(conflict.outcome, Conflict)
    assert conflict.outcome.hint == hint
