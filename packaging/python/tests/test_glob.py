"""Patterns mean what docs/formats.md says, and none takes long."""

import pytest

from octet_s3gen.glob import Glob


@pytest.mark.parametrize(
    "pattern, name, matches",
    [
        ("a.*.c", "a.b.b.c", True),
        ("a.*", "a", False),
        ("*", "", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("{a,bc}.d", "bc.d", True),
        ("{a,bc}.d", "b.d", False),
        ("{a*,?}z", "aqqz", True),
        ("x{,y}", "x", True),
        ("a.b", "axb", False),
        ("a,b", "a,b", True),
        ("*ab", "aab", True),
        ("a+", "aa", False),
    ],
)
def test_a_pattern_matches_whole_names(pattern, name, matches):
    assert Glob(pattern).matches(name) == matches


# a regular expression tries all ways to part the name: longer than anybody waits
@pytest.mark.parametrize("pattern", ["*?" * 20 + "!", "*e" * 30 + "!", "{*,*e}" * 30 + "!"])
def test_a_pattern_of_many_stars_ends(pattern):
    assert not Glob(pattern).matches("flow.decoder.estimator.mid_blocks.0.1.0.attn1.to_out.0." + "e" * 60)


@pytest.mark.parametrize("pattern", ["{a{b}}", "a}", "{a", "a" * 10_001])
def test_a_wrong_pattern_is_refused(pattern):
    with pytest.raises(ValueError):
        Glob(pattern)
