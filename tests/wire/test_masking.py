"""No form of a secret gets past the mask."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdkpatch.wire.masking import MASK, Mask

_CONTROLS = "".join(map(chr, range(127, 161)))
SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=255, exclude_characters=_CONTROLS), min_size=8, max_size=40
).filter(lambda text: MASK not in text and not set(text) <= {"*"})


@given(SECRETS)
def test_every_form_is_masked(secret: str) -> None:
    mask = Mask([secret])
    for form in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        assert mask.holds(f"x {form} y")
        assert form not in mask.text(f"[{form}]")
        assert mask.target(f"/path?a=1&key={quote_plus(secret)}&b=2") == f"/path?a=1&key={MASK}&b=2"
    assert mask.value("Basic " + base64.b64encode(f"u:{secret}".encode()).decode()) == f"Basic {MASK}"


@pytest.mark.parametrize(
    "target, shown",
    [
        ("/v1?key=sentinel1+/=", "/v1?key=***"),
        ("/v1?key=sentinel1+/=&% é1", "/v1?key=***&% é1"),
        ("/v1/sentinel1%2B/x?y=1", "/v1/***?y=1"),
        ("/v1?flag&x=1", "/v1?flag&x=1"),
        ("/v1", "/v1"),
        ("/v1?", "/v1?"),
    ],
)
def test_a_garbled_secret_is_masked_from_its_first_trace_on(target: str, shown: str) -> None:
    assert Mask(["sentinel1+/=&% é1"]).target(target) == shown


def test_text_without_a_secret_stays() -> None:
    mask = Mask(["", "secret"])
    assert mask.text("nothing here") == "nothing here"
    assert mask.value("Token x") == "Token x"
    assert not mask.holds("nothing")


@pytest.mark.parametrize(
    "shown",
    [
        "invalid X-Api-Key header: first line",
        "second line is no header",
        "b'first line\\r\\nsecond line\\xff'",
        "'first line\\r\\nsecond line\\udcff'",
        "first%20line%0D%0Asecond%20line%FF",
    ],
)
def test_a_secret_that_is_no_line_of_text_is_masked_in_parts(shown: str) -> None:
    """As an environment variable with a line break, or with bytes that are no UTF-8, gives it."""
    masked = Mask(["first line\r\nsecond line\udcff"]).text(shown)
    assert "line" not in masked and MASK in masked


def test_short_parts_of_a_secret_are_no_secret() -> None:
    assert Mask(["a key\nto\nit"]).text("to do it: a key") == f"to do it: {MASK}"
