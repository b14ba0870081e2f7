"""What admins read about reloads: English for operators, the same on Discord, over HTTP and in the terminal."""

from collections.abc import Sequence

from bot.core.errors import Problem
from bot.core.knowledge_diff import diff_lines
from bot.core.reloading import (
    Faulty,
    HeldBack,
    NoSuchVersion,
    Outcome,
    Prepared,
    Refused,
    Reloaded,
    RolledBack,
    Same,
    Status,
    Unchanged,
    Version,
)

OVERRIDE_HINT = "Override with a reason if this is meant; the reason is kept in the audit log."


def outcome_report(outcome: Outcome) -> str:
    match outcome:
        case Unchanged():
            return "Nothing to do: the files are live already."
        case Refused(problems):
            return "\n".join([f"Not reloaded, nothing changed: {_faults(problems)}", *map(str, problems)])
        case HeldBack(findings, diff):
            lines = ["Not reloaded, nothing changed: answers would get worse.", *findings, OVERRIDE_HINT, ""]
            return "\n".join([*lines, *diff_lines(diff)])
        case Reloaded(version, diff, seconds, overridden):
            lines = [f"Reloaded in {seconds:.1f} s: {version.id} is live."]
            lines += ["Let through although:", *overridden] if overridden else []
            return "\n".join([*lines, *diff_lines(diff), *_figures(version)])


def check_report(found: Prepared | Faulty | Same) -> str:
    """What a reload would say."""
    match found:
        case Same():
            return "No problems; the files are live already."
        case Faulty(problems):
            return "\n".join([_faults(problems), *map(str, problems)])
        case Prepared():
            lines = ["The gate would refuse this:", *found.findings] if found.findings else ["No problems."]
            return "\n".join([*lines, *(f"{name}: {figure}" for name, figure in found.figures.items())])


def diff_report(found: Prepared | Faulty | Same) -> str:
    """Before is what is live, after are the files."""
    match found:
        case Same():
            return "The files are what is live."
        case Faulty():
            return check_report(found)
        case Prepared():
            return "\n".join(diff_lines(found.diff))


def rollback_report(outcome: RolledBack | NoSuchVersion) -> str:
    match outcome:
        case RolledBack(version, seconds):
            return (
                f"Rolled back in {seconds:.2f} s: {version.id} is live.\nThe files on disk were not touched; they go "
                "live again with the next reload, not with a restart."
            )
        case NoSuchVersion(kept):
            return "\n".join(["There is no such version. Kept are:", *versions_lines(kept, None)])


def status_report(status: Status) -> str:
    live = status.live
    lines = ["Nothing is live yet."]
    if live:
        lines = [f"Live: {live.id}, since {live.at:%Y-%m-%d %H:%M} UTC, by {live.who}{_because(live)}", *_figures(live)]
    edited = {
        True: "The files on disk differ from what is live: `diff` shows how.",
        False: "The files on disk are what is live.",
        None: "The files on disk cannot be read: `check` tells why.",
    }
    return "\n".join([*lines, edited[status.edited], "Versions:", *versions_lines(status.versions, live)])


def versions_lines(versions: Sequence[Version], live: Version | None) -> list[str]:
    """A line each, the newest first; the live one is marked."""
    return [
        f"{'*' if live and one.id == live.id else ' '} {one.id}  {one.at:%Y-%m-%d %H:%M}  {one.who}{_because(one)}"
        for one in versions
    ]


def _because(version: Version) -> str:
    return f": {version.why}" if version.why else ""


def _figures(version: Version) -> list[str]:
    return [f"{name}: {figure}" for name, figure in version.figures.items()]


def _faults(problems: Sequence[Problem]) -> str:
    return f"{len(problems)} fault{'s' if len(problems) != 1 else ''}"
