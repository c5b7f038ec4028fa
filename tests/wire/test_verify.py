"""``sdkpatch verify`` on the example SDK and on SDKs of every shape: what it proves, and what it does not let pass."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sdkpatch.loading.project import shown
from sdkpatch.wire.recorder import Recorded
from tests.command import sdkpatch, snapshot
from tests.operations.cases import patch_of, run
from tests.operations.test_narrowing import other_form
from tests.sdks import ROOT
from tests.server import Recorder
from tests.shapes import Shape, write_sdk
from tests.wire.test_handshakes import SHAPES

EXAMPLE = ROOT / "examples" / "aui-python"
CHANNEL = Path("src/aui/external_session")
KEY = "network_api_key"
QUERY = ("--patch", "websocket-auth-query", "--set", "header=x-network-api-key", "--set", f"query={KEY}")


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    """The example SDK as it was generated, without a project file."""
    ignored = shutil.ignore_patterns("sdkpatch.toml", "patches", "__pycache__")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "generated", ignore=ignored))


@pytest.fixture
def patched(generated: Path, tmp_path: Path) -> Path:
    tree = Path(shutil.copytree(generated, tmp_path / "sdk"))
    assert sdkpatch("apply", tree, *QUERY).returncode == 0
    return tree


def verify(*arguments: str | Path, cwd: Path | None = None) -> tuple[int, dict[str, Any]]:
    """Run the command; return its exit code and its one JSON report."""
    done = sdkpatch("verify", *arguments, "--format", "json", cwd=cwd)
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads((ROOT / "docs" / "verify.schema.json").read_text()))
    assert document["proved"] is (done.returncode == 0)
    (report,) = document["reports"]
    assert isinstance(report, dict)
    return done.returncode, report


def failures(report: dict[str, Any]) -> dict[str, list[str]]:
    """Return the reasons for what was not proved, by class."""
    found = {
        channel["name"].split(".")[0]: [
            check["reason"] for check in channel["checks"] if check["verdict"] == "not proved"
        ]
        for channel in report["channels"]
    }
    return {name: reasons for name, reasons in found.items() if reasons}


def whats(report: dict[str, Any], verdict: str = "proved") -> set[str]:
    """Return what every channel has with this verdict."""
    each = [
        {check["what"] for check in channel["checks"] if check["verdict"] == verdict} for channel in report["channels"]
    ]
    return set.intersection(*each)


def test_what_the_support_module_sends_is_proved_as_well(generated: Path) -> None:
    """A tree that another form of the same step was run on: the step is satisfied there, and so is the wire."""
    take = {"key": {"header": "x-network-api-key"}}
    run(generated, other_form(patch_of("websocket.auth", {"take": take, "send": {"query": {KEY: "$key"}}})))
    assert (generated / "src/aui/core/sdkpatch_websocket.py").exists()
    assert sdkpatch("apply", generated, *QUERY, "--check").returncode == 0
    code, report = verify(generated, *QUERY)
    assert code == 0, failures(report)
    assert [channel["verdict"] for channel in report["channels"]] == ["proved"] * 4


def test_a_patched_sdk_is_proved_and_left_as_it_is(patched: Path) -> None:
    before = snapshot(patched)
    code, report = verify(patched, *QUERY)
    assert code == 0
    assert [(each["channel"], each["method"], each["flavour"], each["verdict"]) for each in report["channels"]] == [
        ("external_session", "connect", flavour, "proved") for flavour in ("sync", "async", "sync", "async")
    ]
    assert {each["request"][0] for each in report["channels"]} == {
        f"GET /ia-controller/api/v1/external/session?{KEY}=***"
    }
    assert whats(report) >= {
        f"the credential goes in query {KEY}, once and intact",
        "no credential stands in the header x-network-api-key any more",
        "it opens with what it must have",
        "it opens with all arguments",
        "it opens with the caller's own header",
        "no header is sent twice",
        "the argument session_id arrives",
    }
    assert snapshot(patched) == before
    assert not list(patched.rglob("__pycache__"))


def test_without_patches_it_is_a_report_of_where_the_credentials_are(generated: Path) -> None:
    done = sdkpatch("verify", generated, cwd=generated)
    assert done.returncode == 0, done.stderr
    assert "credential  header x-network-api-key: ***  in 4 of 4" in done.stdout
    assert "sentinel" not in done.stdout
    assert re.search(r"^external_session  connect  async    raw_client.py  GET \S+ +recorded$", done.stdout, re.M)
    assert "InvalidStatus was raised instead (the recipe websocket-errors corrects it)" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("4 channels opened: 4 recorded; python 3.")


@pytest.mark.one_in(3)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_is_proved_once_it_is_patched_and_not_before(shape: Any, tmp_path: Path) -> None:
    tree = write_sdk(tmp_path / "sdk", "pkg", shape)
    options = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
    code, report = verify(tree, *options)
    assert code == 5 and len(failures(report)) == 4
    assert sdkpatch("apply", tree, *options).returncode == 0
    code, report = verify(tree, *options)
    assert code == 0, failures(report)


def test_a_channel_from_which_fern_takes_the_credential_is_proved_with_the_callers(tmp_path: Path) -> None:
    tree = write_sdk(tmp_path / "sdk", "pkg", SHAPES["takes Authorization out"])
    wrapper = tree / "src" / "pkg" / "core" / "client_wrapper.py"
    wrapper.write_text(wrapper.read_text().replace("x-api-key", "Authorization"))
    options = ("--patch", "websocket-auth-query", "--set", "header=Authorization")
    assert sdkpatch("apply", tree, *options).returncode == 0
    code, report = verify(tree, *options)
    assert code == 0, failures(report)
    assert all(each["request"][0] == "GET /v1/chat" for each in report["channels"])
    assert "the credential goes in query api_key, once and intact" in whats(report)
    assert "the client's own credential is sent" in whats(report, "remark")


def edit(tree: Path, old: str, new: str) -> None:
    """Change the patched code in both modules, as a merge or a person might."""
    for name in ("client.py", "raw_client.py"):
        path = tree / CHANNEL / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


def after(tree: Path, line: str) -> None:
    """Put a line behind the patch's own."""
    edit(tree, "        ws_url = _url.geturl()\n", f"        ws_url = _url.geturl()\n        {line}\n")


