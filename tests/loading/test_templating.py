"""Templates fill in values, and do nothing else: not for long, not at length, and not with what is not theirs."""

from __future__ import annotations

import pytest

from sdkpatch.loading.templating import LONGEST, TemplateProblem, render

VALUES = {"name": "x-api-key", "on": True, "count": 3}


@pytest.mark.parametrize(
    "template, rendered",
    [
        ("{{ name }}", "x-api-key"),
        ("{{ name | upper }}", "X-API-KEY"),
        ('{{ name | replace("-", " ") | title }}', "X Api Key"),
        ("{{ 'a' if on else 'b' }}", "a"),
        ("{% if on and count >= 3 %}yes{% else %}no{% endif %}", "yes"),
        ("{% if name is defined and name != 'y' %}{{ name ~ '/' ~ (count + 1) }}{% endif %}", "x-api-key/4"),
        ("{{ name | default('d') | length }}", "9"),
        ("{{ name | tojson }}\n", '"x-api-key"\n'),
        ("{# said #}plain", "plain"),
    ],
)
def test_values_conditions_and_filters(template: str, rendered: str) -> None:
    assert render(template, VALUES, set()) == rendered


def test_the_names_that_are_used_are_told() -> None:
    used: set[str] = set()
    render("{{ name }}{% if on %}{% endif %}", VALUES, used)
    assert used == {"name", "on"}


@pytest.mark.parametrize(
    "template",
    [
        "{{ name.__class__ }}",
        "{{ name['__class__'] }}",
        "{{ name.format(name) }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{% for a in name %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% set a = name %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'x' %}",
        "{% extends 'x' %}",
        "{% import 'x' as y %}",
        "{% block a %}{% endblock %}",
        "{% filter upper %}a{% endfilter %}",
        "{{ range(10) }}",
        "{{ lipsum() }}",
        "{{ cycler('a') }}",
        "{{ self }}{{ self._TemplateReference__context }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 1 / 0 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ name | center(1000000000) }}",
        "{{ name | attr('__class__') }}",
        "{{ name | map('upper') }}",
        "{{ name | format(1) }}",
        "{{ name | indent(1000000000) }}",
        "{{ name | replace(old='', new='a') }}",
        "{{ name is callable }}",
        "{{ name is filter }}",
        "{% if %}",
        "{{ missing }}",
        "{{ name + 1 }}",
        "{{" + "(" * 5000 + "1" + ")" * 5000 + "}}",
        "{{" + "not " * 5000 + "1" + "}}",
        "{% if on %}" * 3000,
    ],
)
def test_whatever_else_is_a_mistake(template: str) -> None:
    with pytest.raises(TemplateProblem):
        render(template, VALUES, set())


def test_nothing_grows_without_bound() -> None:
    chain = "| replace('a', 'aaaaaaaaaa')" * 30
    with pytest.raises(TemplateProblem, match="becomes longer than 1,000,000 characters"):
        render("{{ 'a'" + chain + "}}", VALUES, set())
    with pytest.raises(TemplateProblem, match="becomes longer than 1,000,000 characters"):
        render("{{ v | replace('', v) }}", {"v": "a" * 999_999}, set())
    with pytest.raises(TemplateProblem, match="becomes longer than 1,000,000 characters"):
        render("{{ v ~ v }}", {"v": "a" * 999_999}, set())
    with pytest.raises(TemplateProblem, match="has more than 1,000,000 characters"):
        render("a" * (LONGEST + 1), VALUES, set())
