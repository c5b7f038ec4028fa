import pathlib, textwrap
B = {}
def book(name, title, why, body): B[name] = (title, why, body)

book("boolean-query", "Write booleans in a query in lower case",
 "The gateway compares the text: it takes true and refuses True.", """
[[step]]
op = "rewrite"
files = ["**/core/query_encoder.py"]
match = "encoded_values.append((query_key, value))"
replace = "encoded_values.append((query_key, str(value).lower() if isinstance(value, bool) else value))"

[[step]]
op = "rewrite"
within = "single_query_encoder"
match = "return [(query_key, query_value)]"
replace = "return [(query_key, str(query_value).lower() if isinstance(query_value, bool) else query_value)]"

[[example]]
path = "src/example/core/query_encoder.py"
before = '''
def single_query_encoder(query_key: str, query_value: Any) -> List[Tuple[str, Any]]:
    if isinstance(query_value, list):
        encoded_values: List[Tuple[str, Any]] = []
        for value in query_value:
            encoded_values.append((query_key, value))
        return encoded_values

    return [(query_key, query_value)]
'''
after = '''
def single_query_encoder(query_key: str, query_value: Any) -> List[Tuple[str, Any]]:
    if isinstance(query_value, list):
        encoded_values: List[Tuple[str, Any]] = []
        for value in query_value:
            encoded_values.append((query_key, str(value).lower() if isinstance(value, bool) else value))
        return encoded_values

    return [(query_key, str(query_value).lower() if isinstance(query_value, bool) else query_value)]
'''
""")

book("retry-bad-gateway-only", "Retry on fewer answers of the server",
 "A retried 500 charges our customers twice. The body is replaced as a whole, so it must be the one we read.", """
[[step]]
op = "function.replace_body"
function = "_should_retry"
files = ["**/core/http_client.py"]
was = '''
retryable_400s = [429, 408, 409]
return response.status_code >= 500 or response.status_code in retryable_400s
'''
body = '''
return response.status_code in (408, 429, 502, 503, 504)
'''

[[example]]
path = "src/example/core/http_client.py"
before = '''
def _should_retry(response: httpx.Response) -> bool:
    retryable_400s = [429, 408, 409]
    return response.status_code >= 500 or response.status_code in retryable_400s
'''
after = '''
def _should_retry(response: httpx.Response) -> bool:
    return response.status_code in (408, 429, 502, 503, 504)
'''
""")

book("any-receive-error", "Report every error of a receive loop",
 "A validation error of one message ended the loop without an error event.", """
[[step]]
op = "rewrite"
within = "*SocketClient.start_listening"
change = '''
- except $ERRORS as $NAME:
+ except Exception as $NAME:
      $$$BODY
'''
where.ERRORS = { regex = "WebSocketException" }
twins = true

[[example]]
path = "src/example/chat/socket_client.py"
before = '''
class AsyncChatSocketClient:
    async def start_listening(self):
        try:
            await self._recv()
        except (websockets.WebSocketException, JSONDecodeError) as exc:
            self._emit(EventType.ERROR, exc)  # told


class ChatSocketClient:
    def start_listening(self):
        try:
            self._recv()
        except (websockets.WebSocketException, JSONDecodeError) as exc:
            self._emit(EventType.ERROR, exc)  # told
'''
after = '''
class AsyncChatSocketClient:
    async def start_listening(self):
        try:
            await self._recv()
        except Exception as exc:
            self._emit(EventType.ERROR, exc)  # told


class ChatSocketClient:
    def start_listening(self):
        try:
            self._recv()
        except Exception as exc:
            self._emit(EventType.ERROR, exc)  # told
'''
""")