def pop_without_query(tree: Path, generated: Path) -> None:
    for name in ("client.py", "raw_client.py"):
        path = tree / CHANNEL / name
        path.write_text(
            re.sub(r" +_url = urllib\.parse\.urlsplit.*?_url\.geturl\(\)\n", "", path.read_text(), flags=re.S)
        )


def only_client(tree: Path, generated: Path) -> None:
    shutil.copy(generated / CHANNEL / "raw_client.py", tree / CHANNEL / "raw_client.py")


def only_sync(tree: Path, generated: Path) -> None:
    for name in ("client.py", "raw_client.py"):
        mine, fresh = ((each / CHANNEL / name).read_text() for each in (tree, generated))
        (tree / CHANNEL / name).write_text(
            mine.partition("class Async")[0] + "".join(fresh.partition("class Async")[1:])
        )


def key_twice(tree: Path, generated: Path) -> None:
    edit(tree, "ws_url = _url.geturl()", f"ws_url = _url.geturl() + '&' + urllib.parse.urlencode({{'{KEY}': _key}})")


def key_unencoded(tree: Path, generated: Path) -> None:
    edit(tree, f'urllib.parse.urlencode({{"{KEY}": _key}})', f'"{KEY}=" + _key')


def key_cut(tree: Path, generated: Path) -> None:
    edit(tree, '_key = _sent.get("x-network-api-key")', '_key = _sent.get("x-network-api-key")[:-1]')


def key_of_the_client_for_all(tree: Path, generated: Path) -> None:
    edit(tree, "*_caller_headers.items()", "*[]")
    edit(tree, 'headers.update(request_options["additional_headers"])', "pass")


def argument_lost(tree: Path, generated: Path) -> None:
    path = tree / CHANNEL / "client.py"
    path.write_text(path.read_text().replace('"session_id": session_id', '"session_id": None', 1))


