"""Whatever the generator puts around a site, a patch finds it; and no patch changes what it is not about."""

from __future__ import annotations

import ast
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from sdkpatch.loading.patchfile import PatchText
from sdkpatch.model import Applied, Conflict, Satisfied
from sdkpatch.operation import Style
from sdkpatch.operations import OPERATIONS
from sdkpatch.pattern.selector import targets
from sdkpatch.planning.file_result import FileResult
from sdkpatch.planning.plan_file import FilePlanner
from sdkpatch.planning.task import Task
from sdkpatch.python.source import Source
from tests.sdks import ROOT

MEMBERS = [
    "limit: int = 10",
    'name: str\n"""\nThe name.\n"""',
    "# a comment\nother: typing.Optional[str] = None",
    "def before(self) -> None:\n    return None",
    '@property\ndef size(self) -> int:\n    """Size."""\n    return 1',
    "class Config:\n    frozen = True",
    "if IS_PYDANTIC_V2:\n    model_config = 1\nelse:\n    pass",
]
SITE = '''def send(self, message: Message, *, timeout: float = 60) -> None:
    """
    Send it.
    """
    if self._open:
        result = self._post(message, timeout=timeout)  # go
        log(result)'''
STATEMENTS = ["prepare()", "x = {\n    'a': 1,  # one\n}", "for y in z:\n    continue", "text = 'x'", "import json"]
STEPS = {
    "rewrite": 'op = "rewrite"\nmatch = "self._post($M, $$$A)"\nreplace = "self._send($M, $$$A)"',
    "insert": 'op = "insert"\nafter = "$R = self._post($$$)"\ncode = "check($R)"',
    "delete": 'op = "delete"\nwithin = "*Client.send"\nmatch = "log($_)"',
    "parameter.set": 'op = "parameter.set"\nparameter = "*Client.send(message)"\noptional = true',
    "annotation.set": 'op = "annotation.set"\ntarget = "*Client.send(timeout)"\nannotation = "int"\nwas = "float"',
    "parameter.add": 'op = "parameter.add"\nfunction = "*Client.send"\nparameter = "a: int = 1"\n'
    'pass_to = ["self._post"]',
    "docstring.set": 'op = "docstring.set"\ntarget = "*Client.send"\ntext = "Sends."',
    "comment.add": 'op = "comment.add"\ntarget = "*Client.send"\ncomment = "noqa"',
    "class.add": 'op = "class.add"\nclass = "*Client"\ncode = "def added(self) -> None:\\n    pass"',
    "field.add": 'op = "field.add"\nclass = "*Client"\ncode = "added: int = 1"',
}


def indented(code: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in code.split("\n"))


def planned(step: str, code: bytes) -> FileResult:
    text = f'id = "x"\ntitle = "x"\n\n[[step]]\n{step}\n'
    patch, mistakes, _ = PatchText(text, "x.toml").bind({}, OPERATIONS)
    assert patch is not None, mistakes
    task = Task(patch="x", number=1, step=patch.steps[0], origin="x.toml")
    return FilePlanner("pkg/client.py", code, [task], Style()).finish()


@settings(max_examples=150, deadline=None)
@given(
    step=st.sampled_from(sorted(STEPS)),
    above=st.lists(st.sampled_from(MEMBERS), max_size=3),
    below=st.lists(st.sampled_from(MEMBERS), max_size=3),
    statements=st.lists(st.sampled_from(STATEMENTS), max_size=2),
    newline=st.sampled_from(["\n", "\r\n"]),
    tail=st.sampled_from(["", "\n", "\n\n# end\n"]),
)
def test_what_stands_around_a_site_does_not_lose_it(
    step: str, above: list[str], below: list[str], statements: list[str], newline: str, tail: str
) -> None:
    head, rest = SITE.split("    if self._open", 1)
    site = head + "".join(indented(each) for each in statements) + "    if self._open" + rest
    members = "\n".join(indented(each) for each in (*above, site, *below))
    code = f"import typing\n\n\nclass ChatClient:\n{members}".rstrip("\n") + tail
    raw = code.replace("\n", newline).encode()
    result = planned(STEPS[step], raw)
    assert [type(each.outcome) for each in result.results] == [Applied]
    assert result.after is not None and result.after != raw
    assert all(revision.stray_line is None for revision in result.revisions)
    ast.parse(result.after)
    assert newline == "\n" or b"\n" not in result.after.replace(b"\r\n", b"")
    again = planned(STEPS[step], result.after)
    assert again.after == result.after
    assert [type(each.outcome) for each in again.results] == [Satisfied]
    kept = {line.strip() for each in (*above, *below) for line in each.split("\n") if line.strip()}
    assert kept <= {line.strip() for line in result.after.decode().splitlines()}


EXAMPLE = sorted((ROOT / "examples" / "aui-python").rglob("*.py"))


@settings(max_examples=200, deadline=None)
@given(picks=st.data())
def test_a_pattern_made_from_any_code_changes_that_code_only(picks: st.DataObject) -> None:
    """Take any call of any file of the example SDK as a pattern: only lines that hold such a call change.

    An import that only those calls used may go as well.
    """
    path = picks.draw(st.sampled_from(EXAMPLE))
    code = path.read_bytes()
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    if not calls:
        return
    callee = ast.unparse(picks.draw(st.sampled_from(calls)).func)
    step = f'op = "rewrite"\nmatch = {json.dumps(f"{callee}($$$A)")}\nreplace = "replaced_by_test($$$A)"'
    result = planned(step, code)
    assert result.results and not any(isinstance(each.outcome, Conflict) for each in result.results)
    assert result.after is not None
    lines = {
        line
        for node in calls
        if ast.unparse(node.func).endswith(callee.rpartition(".")[2])
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    regions = [region for revision in result.revisions[: result.before_pruning] for region in revision.regions]
    changed = {line for region in regions for line in range(region.start, region.stop)}
    assert changed
    source = Source(path="x.py", code=code, tree=ast.parse(code))
    whole = [set(range(first, last + 1)) for first, last in source.logical_lines]
    logical = {line for span in whole if span & lines for line in span}
    assert changed <= logical
    before = [each.name for each in targets(source)]
    after = [each.name for each in targets(Source(path="x.py", code=result.after, tree=ast.parse(result.after)))]
    assert after == before