book("optional-control-message", "Send control messages without an argument",
 "Flush, close and keep-alive carry nothing: socket.send_flush() is what people write.", """
[[step]]
op = "rewrite"
within = "*SocketClient.send_*"
change = '''
- def $F(self, message: $T) -> None:
+ def $F(self, message: typing.Optional[$T] = None) -> None:
      $$$BODY
'''
twins = true

[[example]]
path = "src/example/chat/socket_client.py"
before = '''
class AsyncChatSocketClient:
    async def send_flush(self, message: Flush) -> None:
        await self._send_model(message)

    async def recv(self) -> Event:
        return await self._websocket.recv()


class ChatSocketClient:
    def send_flush(self, message: Flush) -> None:
        self._send_model(message)
'''
after = '''
class AsyncChatSocketClient:
    async def send_flush(self, message: typing.Optional[Flush] = None) -> None:
        await self._send_model(message)

    async def recv(self) -> Event:
        return await self._websocket.recv()


class ChatSocketClient:
    def send_flush(self, message: typing.Optional[Flush] = None) -> None:
        self._send_model(message)
'''
""")

book("telemetry-header", "Say which application calls",
 "Support needs to know who calls; the header goes in last, whatever the generator sets before.", """
[[step]]
op = "insert"
within = "BaseClientWrapper.get_headers"
before = "return headers"
code = 'headers["X-Client-Application"] = os.environ.get("CLIENT_APPLICATION", "unknown")'
imports = ["import os"]

[[example]]
path = "src/example/core/client_wrapper.py"
before = '''
import typing


class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        headers: typing.Dict[str, str] = {"X-Fern-Language": "Python"}
        return headers
'''
after = '''
import os
import typing


class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        headers: typing.Dict[str, str] = {"X-Fern-Language": "Python"}
        headers["X-Client-Application"] = os.environ.get("CLIENT_APPLICATION", "unknown")
        return headers
'''
""")

book("user-agent", "Put our name in front of the User-Agent",
 "The generator writes the version into it at every release, so the version is matched, not written.", """
[[step]]
op = "rewrite"
within = "BaseClientWrapper.get_headers"
match = '"User-Agent": "$NAME/$VERSION"'
replace = '"User-Agent": "acme-$NAME/$VERSION"'

[[example]]
path = "src/example/core/client_wrapper.py"
before = '''
class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        return {"User-Agent": "example/1.2.3", "X-Fern-Language": "Python"}
'''
after = '''
class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        return {"User-Agent": "acme-example/1.2.3", "X-Fern-Language": "Python"}
'''
""")

book("release-please-markers", "Mark the lines that hold the version for release-please",
 "release-please changes lines with its marker; regeneration drops the markers and changes the literals.", """
[[step]]
op = "comment.add"
within = "BaseClientWrapper.get_headers"
match = '"User-Agent": $_'
comment = "x-release-please-version"

[[step]]
op = "comment.add"
within = "BaseClientWrapper.get_headers"
match = '"X-Fern-SDK-Version": $_'
comment = "x-release-please-version"

[[example]]
path = "src/example/core/client_wrapper.py"
before = '''
class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        headers: typing.Dict[str, str] = {
            "User-Agent": "example/1.2.3",
            "X-Fern-SDK-Version": "1.2.3",
        }
        return headers
'''
after = '''
class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        headers: typing.Dict[str, str] = {
            "User-Agent": "example/1.2.3",  # x-release-please-version
            "X-Fern-SDK-Version": "1.2.3",  # x-release-please-version
        }
        return headers
'''
""")

book("drop-language-header", "Send no X-Fern-Language header",
 "A proxy of ours refuses headers it does not know.", """
[[step]]
op = "delete"
within = "BaseClientWrapper.get_headers"
match = '"X-Fern-Language": $_'

[[example]]
path = "src/example/core/client_wrapper.py"
before = '''
class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        headers: typing.Dict[str, str] = {
            "X-Fern-Language": "Python",
            "X-Fern-SDK-Name": "example",
        }
        return headers
'''
after = '''
class BaseClientWrapper:
    def get_headers(self) -> typing.Dict[str, str]:
        headers: typing.Dict[str, str] = {
            "X-Fern-SDK-Name": "example",
        }
        return headers
'''
""")

