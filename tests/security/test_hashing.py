"""Inputs chosen to collide cost what others cost."""

import subprocess
import sys
from zlib import crc32

import numpy as np
import pytest

from bot.core.identification import DIMENSION, letter_features
from tests.conftest import ROOT


def test_hashes_of_texts_differ_from_one_start_to_the_next(process_environment: dict[str, str]) -> None:
    """So nobody can prepare texts that fall on one place of a dictionary; no deployment switches that off."""
    command = [sys.executable, "-c", "print(hash('ประชุม'))"]
    environment = {name: value for name, value in process_environment.items() if name != "PYTHONHASHSEED"}
    hashes = {subprocess.check_output(command, env=environment, timeout=60) for _ in range(3)}
    assert len(hashes) > 1
    deployed = [ROOT / "Dockerfile", ROOT / "compose.yaml", *(ROOT / "deploy").rglob("*.*")]
    assert [path for path in deployed if path.is_file() and b"PYTHONHASHSEED" in path.read_bytes()] == []


def test_words_that_share_a_place_are_only_counted_there() -> None:
    """CRC-32 can be made to collide by anyone; features are an array of one size, so nothing grows."""
    wanted = crc32(b"wwa") % DIMENSION
    same = [
        word for word in (f"w{n}" for n in range(40 * DIMENSION)) if crc32(f"w{word}".encode()) % DIMENSION == wanted
    ]
    features = letter_features(" ".join(same))
    assert len(same) > 10
    assert features.shape == (DIMENSION,)
    assert np.isfinite(features).all()
    assert np.linalg.norm(features) == pytest.approx(1)