def argument_dropped(tree: Path, generated: Path) -> None:
    edit(tree, '"session_id": session_id', '"session_id": None if session_id else None')


def name_unbound(tree: Path, generated: Path) -> None:
    after(tree, "session_id is not None and nothing")


def header_twice(tree: Path, generated: Path) -> None:
    edit(
        tree,
        "        ws_url = _url.geturl()\n",
        '        ws_url = _url.geturl()\n        headers["x-fern-language"] = "x"\n',
    )


def import_lost(tree: Path, generated: Path) -> None:
    path = tree / CHANNEL / "client.py"
    path.write_text(path.read_text().replace("import urllib.parse\n", ""))


EVERY = [
    "AsyncExternalSessionClient",
    "AsyncRawExternalSessionClient",
    "ExternalSessionClient",
    "RawExternalSessionClient",
]
NONE = f"the header x-network-api-key was taken out and query {KEY} was never added: no credential is sent at all"
STILL = f"it is still in the header x-network-api-key, and not in query {KEY}"
GARBLED = f"query {KEY} arrives garbled: the credential is not encoded as it must be"


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "damage, classes, reason",
    [
        (pop_without_query, EVERY, NONE),
        (only_client, [each for each in EVERY if "Raw" in each], STILL),
        (only_sync, [each for each in EVERY if "Async" in each], STILL),
        (key_twice, EVERY, "it arrives 2 times"),
        (key_unencoded, EVERY, GARBLED),
        (key_cut, EVERY, GARBLED),
        (key_of_the_client_for_all, EVERY, f"with the caller's own header: {GARBLED}"),
        (argument_lost, EVERY[2:3], "it is lost: the code does not read it"),
        (argument_dropped, EVERY, "it is lost: not in the request, not in a message, no argument of connect"),
        (name_unbound, EVERY, "no handshake arrived: NameError: name 'nothing' is not defined"),
        (header_twice, EVERY, "X-Fern-Language is sent twice"),
        (import_lost, [EVERY[0], EVERY[2]], "no handshake arrived: NameError: name 'urllib' is not defined"),
    ],
    ids=lambda each: each.__name__ if callable(each) else "",
)
def test_a_half_patched_tree_is_refused_with_the_reason(
    damage: Callable[[Path, Path], None], classes: list[str], reason: str, patched: Path, generated: Path
) -> None:
    damage(patched, generated)
    code, report = verify(patched, *QUERY)
    assert code == 5
    found = failures(report)
    assert sorted(found) == sorted(classes)
    assert all(reason in reasons for reasons in found.values()), found
    assert "sentinel" not in json.dumps(report)


def test_every_failure_names_file_and_line(patched: Path, generated: Path) -> None:
    only_client(patched, generated)
    lines = sdkpatch("verify", patched, *QUERY).stdout.splitlines()
    place = "src/aui/external_session/raw_client.py:67  RawExternalSessionClient.connect"
    after = lines[lines.index(place) + 1]
    expected = f"expected that the credential goes in query {KEY}, once and intact; {STILL}"
    assert after == f"  not proved: {expected}  [websocket-auth-query step 1]"
    assert lines[-1].startswith("4 channels opened: 2 proved, 2 not proved; python ")


def test_a_file_that_does_not_parse_is_not_passed_over(patched: Path) -> None:
    (patched / CHANNEL / "raw_client.py").write_text("<<<<<<< HEAD\nimport websockets\nconnect()\n")
    code, report = verify(patched, *QUERY)
    assert code == 5
    assert [check["what"] for check in report["checks"] if check["verdict"] == "not proved"][-1] == (
        "src/aui/external_session/raw_client.py:1 is Python"
    )


def test_an_argument_that_no_copy_reads_is_lost_where_generated_code_sends_it(patched: Path, generated: Path) -> None:
    edit(patched, '"session_id": session_id', '"session_id": None')
    code, report = verify(patched, *QUERY)
    assert code == 0, "for all that is known, the generator leaves it out"
    assert "the argument session_id arrives" in whats(report, "remark")
    code, report = verify(patched, *QUERY, "--pristine", generated)
    assert code == 5
    assert "the argument session_id arrives" in whats(report, "not proved")