book("whole-seconds", "Give the position as a whole number of seconds",
 "The API document says number, the server sends integers, and our type checker wants what the server sends.", """
[[step]]
op = "annotation.set"
target = ["DiarizedEntry.start_time_seconds", "DiarizedEntry.end_time_seconds"]
annotation = "int"
was = "float"
expect = { sites = "=2" }

[[example]]
path = "src/example/types/diarized_entry.py"
before = '''
class DiarizedEntry(UniversalBaseModel):
    start_time_seconds: float = pydantic.Field()
    end_time_seconds: float
'''
after = '''
class DiarizedEntry(UniversalBaseModel):
    start_time_seconds: int = pydantic.Field()
    end_time_seconds: int
'''
""")

book("optional-field", "Accept an answer without a generation id",
 "Old recordings have none; validation failed for the whole answer.", '''
[[step]]
op = "field.set"
field = "Snippet.generation_id"
optional = true

[[example]]
path = "src/example/types/snippet.py"
before = \'\'\'
import typing

import pydantic


class Snippet(UniversalBaseModel):
    generation_id: str = pydantic.Field()
    """
    The generation.
    """
\'\'\'
after = \'\'\'
import typing

import pydantic


class Snippet(UniversalBaseModel):
    generation_id: typing.Optional[str] = pydantic.Field(default=None)
    """
    The generation.
    """
\'\'\'
''')

book("no-redirects", "Do not follow redirects unless asked",
 "A redirect leaves our network; the generated default is True.", """
[[step]]
op = "parameter.set"
parameter = "*Base*Client.__init__(follow_redirects)"
default = "False"
was = "follow_redirects: $_ = True"
expect = { sites = "=2" }

[[example]]
path = "src/example/base_client.py"
before = '''
class BaseExampleClient:
    def __init__(self, *, follow_redirects: typing.Optional[bool] = True): ...


class AsyncBaseExampleClient:
    def __init__(self, *, follow_redirects: typing.Optional[bool] = True): ...
'''
after = '''
class BaseExampleClient:
    def __init__(self, *, follow_redirects: typing.Optional[bool] = False): ...


class AsyncBaseExampleClient:
    def __init__(self, *, follow_redirects: typing.Optional[bool] = False): ...
'''
""")

book("deprecated-field", "Keep a renamed field readable under its old name",
 "Callers still send audio_data; it becomes audio, with a warning.", '''
[[step]]
op = "field.add"
class = "Snippet"
after = "audio"
code = \'\'\'
audio_data: typing.Optional[str] = pydantic.Field(default=None)
"""
Deprecated: use audio.
"""
\'\'\'

[[step]]
op = "class.add"
class = "Snippet"
before = "model_config"
code = \'\'\'
@pydantic.model_validator(mode="before")
@classmethod
def _rename_audio_data(cls, values: typing.Any) -> typing.Any:
    if isinstance(values, dict) and "audio" not in values and "audio_data" in values:
        warnings.warn("audio_data is deprecated, use audio", DeprecationWarning, stacklevel=2)
        return {**values, "audio": values["audio_data"]}
    return values
\'\'\'
imports = ["import warnings"]

[[example]]
path = "src/example/types/snippet.py"
before = \'\'\'
import typing

import pydantic
from ..core.pydantic_utilities import IS_PYDANTIC_V2, UniversalBaseModel


class Snippet(UniversalBaseModel):
    audio: str
    text: str

    if IS_PYDANTIC_V2:
        model_config: typing.ClassVar[pydantic.ConfigDict] = pydantic.ConfigDict(extra="allow")
\'\'\'
after = ""
''')

