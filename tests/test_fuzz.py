"""The fuzz targets, a little of each: their seeds, and random inputs; docs/reliability.md tells of the long runs."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz import run
from fuzz.run import CORPUS
from fuzz.targets import TARGETS

RUNS = {"apply": 500, "apply_real": 150, "handshake_recogniser": 300}
EDITS = st.lists(st.tuples(*[st.integers(0, 255)] * 4), max_size=6)
MUTATIONS = st.builds(
    lambda first, edits, last: bytes([first, *(byte for edit in edits for byte in edit), last]),
    st.integers(0, 255),
    EDITS,
    st.integers(0, 255),
)


def seeds(name: str) -> list[bytes]:
    return [path.read_bytes() for path in run.seeds(name)]


def inputs(name: str) -> st.SearchStrategy[bytes]:
    """Return bytes that stand for mutations of a real file, or seeds with pieces of each other put in."""
    if name in ("apply", "apply_real", "handshake_recogniser"):
        return MUTATIONS
    pieces = st.sampled_from(seeds(name))
    more = st.sampled_from([b"[", b"]]", b'"', b"$", b"#", b"\n", b"{", b"=", b"(", b"*", b"/", b"\r", b"\xc3\xa9"])
    cut = st.tuples(pieces, st.integers(0, 400), st.integers(0, 60), st.one_of(more, pieces, st.binary(max_size=4)))
    return cut.map(lambda each: each[0][: each[1]] + each[3] + each[0][each[1] + each[2] :])


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_are_there_and_hold(name: str) -> None:
    assert seeds(name)
    for seed in seeds(name):
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
def test_random_inputs_hold(name: str) -> None:
    @settings(max_examples=RUNS.get(name, 1000), deadline=None, suppress_health_check=list(HealthCheck))
    @given(inputs(name))
    def held(data: bytes) -> None:
        TARGETS[name](data)

    held()


def test_the_seeds_of_the_mutations_do_change_something() -> None:
    """A target whose inputs were all refused would prove nothing."""
    from fuzz import targets
    from tests import laws

    outcomes = set()
    for first in range(0, 80, 16):
        for patches in targets._patches():
            for more in ((), (3, 0, 70, 0), (9, 0, 60, 3)):
                outcomes.add(laws.hold("pkg/chat/client.py", targets._mutated(bytes([first, *more, 1])), patches))
    assert outcomes == {"changed", "unchanged", "conflict"}


def test_every_target_has_a_folder_of_seeds() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)


def test_a_law_that_is_broken_is_seen() -> None:
    from sdkpatch.model import Region, Revision
    from tests.laws import taken_back

    revision = Revision(before=b"a\nb\nc\n", after=b"a\nx\ny\nc\n", regions=(Region(2, 3, 2),))
    assert taken_back(revision.after, revision) == revision.before
    assert taken_back(b"other\nx\ny\nc\n", revision) != revision.before
