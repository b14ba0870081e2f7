"""What is costly to load, once for all tests: the shipped knowledge base and the encoder."""

import os
from pathlib import Path

import pytest

from bot.adapters.encoder import NanoEncoder
from bot.content.knowledge_reader import read_knowledge
from bot.content.loading import Folders, load_snapshot
from bot.core.knowledge import Knowledge
from bot.core.snapshot import Snapshot

ROOT = Path(__file__).parent.parent
pytest_plugins = ["tests.postgresql"]


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by processes under test: should the shipped model be out of date, it is compiled only once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def shipped_folders(data_dir: Path) -> Folders:
    return Folders(ROOT / "knowledge", ROOT / "locales", data_dir / "compiled")


@pytest.fixture(scope="session")
def shipped_encoder() -> NanoEncoder:
    return NanoEncoder()


@pytest.fixture(scope="session")
def shipped_snapshot(shipped_folders: Folders, shipped_encoder: NanoEncoder) -> Snapshot:
    return load_snapshot(shipped_folders, shipped_encoder, "#help-desk", lambda *_: None)


@pytest.fixture(scope="session")
def shipped_knowledge() -> Knowledge:
    knowledge, problems = read_knowledge(ROOT / "knowledge")
    assert knowledge is not None, problems
    return knowledge


@pytest.fixture(scope="session")
def process_environment(data_dir: Path) -> dict[str, str]:
    """For processes under test: nothing of the developer's own settings, the shared data folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "DISCORD_", "DATABASE_"))}
    return {**own, "PYTHONPATH": str(ROOT), "BOT_DATA_DIR": str(data_dir), "PYTHONUTF8": "1"}