book("chunked", "Split what is too long for one message",
 "The socket refuses messages of more than 64 KiB.", """
[[step]]
op = "module.add"
files = ["**/*socket_client.py"]
code = '''
MAX_MESSAGE = 65_536
'''

[[step]]
op = "module.add"
files = ["**/*socket_client.py"]
code = '''
def split_message(message: bytes) -> typing.Iterator[bytes]:
    for start in range(0, len(message), MAX_MESSAGE):
        yield message[start : start + MAX_MESSAGE]
'''
imports = ["import typing"]

[[example]]
path = "src/example/chat/socket_client.py"
before = '''
import typing

import websockets


class ChatSocketClient:
    pass
'''
after = '''
import typing

import websockets

MAX_MESSAGE = 65_536


class ChatSocketClient:
    pass


def split_message(message: bytes) -> typing.Iterator[bytes]:
    for start in range(0, len(message), MAX_MESSAGE):
        yield message[start : start + MAX_MESSAGE]
'''
""")

book("constructor-flag", "Switch telemetry off at the client",
 "One flag of the constructor has to reach the headers: client, wrappers and their base.", """
[[step]]
op = "parameter.add"
files = ["**/base_client.py", "**/core/client_wrapper.py"]
function = ["*Base*Client.__init__", "*ClientWrapper.__init__"]
parameter = "telemetry: typing.Optional[bool] = True"
doc = "Whether calls say which SDK they come from."
pass_to = ["SyncClientWrapper", "AsyncClientWrapper", "super().__init__"]
store = "self._telemetry"

[[example]]
path = "src/example/core/client_wrapper.py"
before = '''
class BaseClientWrapper:
    def __init__(self, *, base_url: str, timeout: typing.Optional[float] = None):
        self._base_url = base_url
        self._timeout = timeout


class SyncClientWrapper(BaseClientWrapper):
    def __init__(self, *, base_url: str, timeout: typing.Optional[float] = None, httpx_client: httpx.Client):
        super().__init__(base_url=base_url, timeout=timeout)
        self.httpx_client = HttpClient(httpx_client=httpx_client)
'''
after = '''
class BaseClientWrapper:
    def __init__(
        self, *, base_url: str, timeout: typing.Optional[float] = None, telemetry: typing.Optional[bool] = True
    ):
        self._base_url = base_url
        self._timeout = timeout
        self._telemetry = telemetry


class SyncClientWrapper(BaseClientWrapper):
    def __init__(
        self,
        *,
        base_url: str,
        timeout: typing.Optional[float] = None,
        httpx_client: httpx.Client,
        telemetry: typing.Optional[bool] = True,
    ):
        super().__init__(base_url=base_url, timeout=timeout, telemetry=telemetry)
        self.httpx_client = HttpClient(httpx_client=httpx_client)
'''
""")

book("json-error-import", "Import JSONDecodeError from where it is documented",
 "Our import linter knows json, not json.decoder.", """
[[step]]
op = "import.set"
import = "from json import JSONDecodeError"
was = "from json.decoder import JSONDecodeError"

[[example]]
before = '''
import typing
from json.decoder import JSONDecodeError

import httpx
'''
after = '''
import typing
from json import JSONDecodeError

import httpx
'''
""")

book("broken-import", "Repair imports of a module that is not there",
 "An underscore in the API document became a package of that name in the generated imports.", """
[[step]]
op = "rewrite"
match = "from ._.types.$MODULE import $$$NAMES"
replace = "from .types.$MODULE import $$$NAMES"
expect = { sites = "any" }

[[example]]
path = "src/example/__init__.py"
before = '''
import typing

from ._.types.x import y, z
from .types.z import w
'''
after = '''
import typing

from .types.x import y, z
from .types.z import w
'''
""")

book("duplicate-imports", "Remove the imports that the generator emits twice",
 "The linter of our pipeline refuses them.", """
[[step]]
op = "import.deduplicate"
files = ["**/requests/*.py"]

[[example]]
path = "src/example/requests/a.py"
before = '''
import typing_extensions
import typing
import typing_extensions
from ..types.b import B


class A(typing_extensions.TypedDict):
    b: B
'''
after = '''
import typing_extensions
import typing
from ..types.b import B


class A(typing_extensions.TypedDict):
    b: B
'''
""")

