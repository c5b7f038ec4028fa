"""Whatever opens a socket is held to the promises of the patches, or is named as not looked at; never passed over."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sdkpatch.wire.references import read
from tests.command import sdkpatch
from tests.wire.test_verify import CHANNEL, EXAMPLE, QUERY, verify

PACKAGE = Path("src/aui")
SYNC = "websockets_sync_client.connect(ws_url, additional_headers=headers)"
ASYNC = "websockets_client_connect(ws_url, extra_headers=headers)"
HELPER = """
from contextlib import asynccontextmanager, contextmanager

import websockets.sync.client as websockets_sync_client

try:
    from websockets.legacy.client import connect as websockets_client_connect
except ImportError:
    from websockets import connect as websockets_client_connect


def opened(url, **options):
    return websockets_sync_client.connect(url, **options)


def opened_async(url, **options):
    return websockets_client_connect(url, **options)
"""
CLASS_HELPER = """
import websockets.sync.client as websockets_sync_client

try:
    from websockets.legacy.client import connect as websockets_client_connect
except ImportError:
    from websockets import connect as websockets_client_connect


class Opener:
    def __init__(self, url, headers):
        self.url, self.headers = url, headers

    def open(self):
        return websockets_sync_client.connect(self.url, additional_headers=self.headers)

    def open_async(self):
        return websockets_client_connect(self.url, extra_headers=self.headers)
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The example SDK as it was generated, and patched."""
    folder = tmp_path_factory.mktemp("example")
    ignored = shutil.ignore_patterns("sdkpatch.toml", "patches", "__pycache__")
    generated = Path(shutil.copytree(EXAMPLE, folder / "generated", ignore=ignored))
    patched = Path(shutil.copytree(generated, folder / "patched"))
    assert sdkpatch("apply", patched, *QUERY).returncode == 0
    return generated, patched


@pytest.fixture
def tree(both: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(both[1], tmp_path / "sdk"))


@pytest.fixture
def unpatched(both: tuple[Path, Path], tmp_path: Path) -> Path:
    """A tree where only ``client.py`` is patched: ``raw_client.py`` is as it was generated."""
    tree = Path(shutil.copytree(both[1], tmp_path / "sdk"))
    shutil.copy(both[0] / CHANNEL / "raw_client.py", tree / CHANNEL / "raw_client.py")
    return tree


def write(tree: Path, name: str, text: str) -> None:
    (tree / PACKAGE / name).write_text(text)


def replace(tree: Path, name: str, old: str, new: str, count: int = -1) -> None:
    path = tree / PACKAGE / name
    text = path.read_text()
    assert old in text, name
    path.write_text(text.replace(old, new, count))


def words(report: dict[str, Any]) -> dict[str, str]:
    """Return the verdict of everything that a report has in its table."""
    return {f"{each['module']}:{each['name']}": each["verdict"] for each in report["channels"]}


RAW = "external_session/raw_client.py"


def by_getattr(tree: Path) -> None:
    replace(tree, RAW, "websockets_sync_client.connect(", 'getattr(websockets_sync_client, "connect")(')


def by_getattr_of_a_joined_name(tree: Path) -> None:
    replace(tree, RAW, "websockets_sync_client.connect(", 'getattr(websockets_sync_client, "con" + "nect")(')


def by_import_module(tree: Path) -> None:
    replace(
        tree,
        RAW,
        "websockets_sync_client.connect(",
        '__import__("importlib").import_module("websockets.sync.client").connect(',
    )


def by_partial(tree: Path) -> None:
    replace(
        tree,
        RAW,
        "\n\nclass ",
        "\n_open = __import__('functools').partial(websockets_sync_client.connect)\n\n\nclass ",
        1,
    )
    replace(tree, RAW, f"with {SYNC}", "with _open(ws_url, additional_headers=headers)")


def by_table(tree: Path) -> None:
    replace(tree, RAW, "\n\nclass ", '\nOPENERS = {"sync": websockets_sync_client.connect}\n\n\nclass ', 1)
    replace(tree, RAW, f"with {SYNC}", 'with OPENERS["sync"](ws_url, additional_headers=headers)')


def by_lambda(tree: Path) -> None:
    replace(tree, RAW, "\n\nclass ", "\n_open = lambda *a, **k: websockets_sync_client.connect(*a, **k)\n\n\nclass ", 1)
    replace(tree, RAW, f"with {SYNC}", "with _open(ws_url, additional_headers=headers)")


def by_nested_function(tree: Path) -> None:
    opener = (
        "            def start(u, h):\n                return websockets_sync_client.connect(u, additional_headers=h)\n"
    )
    replace(tree, RAW, f"            with {SYNC}", f"{opener}            with start(ws_url, headers)")


def by_attribute_of_the_class(tree: Path) -> None:
    replace(
        tree,
        RAW,
        "    def __init__(self, *, client_wrapper: SyncClientWrapper",
        "    _open = staticmethod(websockets_sync_client.connect)\n\n"
        "    def __init__(self, *, client_wrapper: SyncClientWrapper",
    )
    replace(tree, RAW, f"with {SYNC}", "with self._open(ws_url, additional_headers=headers)")


def in_a_helper_module(tree: Path) -> None:
    write(tree, "core/opened.py", HELPER)
    replace(tree, RAW, "from ..core.api_error", "from ..core.opened import opened, opened_async\nfrom ..core.api_error")
    replace(tree, RAW, SYNC, "opened(ws_url, additional_headers=headers)")
    replace(tree, RAW, ASYNC, "opened_async(ws_url, extra_headers=headers)")


def in_a_helper_class(tree: Path) -> None:
    write(tree, "core/opener.py", CLASS_HELPER)
    replace(tree, RAW, "from ..core.api_error", "from ..core.opener import Opener\nfrom ..core.api_error")
    replace(tree, RAW, SYNC, "Opener(ws_url, headers).open()")
    replace(tree, RAW, ASYNC, "Opener(ws_url, headers).open_async()")


def in_a_renamed_method(tree: Path) -> None:
    in_a_helper_module(tree)
    replace(tree, RAW, "def connect(", "def start(")


def in_a_mixin(tree: Path) -> None:
    """The methods move to classes of another file, from which the channels inherit them."""
    text = (tree / PACKAGE / RAW).read_text()
    mixins = text.replace("class Raw", "class Mixed").replace("class AsyncRaw", "class AsyncMixed")
    mixins = re.sub(r"    def __init__\(self.*?\n\n", "", mixins, flags=re.S)
    write(
        tree,
        "core/mixed.py",
        mixins.replace("from .socket_client", "from ..external_session.socket_client").replace(
            "from ..core.", "from ."
        ),
    )
    start = text.index("class RawExternalSessionClient")
    head = text[:start].replace("from .socket_client", "from ..core import mixed\nfrom .socket_client")
    heads = re.findall(r"class \w+:\n    def __init__.*?\n\n", text[start:], flags=re.S)
    body = "\n".join(each.rstrip() + "\n\n" for each in heads)
    body = body.replace(
        "class RawExternalSessionClient:", "class RawExternalSessionClient(mixed.MixedExternalSessionClient):"
    )
    body = body.replace(
        "class AsyncRawExternalSessionClient:",
        "class AsyncRawExternalSessionClient(mixed.AsyncMixedExternalSessionClient):",
    )
    (tree / PACKAGE / RAW).write_text(head + body)


def in_a_plain_method(tree: Path) -> None:
    """``connect`` returns what another method makes, and is no context manager itself."""
    replace(tree, RAW, "    def connect(", "    def _connected(", 1)
    start = "\n    def connect(self, *, session_id=None, request_options=None):\n"
    start += "        return self._connected(session_id=session_id, request_options=request_options)\n"
    replace(tree, RAW, "\n\nclass AsyncRaw", start + "\n\nclass AsyncRaw")


def by_assignment_to_the_class(tree: Path) -> None:
    path = tree / PACKAGE / RAW
    text = path.read_text()
    head, start, rest = text.partition("    @contextmanager\n")
    body, end, others = rest.partition("\n\nclass AsyncRaw")
    given = "\n\n" + re.sub(r"^    ", "", start + body, flags=re.M).replace("def connect(", "def _connect(")
    path.write_text(f"{head.rstrip()}{given}\n\nRawExternalSessionClient.connect = _connect\n{end}{others}")


def by_setattr_of_the_class(tree: Path) -> None:
    by_assignment_to_the_class(tree)
    replace(
        tree,
        RAW,
        "RawExternalSessionClient.connect = _connect",
        'setattr(RawExternalSessionClient, "connect", _connect)',
    )


MOVES = [
    by_assignment_to_the_class,
    by_setattr_of_the_class,
    by_getattr,
    by_getattr_of_a_joined_name,
    by_import_module,
    by_partial,
    by_table,
    by_lambda,
    by_nested_function,
    by_attribute_of_the_class,
    in_a_helper_module,
    in_a_helper_class,
    in_a_renamed_method,
    in_a_mixin,
    in_a_plain_method,
]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.__name__)
def test_a_channel_that_no_site_was_found_in_is_held_to_the_promise(
    move: Callable[[Path], None], unpatched: Path
) -> None:
    move(unpatched)
    code, report = verify(unpatched, *QUERY)
    assert code == 5
    bad = {each["name"] for each in report["channels"] if each["verdict"] == "not proved"}
    assert "RawExternalSessionClient.connect" in bad or "RawExternalSessionClient.start" in bad, words(report)
    assert len(report["channels"]) == 4, words(report)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.__name__)
def test_what_sends_the_same_request_is_right_however_it_is_written(move: Callable[[Path], None], tree: Path) -> None:
    if move is in_a_renamed_method:
        replace(tree, "external_session/client.py", "def connect(", "def start(")
    move(tree)
    code, report = verify(tree, *QUERY)
    assert code == 0, [
        each
        for each in [*report["checks"], *(c for ch in report["channels"] for c in ch["checks"])]
        if each["verdict"] in ("not proved", "not looked at")
    ]
    assert set(words(report).values()) == {"proved"} and len(report["channels"]) == 4


LEGACY = (
    HELPER
    + """

