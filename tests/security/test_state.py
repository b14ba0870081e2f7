"""What lies on the disk: readable for the bot alone, and reached by no name that somebody sends."""

import json
import sys
from pathlib import Path

import pytest

from bot.content.announcement_texts import read_texts
from bot.content.version_folder import VersionFolder
from bot.storage.sqlite import prepare_file

OUTSIDE = ["../outside", "..", "/etc", "..\\outside", "20241029-000000-0123456789ab/../../outside", "ກ/../outside"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files")
def test_the_database_is_for_the_bot_alone_also_in_an_open_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    prepare_file(tmp_path / "ฐานข้อมูล.db")
    assert {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {"ฐานข้อมูล.db": 0}


def test_no_name_leads_out_of_the_folder_of_versions(tmp_path: Path) -> None:
    """Rollback and export take what `versions` lists, and nothing else."""
    outside = tmp_path / "outside"
    outside.mkdir()
    fields = {"digest": "d", "at": "2024-10-29T00:00:00+00:00", "who": "w", "why": "", "figures": {}}
    (outside / "manifest.json").write_text(json.dumps(fields), encoding="utf-8")
    kept = VersionFolder(tmp_path / "versions", 3)
    for name in ("20241029-000000-0123456789ab", "not-a-version"):
        (kept.folder / name).mkdir(parents=True)
        (kept.folder / name / "manifest.json").write_text(json.dumps(fields), encoding="utf-8")
    (kept.folder / "..outside").symlink_to(outside)
    listed = {version.id for version in kept.versions()}
    assert listed == {"20241029-000000-0123456789ab"}
    assert listed.isdisjoint(OUTSIDE)


@pytest.mark.parametrize("name", [*(f"{each}.yaml" for each in OUTSIDE), "../../etc/passwd", "\u202elmay.csv", ""])
def test_the_name_of_an_upload_opens_and_writes_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It only decides whether the bytes are read as YAML or CSV, and stands in what is said about faults."""
    monkeypatch.chdir(tmp_path)
    raw = b"language,title,body\nth,a,b\n" if name.endswith(".csv") else b"th: {title: a, body: b}\n"
    texts = read_texts(name, raw)
    assert not isinstance(texts, str)
    assert list(texts) == ["th"]
    assert list(tmp_path.iterdir()) == []
