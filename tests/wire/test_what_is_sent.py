"""The request decides: the very key, every argument, the same from every copy; and not how the code is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wire.test_everything_that_opens import PACKAGE, RAW, both, replace, tree, write
from tests.wire.test_verify import KEY, QUERY, edit, failures, verify, whats

__all__ = ["both", "tree"]
WRAPPER = "core/client_wrapper.py"
OTHER = 'headers["x-network-api-key"] = self._network_api_key'
SENT = 'headers["x-network-api-key"] = self.api_key'


def fixed_in_the_wrapper(tree: Path) -> None:
    replace(tree, WRAPPER, SENT, 'headers["x-network-api-key"] = "fixed"')


def not_in_the_wrapper(tree: Path) -> None:
    replace(tree, WRAPPER, SENT, "pass")


def other_one_not_in_the_wrapper(tree: Path) -> None:
    replace(tree, WRAPPER, OTHER, "pass")


def cut_in_the_wrapper(tree: Path) -> None:
    replace(tree, WRAPPER, SENT, f"{SENT}[:-1]")


def schemed_in_the_wrapper(tree: Path) -> None:
    replace(tree, WRAPPER, SENT, 'headers["x-network-api-key"] = f"Bearer {self.api_key}"')


def other_one_with_a_scheme(tree: Path) -> None:
    replace(tree, WRAPPER, OTHER, f'{OTHER.partition(" = ")[0]} = f"Bearer {{self._network_api_key}}"')


def in_lower_case(tree: Path) -> None:
    replace(tree, WRAPPER, SENT, f"{SENT}.lower()")


def clients_headers_of_one_flavour(tree: Path) -> None:
    path = tree / PACKAGE / WRAPPER
    head, start, rest = path.read_text().partition("class AsyncClientWrapper")
    assert "headers=headers" in rest
    path.write_text(head + start + rest.replace("headers=headers", "headers=None"))


def client_that_is_none(tree: Path) -> None:
    replace(tree, "client.py", "if self._external_session is None:", "if False:", 1)


def client_of_another_wrapper(tree: Path) -> None:
    replace(tree, "client.py", "(client_wrapper=self._client_wrapper)", "(client_wrapper=self._other())", 1)
    replace(
        tree,
        "client.py",
        "    @property\n",
        "    def _other(self):\n        import copy\n\n        found = copy.copy(self._client_wrapper)\n"
        "        found.api_key = found._network_api_key = 'fixed'\n        return found\n\n    @property\n",
        1,
    )


def property_that_is_gone(tree: Path) -> None:
    replace(tree, "client.py", "def external_session(self) -> ExternalSessionClient", "def sessions(self) -> object", 1)


def callers_key_of_one_copy_doubled(tree: Path) -> None:
    replace(
        tree,
        RAW,
        '_key is not None and "network_api_key" not in urllib.parse.parse_qs(_url.query, keep_blank_values=True)',
        "_key is not None",
        1,
    )


def fixed_by_the_root_client(tree: Path) -> None:
    replace(tree, "client.py", "            api_key=api_key,", '            api_key="fixed",')


def none_by_the_root_client(tree: Path) -> None:
    replace(tree, "client.py", "            api_key=api_key,", "            api_key=None,")


def swapped_by_the_root_client(tree: Path) -> None:
    replace(tree, "client.py", "            network_api_key=network_api_key,", "            network_api_key=api_key,")


def sent_without_a_key(tree: Path) -> None:
    edit(tree, "_key is not None and", "")


def path_of_one_copy(tree: Path) -> None:
    replace(tree, RAW, '.wss + "/session"', '.wss + "/sessions"', 1)


def server_of_one_copy(tree: Path) -> None:
    replace(
        tree,
        RAW,
        "self._client_wrapper.get_environment().wss",
        '"wss://elsewhere.example/ia-controller/api/v1/external"',
        1,
    )


def query_name_of_one_copy(tree: Path) -> None:
    replace(tree, RAW, '"session_id": session_id', '"session": session_id', 1)


def callers_query_of_one_copy(tree: Path) -> None:
    replace(tree, RAW, 'request_options.get("additional_query_parameters", {}) or {}', "{}", 1)


def header_of_one_copy(tree: Path) -> None:
    replace(
        tree,
        RAW,
        "        ws_url = _url.geturl()\n",
        '        ws_url = _url.geturl()\n        headers["X-Other"] = "1"\n',
        1,
    )


def callers_header_of_one_copy(tree: Path) -> None:
    replace(tree, RAW, 'headers.update(request_options["additional_headers"])', "pass", 1)


def callers_case_of_one_copy(tree: Path) -> None:
    replace(tree, RAW, "{name.lower(): value for name, value in [", "{name: value for name, value in [", 1)


def callers_key_replaced(tree: Path) -> None:
    edit(tree, "urlsplit(ws_url)", 'urlsplit(ws_url.replace("network_api_key=", "other="))')


def empty_argument_refused_by_one_copy(tree: Path) -> None:
    raised = (
        "        if session_id == '':\n            raise ValueError(session_id)\n        ws_url = self._client_wrapper"
    )
    replace(tree, RAW, "        ws_url = self._client_wrapper", raised, 1)


def argument_breaks_one_copy(tree: Path) -> None:
    replace(tree, RAW, '"session_id": session_id', '"session_id": session_id and session_id.gone', 1)


WRONG = [
    argument_breaks_one_copy,
    callers_key_replaced,
    empty_argument_refused_by_one_copy,
    fixed_in_the_wrapper,
    not_in_the_wrapper,
    other_one_not_in_the_wrapper,
    cut_in_the_wrapper,
    schemed_in_the_wrapper,
    fixed_by_the_root_client,
    none_by_the_root_client,
    swapped_by_the_root_client,
    sent_without_a_key,
    path_of_one_copy,
    server_of_one_copy,
    query_name_of_one_copy,
    callers_query_of_one_copy,
    header_of_one_copy,
    callers_header_of_one_copy,
    callers_case_of_one_copy,
    callers_key_of_one_copy_doubled,
    clients_headers_of_one_flavour,
    client_that_is_none,
    client_of_another_wrapper,
    property_that_is_gone,
    other_one_with_a_scheme,
    in_lower_case,
]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("damage", WRONG, ids=lambda damage: damage.__name__)
def test_a_request_that_is_wrong_is_not_proved(damage: Callable[[Path], None], tree: Path) -> None:
    damage(tree)
    code, report = verify(tree, *QUERY)
    assert code == 5
    on_the_wire = [
        check
        for channel in report["channels"]
        for check in channel["checks"]
        if check["verdict"] == "not proved" and check["what"] != "the code is as the patch makes it"
    ]
    assert on_the_wire


def test_a_credential_beside_one_that_must_be_given_may_go_elsewhere(tree: Path) -> None:
    optional = "        network_api_key: typing.Optional[str] = None,"
    for name in ("client.py", WRAPPER):
        replace(tree, name, optional, "        network_api_key: str,")
    replace(tree, WRAPPER, SENT, 'headers["authorization"] = self.api_key')
    _, report = verify(tree, *QUERY)
    what = "the credential api_key of the client is sent"
    found = [check for each in report["channels"] for check in each["checks"] if check["what"] == what]
    assert [each["verdict"] for each in found] == ["proved"] * 4, found


def test_a_scheme_before_the_key_is_named(tree: Path) -> None:
    schemed_in_the_wrapper(tree)
    _, report = verify(tree, *QUERY)
    expected = f'query {KEY} arrives with Bearer before it: add scheme = "Bearer"'
    assert all(expected in reasons for reasons in failures(report).values())


def everywhere(tree: Path, old: str, new: str) -> None:
    for name in ("external_session/client.py", RAW):
        replace(tree, name, old, new)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "old, new",
    [
        ('.wss + "/session"', '.wss + "/sessions"'),
        ('"session_id": session_id', '"session": session_id'),
        ('"session_id": session_id', '"session_id": session_id and session_id.gone'),
        ('request_options.get("additional_query_parameters", {}) or {}', "{}"),
        ("        ws_url = _url.geturl()\n", '        ws_url = _url.geturl() + "&more=1"\n'),
        ("        ws_url = _url.geturl()\n", '        ws_url = _url.geturl()\n        headers["X-Other"] = "1"\n'),
    ],
)
def test_what_changed_in_all_copies_is_seen_beside_generated_code(
    old: str, new: str, both: tuple[Path, Path], tree: Path
) -> None:
    code, report = verify(tree, *QUERY, "--pristine", both[0])
    assert code == 0, failures(report)
    everywhere(tree, old, new)
    code, report = verify(tree, *QUERY, "--pristine", both[0])
    assert code == 5
    assert "the request is that of the generated code but for what the patches promise" in whats(report, "not proved")


def test_a_channel_that_the_generated_code_has_must_be_there(both: tuple[Path, Path], tree: Path) -> None:
    replace(tree, RAW, "class RawExternalSessionClient", "class RawSessionClient")
    replace(tree, "external_session/client.py", "RawExternalSessionClient", "RawSessionClient")
    replace(tree, "external_session/client.py", "AsyncRawSessionClient", "AsyncRawExternalSessionClient")
    code, report = verify(tree, *QUERY, "--pristine", both[0])
    assert code == 5
    assert [check["reason"] for check in report["checks"] if check["verdict"] == "not proved"] == [
        "it was not found in the patched code"
    ]


MODELS = """
import datetime
import enum
import typing