@pytest.mark.parametrize("code", [0, 5])
def test_what_no_channel_of_a_package_reads_a_function_beside_them_need_not_read(code: int, patched: Path) -> None:
    if code == 0:
        edit(patched, '"session_id": session_id', '"session_id": None')
    text = (patched / CHANNEL / "raw_client.py").read_text()
    start = text.index("    @contextmanager")
    method = textwrap.dedent(text[start : text.index("\nclass ", start)]).replace("def connect(", "def opened(")
    method = method.replace("self,", "client_wrapper,").replace("self._client_wrapper", "client_wrapper")
    method = method.replace('"session_id": session_id', '"session_id": None')
    (patched / CHANNEL / "opened.py").write_text(f"{text[: text.index('class ')]}{method}")
    found, report = verify(patched, *QUERY)
    assert found == code, failures(report)
    assert "opened" in {each["name"] for each in report["channels"]}


def test_a_module_that_cannot_be_imported_is_not_proved(patched: Path) -> None:
    path = patched / CHANNEL / "client.py"
    path.write_text(path.read_text().replace("import typing\n", "", 1))
    code, report = verify(patched, *QUERY)
    assert code == 5
    assert (
        "aui.external_session.client cannot be imported: NameError: name 'typing' is not defined"
        in (failures(report)["ExternalSessionClient"])
    )


def test_a_channel_of_a_package_that_cannot_be_imported_is_not_opened(patched: Path) -> None:
    """Its modules stay behind, and can be imported the second time."""
    path = patched / "src" / "aui" / "__init__.py"
    path.write_text(f"{path.read_text()}\nfrom . import external_session\n\nraise RuntimeError('not today')\n")
    code, report = verify(patched, *QUERY)
    assert code == 5
    reasons = [
        f"aui.external_session.{name} cannot be imported: RuntimeError: not today" for name in ("client", "raw_client")
    ]
    assert sorted({reason for each in failures(report).values() for reason in each}) == reasons


PROJECT = '[project]\nname = "acme-voice-sdk"\n'
POETRY = '[tool.poetry]\nname = "acme-voice-sdk"\n'


@pytest.mark.parametrize(
    "name, module, project",
    [
        ("Acme_Voice.SDK", "version", ""),
        ("pkg", "about", ""),
        ("Acme_Voice.SDK", "about", PROJECT),
        ("acme-voice-sdk", "about", POETRY),
        ("no-such-name", "about", PROJECT),
    ],
)
def test_an_sdk_that_is_not_installed_may_ask_for_its_version(
    name: str, module: str, project: str, tmp_path: Path
) -> None:
    tree = write_sdk(tmp_path / "sdk", "pkg", SHAPES["encode_query"])
    package = tree / "src" / "pkg"
    (package / f"{module}.py").write_text(f'from importlib import metadata\n\nSDK = metadata.version("{name}")\n')
    (package / "__init__.py").write_text(f"from .{module} import SDK\n")
    if project:
        (tree / "pyproject.toml").write_text(project)
    options = ("--patch", "websocket-auth-query", "--set", "header=x-api-key")
    assert sdkpatch("apply", tree, *options).returncode == 0
    code, report = verify(tree, *options)
    assert code == (5 if name == "no-such-name" else 0), failures(report)


LOST = {
    "the header of the wrapper": ("core/client_wrapper.py", 'headers["x-api-key"] = self.api_key', "pass"),
    "the scheme of the server": ("client.py", '"wss://chat.invalid"', '"w://chat.invalid"'),
    "the host of the server": ("client.py", '"wss://chat.invalid"', '"wss://"'),
    "the port of the server": ("client.py", '"wss://chat.invalid"', '"wss://chat.invalid:port"'),
    "TLS for a scheme of HTTP": ("client.py", '"wss://chat.invalid"', '"https://chat.invalid"'),
}


