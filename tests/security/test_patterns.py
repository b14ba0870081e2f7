"""No text keeps a pattern busy for ever: the bot has one thread for everybody."""

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.security.patterns import patterns

_LIMIT = 240  # seconds; a tenth of it is enough on a slow machine, no time is enough for a pattern that explodes


@pytest.mark.parametrize("what", ["patterns", "files"])
def test_no_text_keeps_a_pattern_busy(what: str, process_environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tests.security.patterns", what]
    with subprocess.Popen(command, cwd=ROOT, env=process_environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = process.communicate(timeout=_LIMIT)[0].splitlines()
        except subprocess.TimeoutExpired:
            process.kill()
            lines = process.communicate()[0].splitlines()
    assert lines[-1:] == ["done"]


def test_the_patterns_are_found() -> None:
    """Of both kinds, also those in tables."""
    found = dict(patterns())
    assert {"bot.core.text._URL", "bot.core.identification._SCRIPTS.th", "bot.adapters.web.bodies._ID"} <= found.keys()
    assert any(isinstance(pattern, re.Pattern) for pattern in found.values())