book("unused-import", "Import nothing that is not used",
 "The linter of our pipeline refuses it. A name that is used after all is a conflict.", """
[[step]]
op = "import.remove"
files = ["**/play.py"]
import = "import wave"

[[example]]
path = "src/example/play.py"
before = '''
import subprocess
import wave


def play(audio: bytes) -> None:
    subprocess.run(["play", "-"], input=audio, check=True)
'''
after = '''
import subprocess


def play(audio: bytes) -> None:
    subprocess.run(["play", "-"], input=audio, check=True)
'''
""")

book("no-delete-endpoint", "Offer no way to delete a config",
 "Support restores what customers delete by mistake; the method shall not be there.", """
[[step]]
op = "delete"
name = "*ConfigsClient.delete_config"
files = ["**/configs/client.py", "**/configs/raw_client.py"]
expect = { sites = "=4" }

[[example]]
path = "src/example/configs/client.py"
before = '''
class ConfigsClient:
    def get_config(self, id: str) -> None:
        pass

    # Gone for good.
    def delete_config(self, id: str) -> None:
        pass

    def name(self) -> None:
        pass
'''
after = '''
class ConfigsClient:
    def get_config(self, id: str) -> None:
        pass

    def name(self) -> None:
        pass
'''
""")

book("new-tool", "Know a tool that the API document does not name yet",
 "The server knows it since May.", """
[[step]]
op = "literal.add"
target = ["BuiltInTool", "PostedBuiltinToolName"]
value = "transfer_call"
expect = { sites = "=2" }

[[example]]
path = "src/example/types/built_in_tool.py"
before = '''
BuiltInTool = typing.Union[typing.Literal["web_search", "hang_up"], typing.Any]
'''
after = '''
BuiltInTool = typing.Union[typing.Literal["web_search", "hang_up", "transfer_call"], typing.Any]
'''
""")

book("client-docstring", "Say in the client's docstring where its key comes from",
 "The generated text documents the constructor and not how we hand out keys.", """
[[step]]
op = "docstring.set"
target = ["SyncClientWrapper", "AsyncClientWrapper"]
text = '''
Sends the key that the team's vault hands out.

It is read once, when the client is made.
'''
expect = { sites = "=2" }

[[example]]
path = "src/example/core/client_wrapper.py"
before = '''
class SyncClientWrapper(BaseClientWrapper):
    def __init__(self, *, base_url: str):
        super().__init__(base_url=base_url)
'''
after = ""
""")

book("legacy-alias", "Keep the old name of a type that was renamed",
 "Our users import SnippetV1; it is gone from the API document since it was renamed to Snippet.", """
[[step]]
op = "alias.add"
path = "tts/types/snippet_v1.py"
base = "package"
name = "SnippetV1"
target = ".snippet.Snippet"

[[step]]
op = "export.add"
name = "SnippetV1"
module = "tts.types.snippet_v1"
levels = "all"

[[example]]
path = "src/example/tts/types/__init__.py"
before = '''
import typing
from importlib import import_module

if typing.TYPE_CHECKING:
    from .snippet import Snippet
_dynamic_imports: typing.Dict[str, str] = {"Snippet": ".snippet"}

__all__ = ["Snippet"]
'''
after = '''
import typing
from importlib import import_module

if typing.TYPE_CHECKING:
    from .snippet import Snippet
    from .snippet_v1 import SnippetV1
_dynamic_imports: typing.Dict[str, str] = {"Snippet": ".snippet", "SnippetV1": ".snippet_v1"}

__all__ = ["Snippet", "SnippetV1"]
'''
""")

