"""Settings: where they come from, and that every fault is told at once without a secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.encoders import EncoderEndpoint
from bot.core.errors import SettingsError
from bot.settings import SETTINGS, content_folder, read_settings, settings_page
from tests.conftest import ROOT

TOKEN = f"{'MTIzNDU2Nzg5MDEyMzQ1Njc4'}.GabcdE.{'x' * 38}"


def faults(environment: dict[str, str], file: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment, file)
    return caught.value.faults


def test_without_anything_the_defaults_serve_the_web_page_only() -> None:
    settings = read_settings({})
    assert (settings.web_host, settings.web_port, settings.discord_token) == ("127.0.0.1", 8080, None)
    assert (settings.knowledge_dir, settings.locales_dir) == (ROOT / "knowledge", ROOT / "locales")
    assert settings.database == Path("data/bot.sqlite3")
    assert settings.retention_days == 30


READ = {
    "BOT_WEB_PORT": ("0", "web_port", 0),
    "BOT_COOLDOWN": ("2.5", "cooldown", 2.5),
    "BOT_DISCORD_GUILDS": (" 12, 34 ,", "discord_guilds", (12, 34)),
    "BOT_SERVER_LOCALE": ("pt-BR", "server_locale", "pt"),
    "BOT_WEB_TRUST_PROXY": ("Yes", "web_trust_proxy", True),
    "BOT_LOG_LEVEL": ("debug", "log_level", "DEBUG"),
    "BOT_MODERATOR_CONTACT": ("ห้อง #ช่วยเหลือ", "moderator_contact", "ห้อง #ช่วยเหลือ"),
    "BOT_DISCORD_API": ("https://proxy.example/api", "discord_api", "https://proxy.example/api"),
    "BOT_DATA_DIR": ("~/ข้อมูล", "data_dir", Path("~/ข้อมูล").expanduser()),
    "DISCORD_TOKEN": (f" {TOKEN}\n", "discord_token", TOKEN),
    "BOT_SHARDS": ("8-15/64", "shards", (range(8, 16), 64)),
    "DATABASE_URL": ("postgresql://bot:s%40@db/bot", "database", "postgresql://bot:s%40@db/bot"),
}


@pytest.mark.parametrize(("name", "value", "field", "read"), [(n, *row) for n, row in READ.items()], ids=READ)
def test_a_value_is_read_as_its_type(name: str, value: str, field: str, read: object) -> None:
    assert getattr(read_settings({name: value}), field) == read


FAULTY = {
    "BOT_WEB_PORT": ("65536", "BOT_WEB_PORT: `65536` must be between 0 and 65535 (port, 0-65535)"),
    "BOT_COOLDOWN": ("soon", "BOT_COOLDOWN: `soon` is not a number (seconds, 0-3600)"),
    "BOT_RETENTION_DAYS": ("1.5", "BOT_RETENTION_DAYS: `1.5` must be a whole number (days, 0-3650)"),
    "BOT_DISCORD_READY": ("nan", "BOT_DISCORD_READY: `nan` must be between 0 and 60 (seconds, 0-60)"),
    "BOT_DISCORD_GUILDS": ("12;34", "BOT_DISCORD_GUILDS: `12;34` must be numbers separated by commas (ids, comma)"),
    "BOT_DISCORD_API": ("proxy.example", "BOT_DISCORD_API: `proxy.example` is not a URL (URL)"),
    "BOT_SERVER_LOCALE": ("tlh", "BOT_SERVER_LOCALE: `tlh` is not one of our languages (language tag)"),
    "BOT_WEB_TRUST_PROXY": ("maybe", "BOT_WEB_TRUST_PROXY: `maybe` must be true or false (true or false)"),
    "BOT_LOG_LEVEL": ("LOUD", "BOT_LOG_LEVEL: `LOUD` must be one of DEBUG, INFO, WARNING, ERROR (level)"),
    "BOT_DATA_DIR": (
        "~nobody-of-this-name/x",
        "BOT_DATA_DIR: `~nobody-of-this-name/x` names the home of an unknown user (folder)",
    ),
    "DISCORD_TOKEN": (
        "hunter2",
        "DISCORD_TOKEN: does not look like a bot token; copy it from the Bot page of the developer portal (token)",
    ),
    "BOT_SHARDS": (
        "8-64/64",
        "BOT_SHARDS: `8-64/64` is not a range of shards; write for example 0-7/64: the first eight of 64 (first-last/all)",
    ),
    "DATABASE_URL": (
        "mysql://bot:hunter2@db/bot",
        "DATABASE_URL: is not a path, sqlite:///path or postgresql://user:password@server/database (URL or path)",
    ),
    "BOT_ENCODER_URL": (
        "http://:hunter2@encoder/v1",
        "BOT_ENCODER_URL: has more than server and path; a key goes into BOT_ENCODER_KEY (URL)",
    ),
    "BOT_ENCODER_MODEL": ("โมเดล", "BOT_ENCODER_MODEL: `โมเดล` is not the name of a model (text)"),
    "BOT_ENCODER_KEY": (
        "hunter2\nX-Injected: 1",
        "BOT_ENCODER_KEY: must be letters, digits and signs, without spaces (text)",
    ),
    "BOT_WEB_PROT": ("1", "BOT_WEB_PROT: is not a setting; see docs/settings.md"),
}


@pytest.mark.parametrize(("name", "value", "fault"), [(n, *row) for n, row in FAULTY.items()], ids=FAULTY)
def test_a_faulty_value_is_told_with_its_unit(name: str, value: str, fault: str) -> None:
    assert faults({name: value}) == (fault,)


@pytest.mark.parametrize(
    "url", ["ws://x/v1", "encoder:8080", "http://", "http://x:port", "http://x/ a", "http://ตัวเข้ารหัส"]
)
def test_an_endpoint_that_could_not_be_asked_is_a_fault(url: str) -> None:
    (fault,) = faults({"BOT_ENCODER_URL": url, "BOT_ENCODER_MODEL": "m"})
    assert "http:// or https://" in fault


def test_an_endpoint_needs_its_model() -> None:
    assert faults({"BOT_ENCODER_URL": "http://encoder/v1"}) == (
        "BOT_ENCODER_MODEL: is needed with BOT_ENCODER_URL (text)",
    )
    assert read_settings({"BOT_ENCODER_MODEL": "m"}).encoder.endpoint is None


def test_the_settings_of_an_endpoint_come_together() -> None:
    environment = {"URL": "https://encoder:8443/v1", "MODEL": "BAAI/bge-m3", "DIMENSION": "1024", "KEY": "sk-1"}
    endpoint = read_settings({f"BOT_ENCODER_{name}": value for name, value in environment.items()}).encoder.endpoint
    assert endpoint == EncoderEndpoint(
        url="https://encoder:8443/v1", model="BAAI/bge-m3", dimension=1024, timeout=2, key="sk-1"
    )


def test_all_faults_are_told_at_once() -> None:
    found = faults({name: value for name, (value, _) in FAULTY.items()})
    assert sorted(found) == sorted(fault for _, fault in FAULTY.values())


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = tmp_path / "bot.env"
    file.write_text(
        "# ตั้งค่า\nBOT_WEB_PORT=9000\nexport BOT_WEB_HOST=\"0.0.0.0\"\nBOT_MODERATOR_CONTACT='#ช่วย $HOME'\n",
        encoding="utf-8-sig",
    )
    settings = read_settings({"BOT_WEB_PORT": "9001"}, file)
    assert (settings.web_port, settings.web_host, settings.web_rate) == (9001, "0.0.0.0", 60)
    assert settings.moderator_contact == "#ช่วย $HOME"


def test_an_empty_value_means_the_default() -> None:
    assert read_settings({"BOT_WEB_PORT": "", "BOT_KNOWLEDGE_DIR": " "}) == read_settings({})


def test_faults_of_the_file_are_told_with_those_of_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "bot.env"
    file.write_text("BOT_WEB_PROT=1\nBOT_WEB_PORT\nBOT_COOLDOWN=x\n", encoding="utf-8")
    assert faults({"BOT_WEB_RATE": "0"}, file) == (
        f"{file}:2: is not a NAME=value line",
        "BOT_WEB_PROT: is not a setting; see docs/settings.md",
        "BOT_COOLDOWN: `x` is not a number (seconds, 0-3600)",
        "BOT_WEB_RATE: `0` must be between 1 and 1e+06 (requests a minute)",
    )


@pytest.mark.parametrize("kind", ["missing", "folder", "not text"])
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "bot.env"
    if kind == "folder":
        file.mkdir()
    elif kind == "not text":
        file.write_bytes(b"\xff\xfe\x00")
    (fault,) = faults({}, file)
    assert fault.startswith(f"{file}: cannot be read (")


@pytest.mark.parametrize(
    "line",
    [TOKEN, f"{TOKEN}=", f"DISCORD_TOKEN={TOKEN[:30]}", f"DISCORD TOKEN={TOKEN}", f"={TOKEN}"],
    ids=["alone", "as a name", "cut short", "name with a space", "without a name"],
)
def test_a_token_is_never_told(tmp_path: Path, line: str) -> None:
    file = tmp_path / "bot.env"
    file.write_text(line + "\n", encoding="utf-8")
    assert TOKEN[:20] not in "\n".join(faults({}, file))


def test_a_token_is_not_in_the_representation() -> None:
    settings = read_settings({"DISCORD_TOKEN": TOKEN})
    assert TOKEN not in f"{settings!r} {settings}"


def test_a_password_of_the_database_is_never_told() -> None:
    settings = read_settings({"DATABASE_URL": "postgresql://bot:hunter2@db/bot"})
    assert "hunter2" not in f"{settings!r} {settings}"
    assert "hunter2" not in "\n".join(faults({"DATABASE_URL": "postgresq1://bot:hunter2@db/bot"}))


def test_faulty_settings_end_the_command_with_code_2(process_environment: dict[str, str], tmp_path: Path) -> None:
    bad = {**process_environment, "BOT_WEB_PORT": "none", "DISCORD_TOKEN": "MTIz-secret", "BOT_COLOUR": "red"}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "settings"],
        cwd=ROOT,
        env=bad,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "The settings are faulty:"
    assert len(done.stderr.splitlines()) == 4
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_in_the_documentation_is_the_one_of_the_program() -> None:
    """When this fails: python -m bot settings > docs/settings.md."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page()


def test_every_setting_is_documented() -> None:
    page = settings_page()
    assert all(f"`{setting.name}`" in page and setting.meaning and setting.unit for setting in SETTINGS.values())
    assert len({setting.name for setting in SETTINGS.values()}) == len(SETTINGS)


def test_content_lies_beside_the_package_in_a_checkout() -> None:
    assert content_folder("knowledge") == str(ROOT / "knowledge")
    assert content_folder("nowhere") == str(ROOT / "bot" / "content_files" / "nowhere")


def test_reading_settings_leaves_the_environment_alone(tmp_path: Path) -> None:
    file = tmp_path / "bot.env"
    file.write_text("BOT_WEB_PORT=9000\n", encoding="utf-8")
    before = dict(os.environ)
    read_settings({}, file)
    assert dict(os.environ) == before
