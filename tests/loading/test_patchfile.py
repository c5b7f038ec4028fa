"""Patch files: parameters, conditions, expectations, schema."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import jsonschema
import pytest

from sdkpatch import resources
from sdkpatch.loading import project
from sdkpatch.loading.patchfile import PatchText, json_schema
from sdkpatch.model import Patch
from sdkpatch.operations import OPERATIONS
from sdkpatch.operations.websocket_auth.arguments import Arguments
from sdkpatch.running.examples import run_examples
from sdkpatch.schema import toml_source
from tests.command import sdkpatch
from tests.sdks import ROOT

STEP = """
[[step]]
op = "websocket.auth"
take = { key = { header = "X-Key" } }
send = { query = { key = "$key" } }
"""
HEAD = 'id = "p"\ntitle = "t"\n'


def load(text: str, **given: object) -> Patch:
    patch, mistakes, outside = PatchText(text, "p.toml").bind(given, OPERATIONS)
    assert patch is not None, ([str(each) for each in mistakes], outside)
    return patch


def mistakes_of(text: str, **given: object) -> list[str]:
    patch, mistakes, outside = PatchText(text, "p.toml").bind(given, OPERATIONS)
    assert patch is None
    return [str(each) for each in mistakes] + [f"{key}: {found}" for key, found, _, _ in outside]


def test_parameters_go_into_keys_and_strings() -> None:
    text = HEAD + '[parameters]\nheader = { type = "string" }\nquery = { type = "string", default = "q" }\n'
    text += '[[step]]\nop = "websocket.auth"\ntake = { key = { header = "X-{{ header }}" } }\n'
    text += 'send = { query = { "{{ query }}_{{query|upper}}" = "$key" } }\n'
    arguments = load(text, header="Network").steps[0].arguments
    assert isinstance(arguments, Arguments)
    assert arguments.take[0].header == "X-Network"
    assert arguments.query == (("q_Q", "key"),)


def test_a_value_that_is_a_parameter_alone_keeps_its_type() -> None:
    text = HEAD + 'freeze = "{{ on }}"\n[parameters]\non = { type = "boolean", default = true }\n' + STEP
    assert load(text).freeze is True
    assert load(text, on="false").freeze is False
    assert mistakes_of(text, on="maybe") == ["('--set', 'on'): \"maybe\""]


@pytest.mark.parametrize(
    "template, message",
    [
        ("{{ heder }}", "found the undefined parameter heder, expected a declared parameter"),
        ("{{ heder|upper }}", "found a template that fails: 'heder' is undefined"),
        ("{{ header.__class__ }}", "found a template that fails: an attribute (line 1); a template fills in"),
        ("{% for x in %}", "found a template that fails: Expected an expression, got 'end of statement block'"),
    ],
)
def test_a_template_cannot_do_what_it_should_not(template: str, message: str) -> None:
    text = HEAD + '[parameters]\nheader = { default = "h" }\n' + STEP + f'files = ["{{{{ header }}}}{template}"]\n'
    assert any(message in mistake for mistake in mistakes_of(text))


def test_braces_mean_nothing_where_no_parameter_is_declared() -> None:
    assert load(HEAD.replace('"t"', '"{{ x }} {% y %}"') + STEP).title == "{{ x }} {% y %}"


def test_two_keys_that_become_one_are_a_mistake() -> None:
    text = HEAD + '[parameters]\na = { default = "q" }\nb = { default = "q" }\n[[step]]\nop = "websocket.auth"\n'
    text += 'take = { key = { header = "X-Key" } }\nsend = { query = { "{{ a }}" = "$key", "{{ b }}" = "$key" } }\n'
    assert mistakes_of(text) == [
        'p.toml:9: step[0].send.query.{{ b }}: found the key "q" again, expected keys that stay apart'
    ]


def test_an_unused_parameter_is_a_mistake() -> None:
    text = HEAD + "[parameters]\nunused = { default = 1, type = 'integer' }\n" + STEP
    assert mistakes_of(text) == [
        "p.toml:4: parameters.unused: found a parameter that nothing uses, expected {{ unused }} somewhere"
    ]


def test_a_boolean_is_no_integer() -> None:
    text = HEAD + '[parameters]\nn = { type = "integer", default = true }\n' + STEP
    assert mistakes_of(text) == [
        "p.toml:4: parameters.n.default: found true (boolean), expected a value of type integer"
    ]


@pytest.mark.parametrize(
    "text, expected",
    [("=4", ("=", 4)), (">=2", (">=", 2)), ("<= 10", ("<=", 10)), ("any", ("any", 0))],
)
def test_expectations(text: str, expected: tuple[str, int]) -> None:
    expect = load(HEAD + STEP + f'expect = {{ sites = "{text}" }}\n').steps[0].expect
    assert (expect.relation, expect.sites) == expected


def test_credentials_and_parameters_have_to_fit_together() -> None:
    text = HEAD + '[[step]]\nop = "websocket.auth"\n'
    text += 'take = { key = { header = "X-Key" }, other = { header = "x-key" } }\nsend = { query = { a = "$kye" } }\n'
    assert mistakes_of(text) == [
        'p.toml:5: step[0].take.key: found a credential that is sent nowhere, expected "$key" in send',
        'p.toml:5: step[0].take.other: found the header "x-key" again, expected each header taken once',
        'p.toml:5: step[0].take.other: found a credential that is sent nowhere, expected "$other" in send',
        'p.toml:6: step[0].send.query.a: found "$kye", expected "$" and the name of a credential of take\n'
        '  hint: did you mean "key"?',
    ]


def patch_files() -> list[Path]:
    return sorted([*resources.recipes().values(), *(ROOT / "examples").rglob("patches/*.toml")])


@pytest.fixture(scope="module")
def printed_schema() -> jsonschema.Draft202012Validator:
    schema = json.loads(sdkpatch("schema", "patch").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", patch_files(), ids=lambda path: path.stem)
def test_every_shipped_patch_file_fits_the_printed_schema(
    path: Path, printed_schema: jsonschema.Draft202012Validator
) -> None:
    printed_schema.validate(toml_source.parse(path.read_text()))


def test_the_project_file_of_the_example_fits_the_printed_schema() -> None:
    schema = json.loads(sdkpatch("schema", "project").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    table = toml_source.parse((ROOT / "examples" / "aui-python" / "sdkpatch.toml").read_text())
    jsonschema.Draft202012Validator(schema).validate(table)


@pytest.mark.parametrize("table", [{"id": "x"}, {"id": "x", "title": "t", "step": [{"op": "websocket.auth"}]}])
def test_the_schema_refuses_what_the_loader_refuses(table: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema(OPERATIONS)).validate(table)


@pytest.mark.parametrize("name", sorted(resources.recipes()))
def test_a_recipe_is_named_after_its_file_and_its_examples_hold(name: str) -> None:
    patch, mistakes, outside = PatchText(resources.recipes()[name].read_text(), name).bind({}, OPERATIONS)
    assert patch is not None, (mistakes, outside)
    assert patch.id == name
    assert patch.examples
    assert [result for result in run_examples(patch) if result.problem] == []


def test_the_project_schema_is_the_one_printed() -> None:
    assert json.loads(sdkpatch("schema", "project").stdout) == json.loads(json.dumps(project.json_schema()))


@pytest.mark.parametrize(
    ("step", "number", "text"),
    [
        ('op = "export.add"\nname = "A"\nmodule = "m"\n', "levels = 2", 'levels = "2"'),
        ('op = "export.remove"\nname = "A"\nmodule = "m"\n', "levels = 1", 'levels = "1"'),
        ('op = "websocket.connect"\n', "retry = { on = [503] }", 'retry = { on = ["503"] }'),
        ('op = "field.set"\nfield = "A.b"\n', "default = 30", 'default = "30"'),
        ('op = "parameter.set"\nparameter = "f(b)"\n', "default = 0.5", 'default = "0.5"'),
        ('op = "parameter.set"\nparameter = "f(b)"\n', "default = false", 'default = "False"'),
    ],
)
def test_a_number_needs_no_quotes(
    step: str, number: str, text: str, printed_schema: jsonschema.Draft202012Validator
) -> None:
    head = f"{HEAD}[[step]]\n{step}"
    one, other = load(head + number).steps[0], load(head + text).steps[0]
    assert one.expect == other.expect
    assert _shown(one.arguments) == _shown(other.arguments)
    printed_schema.validate(toml_source.parse(head + number))


def _shown(arguments: object) -> list[object]:
    assert isinstance(arguments, tuple)
    return [ast.dump(each) if isinstance(each, ast.AST) else each for each in arguments]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("levels = 0", "found 0 (integer)"),
        ("levels = -1", "found -1 (integer)"),
        ("levels = true", "found true (boolean)"),
        ("levels = 1.0", "found 1.0 (float)"),
    ],
)
def test_a_number_that_cannot_be_is_refused_as_it_was_written(line: str, message: str) -> None:
    found = mistakes_of(f'{HEAD}[[step]]\nop = "export.add"\nname = "A"\nmodule = "m"\n{line}\n')
    assert len(found) == 1 and message in found[0]
