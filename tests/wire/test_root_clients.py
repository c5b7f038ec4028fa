"""A channel is opened as users come to it: through the root client, however that was made."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.wire.test_everything_that_opens import PACKAGE, both, replace, tree
from tests.wire.test_verify import QUERY, verify

__all__ = ["both", "tree"]
ROOT, WRAPPER, ENVIRONMENT = "client.py", "core/client_wrapper.py", "environment.py"
CHANNEL = "external_session/client.py"
MADE = "ExternalSessionClient(client_wrapper=self._client_wrapper)"
SAME = "self._client_wrapper"
OWN = f"SyncClientWrapper(environment={SAME}.get_environment(), httpx_client={SAME}.httpx_client)"
KEY = 'headers["x-network-api-key"] = self.api_key'


def reasons(report: dict[str, Any]) -> set[str]:
    return {
        check["reason"]
        for channel in report["channels"]
        for check in channel["checks"]
        if check["verdict"] == "not proved"
    }


def returns_none(tree: Path) -> None:
    replace(tree, ROOT, "return self._external_session", "return None", 1)


def raises(tree: Path) -> None:
    replace(
        tree,
        ROOT,
        "        if self._external_session is None",
        "        raise OSError\n        if self._external_session is None",
        1,
    )


def is_of_the_other_flavour(tree: Path) -> None:
    replace(tree, ROOT, f"Async{MADE}", MADE)


def is_not_there(tree: Path) -> None:
    path = tree / PACKAGE / ROOT
    text = path.read_text()
    path.write_text(text[: text.rindex("    @property")].rstrip() + "\n")


def has_another_name(tree: Path) -> None:
    replace(tree, ROOT, "def external_session(self) -> AsyncExt", "def session(self) -> AsyncExt")


def has_no_raw_client(tree: Path) -> None:
    path = tree / PACKAGE / CHANNEL
    raw = r"    @property\n    def with_raw_response.*?return self._raw_client\n\n"
    path.write_text(re.sub(raw, "", path.read_text(), count=1, flags=re.S))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (returns_none, "AuiApiClient.external_session is None, not ExternalSessionClient"),
        (raises, "AuiApiClient.external_session raises OSError"),
        (
            is_of_the_other_flavour,
            "AsyncAuiApiClient.external_session is of class ExternalSessionClient, not AsyncExternalSessionClient",
        ),
        (is_not_there, "its external_session does not"),
        (has_another_name, "it is reached by session, but its copies by external_session"),
        (has_no_raw_client, "its external_session does not"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_channel_that_the_root_client_does_not_lead_to(
    change: Callable[[Path], None], expected: str, tree: Path
) -> None:
    change(tree)
    code, report = verify(tree, *QUERY)
    assert code == 5 and expected in reasons(report), reasons(report)


def by_a_wrapper_of_its_own(tree: Path) -> None:
    replace(tree, ROOT, MADE, f"ExternalSessionClient(client_wrapper={OWN})", 1)


def with_a_key_kept_by_the_class(tree: Path) -> None:
    kept = "BaseClientWrapper.kept = getattr(BaseClientWrapper, 'kept', None) or self.api_key"
    replace(tree, WRAPPER, KEY, f'{kept}\n            headers["x-network-api-key"] = BaseClientWrapper.kept')


def without_headers_in_one_flavour(tree: Path) -> None:
    replace(tree, ROOT, "            headers=headers,\n", "", 1)


def with_one_environment_in_one_flavour(tree: Path) -> None:
    replace(tree, ROOT, "environment=environment,", "environment=AuiApiClientEnvironment.STAGING,", 1)


@pytest.mark.parametrize(
    "change",
    [
        by_a_wrapper_of_its_own,
        with_a_key_kept_by_the_class,
        without_headers_in_one_flavour,
        with_one_environment_in_one_flavour,
    ],
    ids=lambda each: each.__name__,
)
def test_what_only_another_root_client_shows(change: Callable[[Path], None], tree: Path) -> None:
    change(tree)
    code, report = verify(tree, *QUERY)
    assert code == 5, reasons(report)


RAW = "external_session/raw_client.py"
UPDATE = 'headers.update(request_options["additional_headers"])'
GIVEN = 'request_options.get("additional_query_parameters", {}) or {}'
SYNC = "connect(ws_url, additional_headers=headers)"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (UPDATE, 'headers = {**request_options["additional_headers"], **headers}', "header X-Fern-Language differs"),
        (UPDATE, 'headers.update([*request_options["additional_headers"].items()][1:])', "x-sdkpatch-extra is missing"),
        (GIVEN, f"{{key: str(value) for key, value in ({GIVEN}).items()}}", "query sdkpatch_list differs"),
        ('"session_id": session_id,', '"session_id": session_id or None,', "query session_id is missing"),
        (SYNC, SYNC.replace("headers)", "headers, compression=None)"), "sec-websocket-extensions is missing"),
    ],
)
def test_what_only_other_arguments_show(old: str, new: str, expected: str, tree: Path) -> None:
    replace(tree, RAW, old, new, 1)
    code, report = verify(tree, *QUERY)
    assert code == 5 and any(expected.lower() in each.lower() for each in reasons(report)), reasons(report)


def host_of_an_environment(tree: Path) -> None:
    replace(tree, ENVIRONMENT, "wss://api.internal", "wss://other.internal")


def environment_gone(tree: Path) -> None:
    replace(tree, ENVIRONMENT, "AuiApiClientEnvironment.PRODUCTION =", "OTHER =")


def headers_lost(tree: Path) -> None:
    replace(tree, WRAPPER, "            **(self.get_custom_headers() or {}),\n", "")


def name_of_both_attributes(tree: Path) -> None:
    replace(tree, ROOT, "def external_session(self)", "def session(self)")


def the_other_key_wins(tree: Path) -> None:
    replace(tree, WRAPPER, "if self.api_key is not None:", "if self.api_key is not None and not self._network_api_key:")


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (host_of_an_environment, "in the environment PRODUCTION: it goes to wss://other.internal"),
        (environment_gone, "the environment PRODUCTION no longer exists"),
        (headers_lost, "with headers of the client's own: header x-sdkpatch-client is missing"),
        (name_of_both_attributes, "external_session, which leads to it in generated code, does not"),
        (the_other_key_wins, "the client's wrapper has another value for the header x-network-api-key"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_all_copies_do_alike_is_seen_beside_generated_code(
    change: Callable[[Path], None], expected: str, both: tuple[Path, Path], tree: Path
) -> None:
    change(tree)
    code, report = verify(tree, *QUERY, "--pristine", both[0])
    assert code == 5 and any(expected in each for each in reasons(report)), reasons(report)


def made_at_once(tree: Path) -> None:
    replace(
        tree,
        ROOT,
        "        self._external_session: typing.Optional[ExternalSessionClient] = None",
        f"        self.external_session = {MADE}",
    )
    path = tree / PACKAGE / ROOT
    own = r"    @property\n    def external_session\(self\) -> ExternalSessionClient:.*?return self._external_session\n"
    path.write_text(re.sub(own, "", path.read_text(), count=1, flags=re.S))


def with_a_second_name(tree: Path) -> None:
    more = "\n    @property\n    def session(self):\n        return self.external_session\n"
    path = tree / PACKAGE / ROOT
    path.write_text(path.read_text() + more)


def not_annotated(tree: Path) -> None:
    replace(tree, ROOT, ") -> ExternalSessionClient:", "):")


def with_another_attribute_that_raises(tree: Path) -> None:
    path = tree / PACKAGE / ROOT
    path.write_text(path.read_text() + "\n    @property\n    def external(self):\n        raise NotImplementedError\n")


def beside_a_sub_client_that_raises(tree: Path) -> None:
    """Asked for what the root client does not lead to, every attribute is looked at: this one leads elsewhere."""
    path = tree / PACKAGE / "external_session" / "client.py"
    text = path.read_text()
    path.write_text(text + "\n    @property\n    def batch(self):\n        raise NameError('batch')\n")
    old = re.sub("class (Async)?ExternalSession", r"class \1OldSession", text)
    path.with_name("old.py").write_text(old)


def beside_a_module_that_opens_nothing(tree: Path) -> None:
    text = "import websockets\n\nVERSION = websockets.__version__\n"
    (tree / PACKAGE / "legacy.py").write_text(text)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "change",
    [
        beside_a_module_that_opens_nothing,
        beside_a_sub_client_that_raises,
        made_at_once,
        with_a_second_name,
        not_annotated,
        with_another_attribute_that_raises,
    ],
    ids=lambda each: each.__name__,
)
def test_a_root_client_may_lead_to_a_channel_in_any_way(
    change: Callable[[Path], None], both: tuple[Path, Path], tree: Path
) -> None:
    change(tree)
    code, report = verify(tree, *QUERY, "--pristine", both[0])
    assert code == 0, reasons(report)