import pydantic


class Mode(str, enum.Enum):
    FAST = "fast"
    SLOW = "slow"


class Settings(pydantic.BaseModel):
    voice: typing.Optional[str] = None
    speed: typing.Optional[float] = None
"""
MORE = """\
        session_id: typing.Optional[str] = None,
        settings: typing.Optional[Settings] = None,
        mode: typing.Optional[Mode] = None,
        names: typing.Optional[typing.Sequence[str]] = None,
        either: typing.Union[int, str, None] = None,
        since: typing.Optional[datetime.datetime] = None,
        first: typing.Optional[bool] = None,
        second: typing.Optional[bool] = None,
"""
READ = """\
                    "session_id": session_id,
                    "settings": settings.model_dump_json() if settings is not None else None,
                    "mode": mode.value if mode is not None else None,
                    "names": ",".join(names) if names is not None else None,
                    "either": either,
                    "since": since.isoformat() if since is not None else None,
                    "first": first,
                    "second": second,
"""
ARGUMENTS = ("settings", "mode", "names", "either", "since", "first", "second")


@pytest.fixture
def typed(tree: Path) -> Path:
    """A patched SDK whose channel takes an argument of every kind."""
    write(tree, "types.py", MODELS)
    for name in ("external_session/client.py", RAW):
        replace(tree, name, "        session_id: typing.Optional[str] = None,\n", MORE)
        replace(tree, name, '                    "session_id": session_id,\n', READ)
        replace(tree, name, "import typing\n", "import datetime\nimport typing\n", 1)
        replace(tree, name, "from ..core.api_error", "from ..types import Mode, Settings\nfrom ..core.api_error", 1)
    return tree


def test_arguments_of_every_kind_are_checked(typed: Path) -> None:
    code, report = verify(typed, *QUERY)
    assert code == 0, failures(report)
    assert {f"the argument {name} arrives" for name in ARGUMENTS} <= whats(report)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_argument_that_one_copy_loses_is_seen(name: str, typed: Path) -> None:
    path = typed / PACKAGE / RAW
    path.write_text(re.sub(rf'                    "{name}": .*\n', "", path.read_text(), count=1))
    code, report = verify(typed, *QUERY)
    assert code == 5
    assert list(failures(report)) == ["RawExternalSessionClient"]
    whys = {
        check["what"] for each in report["channels"] for check in each["checks"] if check["verdict"] == "not proved"
    }
    assert f"the argument {name} arrives" in whys


TOGETHER = """\
        if since is not None and names is not None:
            raise ValueError("either since or names")
        ws_url = self."""


def test_arguments_that_go_together_in_no_request_are_tried_one_at_a_time(typed: Path) -> None:
    everywhere(typed, "        ws_url = self.", TOGETHER)
    code, report = verify(typed, *QUERY)
    assert code == 0, failures(report)
    assert {f"the argument {name} arrives" for name in ARGUMENTS} <= whats(report, "proved")
    replace(typed, RAW, '"first": first', '"first": second', 1)
    replace(typed, RAW, '                    "names": ",".join(names) if names is not None else None,\n', "", 1)
    code, report = verify(typed, *QUERY)
    assert code == 5 and list(failures(report)) == ["RawExternalSessionClient"]
    found = {
        check["what"] for each in report["channels"] for check in each["checks"] if check["verdict"] == "not proved"
    }
    assert {"the argument names arrives", "the argument first arrives"} <= found


def test_an_argument_under_the_name_of_another_is_seen(typed: Path) -> None:
    replace(typed, RAW, '"first": first', '"first": second', 1)
    code, report = verify(typed, *QUERY)
    assert code == 5 and list(failures(report)) == ["RawExternalSessionClient"]


def quoted(tree: Path) -> None:
    everywhere(tree, f'urllib.parse.urlencode({{"{KEY}": _key}})', f'"{KEY}=" + urllib.parse.quote(_key, safe="")')


def doubled(tree: Path) -> None:
    everywhere(
        tree, "        ws_url = _url.geturl()\n", "        ws_url = _url.geturl()\n        ws_url = _url.geturl()\n"
    )


def reordered(tree: Path) -> None:
    line = '        headers = {name: value for name, value in headers.items() if name.lower() != "x-network-api-key"}\n'
    everywhere(tree, line, "")
    everywhere(tree, "        ws_url = _url.geturl()\n", f"        ws_url = _url.geturl()\n{line}")


def put_first(tree: Path) -> None:
    everywhere(tree, 'f"{_url.query}&{_query}"', 'f"{_query}&{_url.query}"')


def renamed(tree: Path) -> None:
    everywhere(tree, "_caller_headers", "_given")


def commented(tree: Path) -> None:
    everywhere(tree, "        # sdkpatch: the credential goes into the query, not into a header\n", "")


RIGHT = [quoted, doubled, reordered, put_first, renamed, commented]


@pytest.mark.parametrize("change", RIGHT, ids=lambda change: change.__name__)
def test_what_sends_the_same_is_right_and_the_code_is_a_remark(change: Callable[[Path], None], tree: Path) -> None:
    change(tree)
    code, report = verify(tree, *QUERY)
    assert code == 0, failures(report)
    assert {each["verdict"] for each in report["channels"]} == {"proved"}
