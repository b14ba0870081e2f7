"""Every setting: name, unit, default and meaning. Read once at start; all faults are reported together.

The table in docs/settings.md is made from `SETTINGS` (`python -m bot settings`), and a test compares them.
"""

import dataclasses
import datetime
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import regex
from dotenv.parser import parse_stream

from bot.core.encoders import EncoderChoice, EncoderEndpoint
from bot.core.errors import SettingsError
from bot.core.locales import negotiate

_PACKAGE = Path(__file__).parent
_URL = regex.compile(r"(?:https?|wss?)://[^\s]+")
_SHARDS = regex.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/([0-9]{1,5})")
_NAME = regex.compile(r"[A-Z][A-Z0-9_]{1,40}")
_DATABASES = ("sqlite", "postgresql", "postgres", "postgresql+asyncpg")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class _FaultError(Exception):
    """What is wrong with one value, for the message."""


def _text(value: str) -> str:
    return value


def _optional(value: str) -> str | None:
    return value or None


def _path(value: str) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise _FaultError("names the home of an unknown user") from None


def _number(lowest: float, highest: float) -> Callable[[str], float]:
    def read(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            raise _FaultError("is not a number") from None
        if not lowest <= number <= highest:
            raise _FaultError(f"must be between {lowest:g} and {highest:g}")
        return number

    return read


def _integer(lowest: int, highest: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        number = _number(lowest, highest)(value)
        if number != int(number):
            raise _FaultError("must be a whole number")
        return int(number)

    return read


def _flag(value: str) -> bool:
    if value.lower() not in ("true", "false", "1", "0", "yes", "no"):
        raise _FaultError("must be true or false")
    return value.lower() in ("true", "1", "yes")


def _ids(value: str) -> tuple[int, ...]:
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise _FaultError("must be numbers separated by commas")
    return tuple(int(part) for part in parts)


def _url(value: str) -> str | None:
    if value and not _URL.fullmatch(value):
        raise _FaultError("is not a URL")
    return value or None


def _endpoint(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        whole = False
    if value and not (whole and value.isascii() and value.isprintable() and " " not in value):
        raise _FaultError("is not a URL that begins with http:// or https://")
    if "@" in value or "?" in value or "#" in value:
        raise _FaultError("has more than server and path; a key goes into BOT_ENCODER_KEY")
    return value or None


def _model(value: str) -> str | None:
    if len(value) > 120 or not value.isascii() or not value.isprintable():
        raise _FaultError("is not the name of a model")
    return value or None


def _key(value: str) -> str | None:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise _FaultError("must be letters, digits and signs, without spaces")
    return value or None


def _level(value: str) -> str:
    if value.upper() not in _LEVELS:
        raise _FaultError(f"must be one of {', '.join(_LEVELS)}")
    return value.upper()


def _locale(value: str) -> str | None:
    if value and negotiate(value) is None:
        raise _FaultError("is not one of our languages")
    return negotiate(value)


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ValueError, OSError, KeyError):
        raise _FaultError("is not a time zone; write a name such as Asia/Tokyo") from None


def _day(value: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise _FaultError("is not a date; write it as 2026-12-31") from None


def _optional_id(value: str) -> int | None:
    ids = _ids(value)
    if len(ids) > 1:
        raise _FaultError("is more than one id; give the id of one channel")
    return ids[0] if ids else None


def _languages_by_id(value: str) -> Mapping[int, str]:
    locales = {}
    for pair in (part.strip() for part in value.split(",") if part.strip()):
        number, _, tag = (part.strip() for part in pair.partition("="))
        locale = _locale(tag)
        if not _ids(number) or locale is None:
            raise _FaultError(f"has `{pair}`, which is no id=language; write for example 123=ja")
        locales[int(number)] = locale
    return locales


def _reviewer_roles(value: str) -> Mapping[int, str | None]:
    """`123=km` reviews Khmer, `123` every language."""
    roles: dict[int, str | None] = {}
    for part in (part.strip() for part in value.split(",") if part.strip()):
        if "=" in part:
            roles |= _languages_by_id(part)
        else:
            roles |= dict.fromkeys(_ids(part))
    return roles


def _database(value: str) -> str | None:
    scheme, mark, _ = value.partition("://")
    if mark and scheme not in _DATABASES:
        raise _FaultError("is not a path, sqlite:///path or postgresql://user:password@server/database")
    return value or None


def _shards(value: str) -> tuple[range, int] | None:
    if not value:
        return None
    parts = _SHARDS.fullmatch(value)
    first, last, count = (int(part) for part in (parts[1], parts[2] or parts[1], parts[3])) if parts else (1, 0, 0)
    if not first <= last < count:
        raise _FaultError("is not a range of shards; write for example 0-7/64: the first eight of 64")
    return range(first, last + 1), count


def _token(value: str) -> str | None:
    if value and (len(value) < 50 or value.count(".") != 2):
        raise _FaultError("does not look like a bot token; copy it from the Bot page of the developer portal")
    return value or None


def _log_format(value: str) -> str:
    if value not in ("text", "json"):
        raise _FaultError("must be text or json")
    return value


def _metrics_token(value: str) -> str | None:
    if value and (len(value) < 16 or not value.isascii() or not value.isprintable() or " " in value):
        raise _FaultError("must be at least 16 letters, digits and signs, without spaces")
    return value or None


def _admin_token(value: str) -> str | None:
    if value and (len(value) < 32 or not value.isascii() or not value.isprintable() or " " in value):
        raise _FaultError("is too easy to guess; take 32 characters or more, as `openssl rand -hex 32` makes them")
    return value or None


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. `unit` is a unit, a format or a range."""

    name: str
    unit: str
    default: str
    meaning: str
    read: Callable[[str], Any]
    secret: bool = False


def _setting(*columns: Any, **more: Any) -> Any:
    return field(metadata={"setting": Setting(*columns, **more)})


def content_folder(name: str) -> str:
    """`knowledge` or `locales`: beside the package in a checkout, inside it when installed from a wheel."""
    beside = _PACKAGE.parent / name
    return str(beside if beside.is_dir() else _PACKAGE / "content_files" / name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The values. Build them with `read_settings`."""

    data_dir: Path = _setting(
        "BOT_DATA_DIR",
        "folder",
        "data",
        "State (SQLite, without `DATABASE_URL`) and compiled models are kept here.",
        _path,
    )
    database_url: str | None = _setting(
        "DATABASE_URL",
        "URL or path",
        "",
        "Where state is kept: `postgresql://user:password@server/database` for several processes, or an SQLite file; "
        "empty for `bot.sqlite3` in the data folder.",
        _database,
        secret=True,
    )
    knowledge_dir: Path = _setting(
        "BOT_KNOWLEDGE_DIR", "folder", "", "Knowledge base; empty for the one that came with the program.", _path
    )
    locales_dir: Path = _setting(
        "BOT_LOCALES_DIR", "folder", "", "Message catalogs; empty for those that came with the program.", _path
    )
    discord_token: str | None = _setting(
        "DISCORD_TOKEN", "token", "", "Bot token; without it the bot serves the web page only.", _token, secret=True
    )
    discord_guilds: tuple[int, ...] = _setting(
        "BOT_DISCORD_GUILDS", "ids, comma", "", "Servers to register commands in at once; empty for all servers.", _ids
    )
    discord_api: str | None = _setting(
        "BOT_DISCORD_API", "URL", "", "Base of a proxy for Discord's API; empty for Discord itself.", _url
    )
    discord_gateway: str | None = _setting(
        "BOT_DISCORD_GATEWAY", "URL", "", "Base of a proxy for Discord's gateway; empty for Discord itself.", _url
    )
    discord_rate: float = _setting(
        "BOT_DISCORD_RATE",
        "requests/s, 10-10000",
        "50",
        "What Discord allows the bot in all; announcements take nine tenths of it. Discord raises it for large bots.",
        _number(10, 10_000),
    )
    discord_ready: float = _setting(
        "BOT_DISCORD_READY",
        "seconds, 0-60",
        "2",
        "How long to wait for each server to arrive at start.",
        _number(0, 60),
    )
    shards: tuple[range, int] | None = _setting(
        "BOT_SHARDS",
        "first-last/all",
        "",
        "Shards of this process where several share the servers, such as `0-7/64`; empty for a single process.",
        _shards,
    )
    cooldown: float = _setting(
        "BOT_COOLDOWN",
        "seconds, 0-3600",
        "3",
        "Time in which one person earns back one question on Discord.",
        _number(0, 3600),
    )
    moderator_contact: str | None = _setting(
        "BOT_MODERATOR_CONTACT",
        "text",
        "",
        "How a reader reaches a moderator (channel, address); shown when the bot does not know.",
        _optional,
    )
    server_locale: str | None = _setting(
        "BOT_SERVER_LOCALE", "language tag", "", "Language when nothing else tells; empty for English.", _locale
    )
    moderator_roles: tuple[int, ...] = _setting(
        "BOT_MODERATOR_ROLES",
        "ids, comma",
        "",
        "Discord roles whose members are moderators; empty for everyone with the permission Manage Messages.",
        _ids,
    )
    approver_roles: tuple[int, ...] = _setting(
        "BOT_APPROVER_ROLES",
        "ids, comma",
        "",
        "Discord roles whose members may approve announcements; empty for all moderators.",
        _ids,
    )
    reviewer_roles: Mapping[int, str | None] = _setting(
        "BOT_REVIEWER_ROLES",
        "id=language or id, comma",
        "",
        "Discord roles whose members review translations into a language, such as `123=km`, or into all.",
        _reviewer_roles,
    )
    admin_roles: tuple[int, ...] = _setting(
        "BOT_ADMIN_ROLES",
        "ids, comma",
        "",
        "Discord roles whose members are admins; empty for everyone with the permission Manage Server.",
        _ids,
    )
    owners: tuple[int, ...] = _setting(
        "BOT_OWNERS", "ids, comma", "", "Discord users who may do everything, beside the owner of the server.", _ids
    )
    announce_approval: bool = _setting(
        "BOT_ANNOUNCE_APPROVAL",
        "true or false",
        "false",
        "A second moderator has to approve an announcement before it can be sent.",
        _flag,
    )
    announce_zone: str = _setting(
        "BOT_ANNOUNCE_ZONE",
        "IANA time zone",
        "Asia/Tokyo",
        "Zone of the times that moderators write when they name no other.",
        _zone,
    )
    language_channels: Mapping[int, str] = _setting(
        "BOT_LANGUAGE_CHANNELS",
        "id=language, comma",
        "",
        "Channels in which announcements are posted in a language of their own, such as `123=ja, 456=th`.",
        _languages_by_id,
    )
    moderator_channel: int | None = _setting(
        "BOT_MODERATOR_CHANNEL",
        "id",
        "",
        "Discord channel in which moderators are told what went wrong and admins see proposed files; empty for a "
        "direct message to the author.",
        _optional_id,
    )
    inbox_channel: int | None = _setting(
        "BOT_INBOX_CHANNEL",
        "id",
        "",
        "Discord channel in which moderators see what was not answered; empty for `BOT_MODERATOR_CHANNEL`.",
        _optional_id,
    )
    web_host: str = _setting("BOT_WEB_HOST", "address", "127.0.0.1", "Where the web page listens.", _text)
    web_port: int = _setting(
        "BOT_WEB_PORT", "port, 0-65535", "8080", "Port of the web page; 0 for any free one.", _integer(0, 65535)
    )
    web_body_limit: int = _setting(
        "BOT_WEB_BODY_LIMIT",
        "bytes, 1024-1048576",
        "16384",
        "Largest request the API reads.",
        _integer(1024, 1_048_576),
    )
    web_rate: int = _setting(
        "BOT_WEB_RATE", "requests a minute", "60", "Limit for each address.", _integer(1, 1_000_000)
    )
    web_timeout: float = _setting(
        "BOT_WEB_TIMEOUT", "seconds, 1-300", "20", "Longest time for one request.", _number(1, 300)
    )
    web_trust_proxy: bool = _setting(
        "BOT_WEB_TRUST_PROXY",
        "true or false",
        "false",
        "Believe X-Forwarded-For; only behind a proxy that sets it.",
        _flag,
    )
    retention_days: int = _setting(
        "BOT_RETENTION_DAYS",
        "days, 0-3650",
        "30",
        "How long the text of an unanswered question is kept, and who is to get the answer.",
        _integer(0, 3650),
    )
    retention_outcomes: int = _setting(
        "BOT_RETENTION_OUTCOMES_DAYS",
        "days, 1-3650",
        "365",
        "How long it is kept what was answered when, in which language and whether it helped; never who asked.",
        _integer(1, 3650),
    )
    retention_messages: int = _setting(
        "BOT_RETENTION_MESSAGES_DAYS",
        "days, 2-3650",
        "90",
        "How long numbers of messages that were answered are kept, so that none is answered twice.",
        _integer(2, 3650),
    )
    retention_reminders: int = _setting(
        "BOT_RETENTION_REMINDERS_DAYS",
        "days, 0-3650",
        "7",
        "How long a personal reminder is kept after it was due.",
        _integer(0, 3650),
    )
    retention_languages: int = _setting(
        "BOT_RETENTION_LANGUAGES_DAYS",
        "days, 1-3650",
        "365",
        "How long a choice of language is kept that nobody uses.",
        _integer(1, 3650),
    )
    retention_deeds: int = _setting(
        "BOT_RETENTION_DEEDS_DAYS",
        "days, 1-3650",
        "730",
        "How long after a person's last deed it is known who wrote announcements and did what, then by a pseudonym; "
        "and how long proposed files are kept that nobody decided on.",
        _integer(1, 3650),
    )
    follow_until: datetime.date = _setting(
        "BOT_FOLLOW_UNTIL",
        "date",
        "2026-12-31",
        "Last day on which people are told that an answer they follow has changed: the end of the meeting period.",
        _day,
    )
    admin_token: str | None = _setting(
        "BOT_ADMIN_TOKEN",
        "text, 32 characters or more",
        "",
        "Lets `python -m bot knowledge` and programs reload over HTTP; without it there is no such endpoint.",
        _admin_token,
        secret=True,
    )
    keep_versions: int = _setting(
        "BOT_KEEP_VERSIONS", "count, 2-1000", "20", "Versions of the content kept for a rollback.", _integer(2, 1000)
    )
    gate_margin: float = _setting(
        "BOT_GATE_MARGIN",
        "percentage points, 0-100",
        "2",
        "How much worse any language may get in a reload before an admin has to override.",
        _number(0, 100),
    )
    reload_timeout: float = _setting(
        "BOT_RELOAD_TIMEOUT",
        "seconds, 5-3600",
        "300",
        "Longest time in which changed content is read and compiled.",
        _number(5, 3600),
    )
    watch: float = _setting(
        "BOT_WATCH",
        "seconds, 0-3600",
        "0",
        "How often to look whether content files were edited, and reload them; 0 for never.",
        _number(0, 3600),
    )
    encoder_threads: int = _setting(
        "BOT_ENCODER_THREADS", "threads, 1-64", "2", "For the semantic encoder.", _integer(1, 64)
    )
    encoder_url: str | None = _setting(
        "BOT_ENCODER_URL",
        "URL",
        "",
        "OpenAI-compatible embeddings endpoint, such as `http://encoder:8080/v1`; empty for the built-in encoder only. "
        "See docs/scaling.md.",
        _endpoint,
        secret=True,
    )
    encoder_model: str | None = _setting(
        "BOT_ENCODER_MODEL", "text", "", "Model asked of `BOT_ENCODER_URL`; needed with it.", _model
    )
    encoder_dimension: int = _setting(
        "BOT_ENCODER_DIMENSION", "numbers, 8-16384", "384", "Length of that model's vectors.", _integer(8, 16384)
    )
    encoder_timeout: float = _setting(
        "BOT_ENCODER_TIMEOUT",
        "seconds, 0.1-60",
        "2",
        "Longest time for one request to it; questions wait as long when it stops answering.",
        _number(0.1, 60),
    )
    encoder_prefix: str = _setting(
        "BOT_ENCODER_PREFIX",
        "text",
        "",
        "Word that the model wants before each text, such as `query:` for E5; a space follows it.",
        _text,
    )
    encoder_key: str | None = _setting(
        "BOT_ENCODER_KEY", "text", "", "Sent to it as a bearer token; empty for none.", _key, secret=True
    )
    log_level: str = _setting("BOT_LOG_LEVEL", "level", "INFO", "DEBUG, INFO, WARNING or ERROR.", _level)

    log_format: str = _setting(
        "BOT_LOG_FORMAT", "text or json", "text", "Lines for people, or one JSON object a line.", _log_format
    )
    metrics_token: str | None = _setting(
        "BOT_METRICS_TOKEN",
        "text, 16 or more",
        "",
        "Bearer token for `/metrics`; empty: only programs on the same machine may read it, not through a proxy.",
        _metrics_token,
        secret=True,
    )

    @property
    def database(self) -> str | Path:
        """For `SqlStore.open`. It can hold a password: never print it."""
        return self.database_url or self.data_dir / "bot.sqlite3"

    @property
    def encoder(self) -> EncoderChoice:
        if self.encoder_url is None or self.encoder_model is None:
            return EncoderChoice(self.encoder_threads)
        endpoint = EncoderEndpoint(
            url=self.encoder_url,
            model=self.encoder_model,
            dimension=self.encoder_dimension,
            timeout=self.encoder_timeout,
            key=self.encoder_key,
            prefix=self.encoder_prefix,
        )
        return EncoderChoice(self.encoder_threads, endpoint)

    def __repr__(self) -> str:
        return "Settings(...)"  # a token must not reach a log by way of a traceback


SETTINGS: Mapping[str, Setting] = {f.name: f.metadata["setting"] for f in dataclasses.fields(Settings)}
_FOLDERS = {"knowledge_dir": "knowledge", "locales_dir": "locales"}


def read_settings(environment: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Settings from the environment, then from `file` (lines of NAME=value), then defaults.

    Raises:
        SettingsError: With every fault: values that cannot be read, unknown names in the file, names that are
            misspelt in the environment (`BOT_...` that is no setting).
    """
    environment = os.environ if environment is None else environment
    from_file, faults = _read_file(file)
    known = {setting.name for setting in SETTINGS.values()}
    faults += [f"{name}: is not a setting; see docs/settings.md" for name in sorted(from_file) if name not in known]
    faults += [
        f"{name}: is not a setting; see docs/settings.md"
        for name in sorted(environment)
        if name.startswith("BOT_") and name not in known
    ]
    values = {}
    for key, setting in SETTINGS.items():
        raw = environment.get(setting.name, from_file.get(setting.name, setting.default)).strip()
        try:
            values[key] = setting.read(raw or setting.default or _default_folder(key))
        except _FaultError as fault:
            shown = "" if setting.secret else f" `{raw}`"
            faults.append(f"{setting.name}:{shown} {fault} ({setting.unit})")
    if values.get("encoder_url") and not values.get("encoder_model", True):
        faults.append("BOT_ENCODER_MODEL: is needed with BOT_ENCODER_URL (text)")
    if faults:
        raise SettingsError(faults)
    return Settings(**values)


def _default_folder(key: str) -> str:
    return content_folder(_FOLDERS[key]) if key in _FOLDERS else ""


def _read_file(file: Path | None) -> tuple[dict[str, str], list[str]]:
    if file is None:
        return {}, []
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return {}, [f"{file}: cannot be read ({error})"]
    values: dict[str, str] = {}
    faults = []
    for line in parse_stream(io.StringIO(text)):
        if line.key is not None and _NAME.fullmatch(line.key) and line.value is not None:
            values[line.key] = line.value
        elif line.error or line.key is not None:  # not shown: it may be a token that lost its name
            faults.append(f"{file}:{line.original.line}: is not a NAME=value line")
    return values, faults


def settings_table() -> str:
    """The table of docs/settings.md, in Markdown."""
    rows = ["| name | unit | default | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{s.name}` | {s.unit} | {f'`{s.default}`' if s.default else ''} | {s.meaning} |" for s in SETTINGS.values()
    ]
    return "\n".join(rows) + "\n"


def settings_page() -> str:
    """docs/settings.md, whole."""
    return (
        "# Settings\n\n"
        "Made by `python -m bot settings`; do not edit. Settings come from the environment, or from a file of\n"
        "`NAME=value` lines named with `--settings FILE`; the environment wins. All faults are reported at once,\n"
        "with exit code 2.\n\n" + settings_table()
    )
