"""What `bot doctor` finds: what is well, what is not and what to do about it, and what could not be looked at. Pure."""

import base64
import binascii
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import regex

from bot.core.errors import Problem

CLOCK_TOLERANCE = datetime.timedelta(seconds=30)  # a reminder that comes later than this was not kept
SPACE_NEEDED = 256 * 1024 * 1024  # bytes: the state of a meeting with its log, and a model compiled after an edit
_TOKEN = regex.compile(r"[A-Za-z0-9_-]{18,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{25,}")  # ASCII by definition
_NEW_TOKEN = "copy the token from the Bot page of the developer portal, or reset it there, and set DISCORD_TOKEN"  # noqa: S105 - a remedy


class Verdict(Enum):
    """How it stands with one thing that was looked at."""

    OK = "ok"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """Args: `remedy` is what to do; empty unless there is a problem, or where `what` tells it."""

    subject: str
    verdict: Verdict
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n{'':13}-> {self.remedy}" if self.remedy else ""
        return f"{self.verdict.value:<13}{self.subject}: {self.what}{remedy}"


def ok(subject: str, what: str) -> Finding:
    return Finding(subject, Verdict.OK, what)


def problem(subject: str, what: str, remedy: str = "") -> Finding:
    return Finding(subject, Verdict.PROBLEM, what, remedy)


def not_checked(subject: str, why: str) -> Finding:
    return Finding(subject, Verdict.NOT_CHECKED, why)


def summary(findings: Sequence[Finding]) -> str:
    """One line: how many of each verdict."""
    return ", ".join(f"{sum(one.verdict is verdict for one in findings)} {verdict.value}" for verdict in Verdict)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 with problems, else 0: what could not be looked at is no problem."""
    return int(any(one.verdict is Verdict.PROBLEM for one in findings))


def token_finding(token: str | None) -> Finding:
    """On the form of a token only, of which nothing is shown."""
    subject = "token"
    if token is None:
        return not_checked(subject, "DISCORD_TOKEN is not set: the bot serves the web page only")
    if token.lower().startswith("bot "):
        return problem(subject, 'it begins with "Bot "', 'set DISCORD_TOKEN to what follows "Bot "')
    if not _TOKEN.fullmatch(token):
        return problem(subject, "it does not have the form of a bot token: three parts joined by dots", _NEW_TOKEN)
    if not _holds_id(token.partition(".")[0]):
        return problem(subject, "its first part is not the id of a bot", _NEW_TOKEN)
    return ok(subject, "it has the form of a bot token")


def _holds_id(part: str) -> bool:
    try:
        decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return False
    return decoded.isdigit() and 15 <= len(decoded) <= 20


def refused_token() -> Finding:
    return problem("token", "Discord refuses it", _NEW_TOKEN)


def clock_finding(
    ours: datetime.datetime, theirs: datetime.datetime | None, newest_file: datetime.datetime | None
) -> Finding:
    """Args: `theirs` is the time on Discord's clock; `newest_file`, when a file of the bot was last written."""
    remedy = "let the system keep its clock with NTP (timedatectl set-ntp true)"
    if theirs is not None:
        apart = ours - theirs
        seconds = abs(round(apart.total_seconds()))
        if abs(apart) <= CLOCK_TOLERANCE:
            return ok("clock", f"{seconds} s from Discord's")
        return problem(
            "clock", f"it is {seconds} s {'ahead of' if apart > CLOCK_TOLERANCE else 'behind'} Discord's", remedy
        )
    if newest_file is not None and newest_file - ours > CLOCK_TOLERANCE:
        return problem(
            "clock", f"it says {ours:%Y-%m-%d %H:%M} UTC, which is before the bot's own files were written", remedy
        )
    return not_checked("clock", "there is no other clock to compare it with while Discord is not reached")


def space_finding(folder: str, free: int) -> Finding:
    """Args: `free` in bytes."""
    megabytes = free // (1024 * 1024)
    if free < SPACE_NEEDED:
        return problem("disk space", f"{megabytes} MB free for {folder}", "free space on its disk, or set BOT_DATA_DIR")
    return ok("disk space", f"{megabytes} MB free for {folder}")


def content_finding(problems: Sequence[Problem]) -> Finding:
    subject = "knowledge and catalogs"
    if problems:
        what = f"{len(problems)} problems; the first: {problems[0]}"
        return problem(subject, what, "`python -m bot check` lists all of them")
    return ok(subject, "no problems")


LIKENESS_NEEDED = 0.95  # see tests/doctor/test_encoder_endpoint.py


class ModelState(Enum):
    """Whose files the compiled model was learned from."""

    SHIPPED = "shipped"
    COMPILED_HERE = "compiled here"
    OUTDATED = "outdated"


def endpoint_finding(name: str, seconds: float, likeness: float | None, learned_with: str | None) -> Finding:
    """Args:
    name: Of the encoder behind the endpoint.
    likeness: The lowest cosine between its vectors and the built-in encoder's, when it says it is the same.
    learned_with: Name of the encoder of the compiled model; None without a model.
    """
    subject = "encoder endpoint"
    if likeness is not None and likeness < LIKENESS_NEEDED:
        what = f"{name}: its vectors are not those of the built-in encoder (cosine {likeness:.2f})"
        return problem(subject, what, "look at BOT_ENCODER_PREFIX, or give BOT_ENCODER_MODEL a name of its own")
    if learned_with not in (None, name):
        what = f"{name}: the compiled model was learned with {learned_with}, so answers come from letters alone"
        return problem(subject, what, "`python -m bot compile` with this endpoint; see docs/scaling.md")
    return ok(subject, f"{name} answers in {1000 * seconds:.0f} ms")


def model_finding(state: ModelState) -> Finding:
    match state:
        case ModelState.SHIPPED:
            return ok("compiled model", "it belongs to the files")
        case ModelState.COMPILED_HERE:
            return ok("compiled model", "the one in the data folder belongs to the files, which were edited")
        case ModelState.OUTDATED:
            return problem(
                "compiled model",
                "it is not of these files: the next start compiles for minutes",
                "`python -m bot compile`",
            )