@pytest.mark.parametrize("path, old, new", LOST.values(), ids=LOST.keys())
def test_the_only_credential_and_the_address_have_to_be_right(path: str, old: str, new: str, tmp_path: Path) -> None:
    """The method takes a key of its own, under the name of the header that the wrapper fills."""
    tree = write_sdk(tmp_path / "sdk", "pkg", Shape(channel_header="x-api-key"))
    options = ("--patch", "websocket-auth-query", "--set", "header=x-api-key", "--set", "query=key")
    assert sdkpatch("apply", tree, *options).returncode == 0
    code, report = verify(tree, *options)
    assert code == 0, failures(report)
    file = tree / "src" / "pkg" / path
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    code, report = verify(tree, *options)
    assert code == 5 and len(failures(report)) == 4


def test_a_patch_without_a_site_is_not_proved(tmp_path: Path) -> None:
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk" / "models.py").write_text("x = 1\n")
    code, report = verify(tmp_path / "sdk", *QUERY)
    assert code == 5 and report["channels"] == []
    assert "expected >=1 site, found 0" in [check.get("reason") for check in report["checks"]]
    code, report = verify(tmp_path / "sdk", cwd=tmp_path)
    assert code == 0 and report["channels"] == []


def test_what_no_handshake_shows_is_listed_as_not_checked(tmp_path: Path) -> None:
    tree = Path(shutil.copytree(EXAMPLE, tmp_path / "sdk"))
    assert sdkpatch("apply", tree).returncode == 0
    code, report = verify(cwd=tree)
    assert code == 0
    assert report["checks"] == [
        {
            "verdict": "not checked",
            "what": "what fernignore.protect does",
            "reason": "it has no effect on a handshake; the code is as the step makes it",
            "patch": "keep-own-files",
            "step": 1,
        }
    ]


def test_faults_are_met_in_time(patched: Path) -> None:
    options = (*QUERY, "--patch", "websocket-errors")
    assert sdkpatch("apply", patched, *options).returncode == 0
    code, report = verify(patched, *options, "--faults")
    assert code == 0, failures(report)
    assert whats(report) >= {
        "a handshake refused with 401 is an ApiError",
        "a handshake refused with 403 is an ApiError",
        "a handshake refused with 500 is an ApiError",
        "no credential follows a redirect to another host",
        "an answer that is no HTTP is an error",
        "no answer at all is an error",
    }


def test_a_channel_that_hangs_is_told_of(patched: Path) -> None:
    edit(
        patched,
        "        ws_url = _url.geturl()\n",
        "        ws_url = _url.geturl()\n        import time; time.sleep(9)\n",
    )
    path = patched / CHANNEL / "raw_client.py"
    path.write_text(path.read_text().replace("import time; time.sleep(9)", "pass"))
    code, report = verify(patched, *QUERY, "--timeout", "0.3")
    assert code == 5
    assert "no handshake arrived: no answer within 0.3 s" in failures(report)["ExternalSessionClient"]


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "wish, table",
    [
        (
            "query:network_api_key",
            'uses = "websocket-auth-query"\nwith = { header = "x-network-api-key", query = "network_api_key" }',
        ),
        ("header:Authorization:Token", 'to = "Authorization", value = "Token $key" }'),
        (
            "subprotocol:chat",
            'uses = "websocket-auth-subprotocol"\nwith = { header = "x-network-api-key", protocol = "chat" }',
        ),
        ("message:api-key", 'with = { header = "x-network-api-key", scheme = "" }'),
    ],
)
def test_a_suggestion_is_a_patch_that_works(wish: str, table: str, generated: Path) -> None:
    done = sdkpatch("verify", generated, "--suggest", f"wss-auth={wish}", cwd=generated)
    assert done.returncode == 0, done.stderr
    assert table in done.stdout
    (generated / "sdkpatch.toml").write_text('sdk = "."\n' + done.stdout)
    assert sdkpatch("apply", cwd=generated).returncode == 0
    code, report = verify(cwd=generated)
    assert code == 0, failures(report)


def test_the_scheme_of_a_header_is_part_of_the_suggestion(generated: Path) -> None:
    wrapper = generated / "src" / "aui" / "core" / "client_wrapper.py"
    text = wrapper.read_text()
    wrapper.write_text(
        re.sub(r'headers\["x-network-api-key"\] = (.*)', r'headers["Authorization"] = f"Bearer {\1}"', text)
    )
    done = sdkpatch("verify", generated, "--suggest", "wss-auth=query:token", cwd=generated)
    assert 'with = { header = "Authorization", scheme = "Bearer", query = "token" }' in done.stdout