class Legacy{name}:
    def __init__(self, *, {taken}):
        self._taken = {taken}

    @contextmanager
    def connect(self):
        headers = {{"x-network-api-key": "fixed"}}
        with websockets_sync_client.connect("wss://legacy.example/session", additional_headers=headers) as socket:
            yield socket
"""
)


@pytest.mark.parametrize("taken", ["client_wrapper", "client"])
def test_a_class_that_no_patch_knows_is_opened_and_held_to_the_promise(taken: str, tree: Path) -> None:
    write(tree, "legacy.py", LEGACY.format(name="Client", taken=taken))
    code, report = verify(tree, *QUERY)
    assert code == 5
    assert words(report)["aui.legacy:LegacyClient.connect"] == "not proved"


def test_what_cannot_be_opened_is_named_and_may_be_left_alone(tree: Path) -> None:
    text = LEGACY.format(name="Client", taken="queue").replace("self._taken = queue", "self._taken = queue.get()")
    write(tree, "legacy.py", text)
    code, report = verify(tree, *QUERY)
    assert code == 5
    assert words(report)["aui.legacy:LegacyClient.connect"] == "not looked at"
    (tree / "sdkpatch.toml").write_text('sdk = "."\n\n[verify]\nunseen = ["legacy.*"]\n')
    code, report = verify(tree, *QUERY, "--config", tree / "sdkpatch.toml")
    assert code == 0, words(report)
    listed = {check["what"].split(" ")[1]: check["verdict"] for check in report["checks"]}
    assert listed["LegacyClient.connect"] == "not checked"


def test_a_subclass_with_a_connect_of_its_own_is_held_to_the_promise(tree: Path) -> None:
    path = tree / PACKAGE / RAW
    text = path.read_text()
    own = text[text.index("    @contextmanager") : text.index("class AsyncRaw")].rstrip()
    own = re.sub(r"        # sdkpatch: .*?ws_url = _url.geturl\(\)\n", "", own, flags=re.S)
    path.write_text(f"{text.rstrip()}\n\n\nclass Derived(RawExternalSessionClient):\n{own}\n")
    code, report = verify(tree, *QUERY)
    assert code == 5
    assert words(report)["aui.external_session.raw_client:Derived.connect"] == "not proved"


@pytest.mark.parametrize("kept", [True, False])
def test_a_class_derived_from_connect_opens_a_socket(kept: bool, request: pytest.FixtureRequest) -> None:
    changed: Path = request.getfixturevalue("tree" if kept else "unpatched")
    replace(changed, RAW, "\n\nclass ", "\n\nclass _Dial(websockets_client_connect):\n    pass\n\n\nclass ", 1)
    replace(changed, RAW, f"async with {ASYNC}", "async with _Dial(ws_url, extra_headers=headers)")
    code, report = verify(changed, *QUERY)
    assert words(report)["aui.external_session.raw_client:AsyncRawExternalSessionClient.connect"] == (
        "proved" if kept else "not proved"
    )
    assert code == (0 if kept else 5)


def test_a_parameter_with_the_name_of_the_library_opens_nothing(tree: Path) -> None:
    path = tree / PACKAGE / "environment.py"
    code = path.read_text()
    path.write_text(re.sub(r"\bwss\b(?!:/)", "websockets", code))
    for each in (tree / PACKAGE).rglob("*client.py"):
        each.write_text(each.read_text().replace("get_environment().wss", "get_environment().websockets"))
    code_of_a_resource = "from .environment import AuiApiClientEnvironment\n\n\nclass Status:\n"
    code_of_a_resource += "    def read(self):\n        return AuiApiClientEnvironment.PRODUCTION\n"
    (tree / PACKAGE / "status.py").write_text(code_of_a_resource)
    code_of, report = verify(tree, *QUERY)
    assert code_of == 0, report
    assert [channel["verdict"] for channel in report["channels"]] == ["proved"] * 4


@pytest.mark.parametrize("body", ["import websockets", "websockets = opened(websockets)"])
def test_a_parameter_that_is_the_library_after_all_hides_nothing(body: str) -> None:
    code = f"def open_it(url, websockets=None):\n    {body}\n    return websockets.connect(url)\n"
    (unit,) = read(code.encode(), "own.py", "own", is_package=False).units
    assert ("websockets", "connect") in [each.parts for each in unit.references]


@pytest.mark.parametrize("instead", ["yield None", "raise NotImplementedError"])
def test_a_copy_that_opens_nothing_is_not_looked_at(instead: str, tree: Path) -> None:
    replace(tree, RAW, f"with {SYNC} as protocol:\n                yield ", f"if True:\n                {instead}  # ")
    code, report = verify(tree, *QUERY)
    assert code == 5
    assert words(report)["aui.external_session.raw_client:RawExternalSessionClient.connect"] == "not looked at"


def test_a_call_that_no_opening_reaches_is_not_looked_at(tree: Path) -> None:
    branch = "            if session_id == 'never':\n                websockets_sync_client.connect(ws_url)\n"
    replace(tree, RAW, f"            with {SYNC}", f"{branch}            with {SYNC}")
    code, report = verify(tree, *QUERY)
    assert code == 5
    assert "not looked at" in words(report).values()