book("hide-export", "Do not export a type that is internal",
 "ValidationErrorLocItem is an accident of the API document; nobody shall build on it.", """
[[step]]
op = "export.remove"
name = "ValidationErrorLocItem"
module = "tts.types.validation_error_loc_item"

[[example]]
path = "src/example/tts/__init__.py"
before = '''
from .types import Snippet, ValidationErrorLocItem

__all__ = ["Snippet", "ValidationErrorLocItem"]
'''
after = '''
from .types import Snippet

__all__ = ["Snippet"]
'''
""")

book("own-module", "Ship a module of our own in the SDK",
 "The retry helper lives in the package, so that users have one import; the generator knows nothing of it.", """
[parameters]
attempts = { type = "integer", default = 3, doc = "How often a call is tried." }

[[step]]
op = "file.add"
path = "retrying.py"
base = "package"
template = "templates/retrying.py.j2"

[[example]]
path = "src/example/retrying.py"
after = ""
""")

book("moved-constant", "Move a constant to another module",
 "core/force_multipart.py is empty of use since our gateway reads multipart by itself.", """
[[step]]
op = "rewrite"
files = ["**/core/http_client.py"]
match = "from .force_multipart import FORCE_MULTIPART"
replace = "from .file import FORCE_MULTIPART"

[[step]]
op = "module.add"
files = ["**/core/file.py"]
at = "last"
code = '''
class ForceMultipartDict(typing.Dict[str, typing.Any]):
    def __bool__(self) -> bool:
        return True


FORCE_MULTIPART = ForceMultipartDict()
'''
imports = ["import typing"]

[[step]]
op = "file.remove"
paths = ["core/force_multipart.py"]
base = "package"

[[example]]
path = "src/example/core/http_client.py"
before = '''
import httpx
from .force_multipart import FORCE_MULTIPART
'''
after = '''
import httpx
from .file import FORCE_MULTIPART
'''
""")

book("pyproject", "Pin a dependency, add an extra and a classifier, and name our fork",
 "459 regenerations of 17 real SDKs wrote over exactly this.", """
[[step]]
op = "toml.set"
key = "tool.poetry.dependencies.websockets"
value = ">=13.1,<16"

[[step]]
op = "toml.set"
key = "tool.poetry.extras.retrying"
value = ["tenacity"]

[[step]]
op = "toml.set"
key = "tool.poetry.dependencies.tenacity"
value = { version = ">=8", optional = true }

[[step]]
op = "toml.add"
key = "tool.poetry.classifiers"
value = "Framework :: AsyncIO"

[[step]]
op = "toml.remove"
key = "tool.poetry.classifiers"
value = "Programming Language :: Python :: 3.8"

[[step]]
op = "toml.set"
key = "tool.poetry.dependencies.python"
value = ">=3.10,<4"

[[example]]
path = "pyproject.toml"
before = '''
[tool.poetry]
name = "example" # ours
classifiers = [
    "Programming Language :: Python :: 3.8",
    "Typing :: Typed"
]

[tool.poetry.dependencies]
python = "^3.8"
httpx = ">=0.21.2"
websockets = ">=12.0"  # the socket

[build-system]
requires = ["poetry-core"]
'''
after = ""
""")

book("readme", "Name our own support in the README",
 "The generated one sends people to the generator's issue tracker.", """
[[step]]
op = "text.insert"
files = ["README.md"]
before = "## Installation"
text = '''
> Questions? support@example.com

'''

[[step]]
op = "text.replace"
files = ["README.md"]
line = 'pip install [a-z-]+'
replace = "pip install --index-url https://packages.example.com/simple example"

[[example]]
path = "README.md"
before = '''
# Example

## Installation

```sh
pip install example
```
'''
after = ""
""")
for name,(title,why,body) in B.items():
    pathlib.Path(f"{name}.toml").write_text(f'id = "{name}"\ntitle = "{title}"\nwhy = "{why}"\n{body}')