def test_suggestions_that_cannot_be_made(generated: Path, patched: Path) -> None:
    done = sdkpatch("verify", generated, "--suggest", "wss-auth=cookie:x", cwd=generated)
    assert done.returncode == 2
    assert done.stderr.startswith('error: --suggest: found "wss-auth=cookie:x", expected wss-auth=query:NAME')
    done = sdkpatch("verify", patched, "--suggest", "wss-auth=query:x", cwd=patched)
    assert done.returncode == 2
    assert "hint: they are in: query network_api_key=***" in done.stderr


def test_markdown_cannot_be_broken_by_names(generated: Path) -> None:
    done = sdkpatch("verify", generated, *QUERY, "--format", "markdown")
    assert done.returncode == 5
    assert (
        "| ❌ not proved | external\\_session | connect | sync | `src/aui/external_session/client.py:79` | `GET "
        in done.stdout
    )
    assert done.stdout.startswith("### WebSocket handshakes of `")


def test_the_page_needs_nothing_and_shows_both_sides(patched: Path, generated: Path, tmp_path: Path) -> None:
    page = tmp_path / "verify.html"
    done = sdkpatch("verify", patched, *QUERY, "--pristine", generated, "--report", page)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert not re.search(r"(src|href)=[\"'](?!#)", text), "it loads nothing"
    assert text.count('<span class="removed">x-network-api-key: ***</span>') == 4
    assert text.count(f'<span class="added">GET /ia-controller/api/v1/external/session?{KEY}=***</span>') == 4
    assert "+        # sdkpatch: the credential goes into the query, not into a header" in text
    assert "sentinel" not in text


def test_the_page_names_the_sdk_and_the_day_and_what_failed_comes_first(
    patched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    path = patched / CHANNEL / "client.py"
    path.write_text(path.read_text().replace("urllib.parse.urlencode", "str", 1))
    page = tmp_path / "verify.html"
    assert sdkpatch("verify", patched, *QUERY, "--report", page).returncode == 5
    text = page.read_text()
    assert "<title>Not proved: aui-api-client 0.1.0, 2023-11-14, sdkpatch verify</title>" in text
    assert "<strong>aui-api-client 0.1.0</strong>, <time>2023-11-14</time>" in text
    for card in text.split("<details")[1:]:
        marks = re.findall(r'<li><span class="mark ([a-z-]+)">', card)
        worst = [mark for mark in marks if mark in ("not-proved", "not-looked-at")]
        assert marks[: len(worst)] == worst
    assert '<li><span class="mark not-proved">' in text


def test_quiet_has_what_is_not_proved_and_verbose_all_that_was_checked(patched: Path) -> None:
    summary = sdkpatch("verify", patched, *QUERY).stdout.splitlines()[-1]
    assert sdkpatch("verify", patched, *QUERY, "-q").stdout == f"{summary}\n"
    told = sdkpatch("verify", patched, *QUERY, "-v").stdout
    proved = f"  proved: the credential goes in query {KEY}, once and intact  [websocket-auth-query step 1]"
    assert told.count(proved) == 4
    assert re.search(r"^src/aui/external_session/client.py:\d+  ExternalSessionClient.connect$", told, re.MULTILINE)
    path = patched / CHANNEL / "client.py"
    path.write_text(path.read_text().replace("urllib.parse.urlencode", "str", 1))
    quiet = sdkpatch("verify", patched, *QUERY, "-q").stdout.splitlines()
    assert re.fullmatch(r"src/aui/external_session/client.py:\d+  ExternalSessionClient.connect", quiet[0])
    assert quiet[1].startswith("  not proved: expected that ")
    assert all(line.startswith(("  not proved: ", "src/")) for line in quiet[:-1])


def test_what_stands_in_the_sdk_cannot_break_the_page(patched: Path, tmp_path: Path) -> None:
    path = patched / "src" / "aui" / "core" / "client_wrapper.py"
    path.write_text(path.read_text().replace('"aui-api-client"', '"<script>alert(1)</script>"'))
    page = tmp_path / "verify.html"
    sdkpatch("verify", patched, *QUERY, "--report", page)
    text = page.read_text()
    assert "<script>" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_same_run_prints_the_same_bytes(patched: Path) -> None:
    first, second = (sdkpatch("verify", patched, *QUERY).stdout for _ in range(2))
    assert first == second != ""


NOWHERE = ("--url", "ws://127.0.0.1:1")


def accept(recorded: Recorded) -> HTTPStatus | None:
    return None if (KEY, "a real+key/1") in recorded.query else HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("name", ["api_key", "key"])
def test_a_real_server_accepts_or_refuses(name: str, patched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, code, said in (
        ("a real+key/1", 0, "accepted"),
        ("a wrong+key/1", 5, "refused: InvalidStatus: server rejected"),
    ):
        monkeypatch.setenv("MY_KEY", value)
        with Recorder(accept) as server:
            url = f"{server.url}/elsewhere"
            done = sdkpatch("verify", patched, *QUERY, "--url", url, "--credential", f"{name}=env:MY_KEY")
        assert done.returncode == code, done.stderr
        assert done.stdout.splitlines()[0] == f"GET {url}?{KEY}=***"
        assert f"src/aui/external_session/client.py:89  ExternalSessionClient.connect  {said}" in done.stdout
        assert len(server.handshakes) == 1
        assert "key/1" not in done.stdout + done.stderr and "key%2F1" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "options, said",
    [
        (("--credential", "api_key=env:MY_KEY"), "--url: found none, expected --url and a tree"),
        (("--channel", "external_session"), "--channel: found no --url, expected --url beside --channel"),
        (("--pristine", "HEAD", "--wheel", __file__), "--wheel: found no wheel at "),
        (("--url", "https://x"), '--url: found "https://x", expected an address such as wss://host'),
        (
            ("--url", "ws://127.0.0.1:1", "--credential", "api_key=s3cr3t"),
            "found api_key=…, expected NAME=env:VARIABLE",
        ),
        (("--url", "ws://127.0.0.1:1", "--credential", "api_key=env:NOT_SET"), "found no value in NOT_SET"),
        (("--url", "ws://127.0.0.1:1", "--credential", "kye=env:MY_KEY"), "hint: known: api_key, key, network_api_key"),
        (("--url", "ws://127.0.0.1:1", "--channel", "nope"), "hint: there are: external_session.connect"),
    ],
)
def test_asking_a_real_server_in_the_wrong_way(
    options: tuple[str, ...], said: str, patched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "a real+key/1")
    done = sdkpatch("verify", patched, *QUERY, *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "s3cr3t" not in done.stderr


def test_an_interpreter_without_the_dependencies_gets_the_line_to_type(patched: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    python = tmp_path / "bare" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    done = sdkpatch("verify", "sdk", *QUERY, "--python", python, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: the SDK cannot be imported with {python}: found no module httpx, expected the SDK's dependencies\n"
        f"  hint: {python} -m pip install ./sdk\n"
        "  or let sdkpatch verify --install make an environment for the purpose\n"
    )
    done = sdkpatch("verify", "sdk", "--python", "no-such-python", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: --python: found no-such-python (No such file or directory), expected an ")


def test_an_sdk_that_is_its_own_folder_can_be_proved(patched: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my-sdk"
    shutil.copytree(patched / "src" / "aui", folder)
    code, report = verify(folder, *QUERY)
    assert code == 0, report
    assert report["channels"][0]["module"] == "sdk_my_sdk.external_session.client"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the patched example SDK."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = Path(shutil.copytree(EXAMPLE, folder / "sdk"))
    assert sdkpatch("apply", tree).returncode == 0
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(tree)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_a_wheel_is_proved_in_an_environment_of_its_own(wheel: Path) -> None:
    tree = wheel.parent / "sdk"
    code, report = verify("--wheel", wheel.parent / "*.whl", cwd=tree)
    assert code == 0, report
    assert [each["verdict"] for each in report["channels"]] == ["proved"] * 4
    proved = [check["what"] for check in report["checks"] if check["verdict"] == "proved"]
    assert proved == [
        f"src/aui/external_session/{name} is in the wheel as it was planned" for name in ("client.py", "raw_client.py")
    ]


@pytest.mark.slow
def test_a_wheel_of_another_tree_is_refused(wheel: Path, tmp_path: Path) -> None:
    tree = Path(shutil.copytree(wheel.parent / "sdk", tmp_path / "sdk"))
    path = tree / CHANNEL / "client.py"
    path.write_text(path.read_text().replace("import typing\n", "import typing  # later\n", 1))
    code, report = verify(tree, "--wheel", wheel)
    lines = sdkpatch("verify", tree, "--wheel", wheel, "--format", "github").stdout.splitlines()
    (marked,) = [line.split(",title=")[0] for line in lines if line.startswith("::error")]
    assert marked == f"::error file={path},line=3"
    assert code == 5
    (bad,) = [check for check in report["checks"] if check["verdict"] == "not proved"]
    assert bad["what"] == "src/aui/external_session/client.py is in the wheel as it was planned"
    assert bad["reason"] == "it has other bytes from line 3 on: built before sdkpatch apply, or from another tree"


@pytest.mark.slow
def test_an_unpatched_wheel_is_refused(tmp_path: Path) -> None:
    tree = Path(shutil.copytree(EXAMPLE, tmp_path / "sdk"))
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(tree)]
    subprocess.run(command, check=True, capture_output=True)
    assert sdkpatch("apply", tree).returncode == 0
    (built,) = tmp_path.glob("*.whl")
    code, report = verify(tree, "--wheel", built)
    assert code == 5
    assert len(failures(report)) == 4
    done = sdkpatch("verify", tree, "--wheel", built, "--format", "github")
    assert done.stderr == f"installing {shown(built)} and its dependencies into a temporary environment ...\n"
    marked = set(re.findall(r"^::error file=([^,]+),line=(\d+),", done.stdout, re.MULTILINE))
    code_of = {name: (tree / CHANNEL / name).read_text().splitlines() for name in ("client.py", "raw_client.py")}
    methods = {
        (str(tree / CHANNEL / name), str(number))
        for name, lines in code_of.items()
        for number, line in enumerate(lines, 1)
        if " def connect(" in line
    }
    assert methods <= marked


def test_what_is_no_wheel(tmp_path: Path) -> None:
    done = sdkpatch("verify", "--wheel", tmp_path / "*.whl")
    assert done.returncode == 2 and "error: --wheel: found no wheel at " in done.stderr
    (tmp_path / "x.whl").write_text("x")
    done = sdkpatch("verify", "--wheel", tmp_path / "x.whl", cwd=tmp_path)
    assert done.returncode == 2 and "found no wheel (File is not a zip file)" in done.stderr


@pytest.mark.slow
def test_install_makes_an_environment_and_leaves_the_tree_alone(wheel: Path) -> None:
    tree = wheel.parent / "sdk"
    before = snapshot(tree)
    done = sdkpatch("verify", "--install", cwd=tree)
    assert done.returncode == 0, done.stdout
    assert done.stderr == "installing . and its dependencies into a temporary environment ...\n"
    assert sdkpatch("verify", "--install", "-q", cwd=tree).stderr == ""
    assert snapshot(tree) == before


def test_basic_credentials_are_masked_too() -> None:
    from sdkpatch.wire.masking import Mask

    value = "Basic " + base64.b64encode(b"sentinel1:x").decode()
    assert Mask(["sentinel1"]).value(value) == "Basic ***"


def test_no_variable_of_the_caller_reaches_a_report(patched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = patched / "src" / "aui" / "core" / "client_wrapper.py"
    text = path.read_text()
    path.write_text(text.replace('"aui-api-client"', 'str(__import__("os").environ.get("AUI_KEY"))'))
    monkeypatch.setitem(os.environ, "AUI_KEY", "a-real-key")
    _, report = verify(patched, *QUERY)
    assert "X-Fern-SDK-Name: None" in report["channels"][0]["request"]
    assert "a-real-key" not in json.dumps(report)
