"""The command line: `python -m bot COMMAND`, or `asean-bot COMMAND` once installed."""

import argparse
import asyncio
import io
import os
import sys
from pathlib import Path

from bot import __version__
from bot.adapters.logs import start_logging
from bot.core.errors import BotError, ContentError, SettingsError
from bot.core.locales import LANGUAGES, negotiate
from bot.settings import Settings, read_settings, settings_page

_USAGE_ERROR = 2
_INTERRUPTED = 130  # what shells report for a program that Ctrl-C ended


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0 done, 1 problems found, 2 wrong settings or arguments."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        settings = read_settings(file=options.settings)
    except SettingsError as error:
        print(f"The settings are faulty:\n{error}", file=sys.stderr)
        return _USAGE_ERROR
    start_logging(settings.log_level, settings.log_format)
    _use_utf8()
    try:
        return int(options.run(options, settings))
    except ContentError as error:
        print(f"The knowledge base is faulty:\n{error}", file=sys.stderr)
    except BotError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print(file=sys.stderr)  # the prompt ends where the shell's begins
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader went away; nobody is left to tell
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--settings", type=Path, metavar="FILE", help="file of NAME=value lines; see docs/settings.md")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "run", _run, "serve the web page, and Discord when DISCORD_TOKEN is set")
    ask = _add(commands, "ask", _ask, "answer one question, or one JSON object a line")
    ask.add_argument("question", nargs="?")
    ask.add_argument("--language", metavar="TAG", type=_language, help="language of the reply")
    ask.add_argument("--jsonl", action="store_true", help='read {"id", "text"} lines, write one JSON object a line')
    chat = _add(commands, "chat", _chat, "a conversation in the terminal")
    chat.add_argument("--language", metavar="TAG", type=_language, help="language of the replies")
    _add(commands, "check", _check, "print every problem of the knowledge base, phrasings and catalogs")
    _add(commands, "doctor", _doctor, "look at everything a start depends on: database, model, port, Discord ...")
    _add(commands, "compile", _compile, "compile the model that is shipped with the knowledge base")
    test = _add(commands, "test", _test, "ask every phrasing held out from training; compare with the baseline")
    test.add_argument("--baseline", type=Path, metavar="FILE", help="fail when a language is worse than in this file")
    test.add_argument("--write-baseline", type=Path, metavar="FILE")
    test.add_argument("--confusions", type=int, default=15, metavar="N", help="how many confused pairs to print")
    catalogs = _add(commands, "catalogs", _catalogs, "message catalogs: extract, update, init, report")
    catalogs.add_argument("action", choices=["extract", "update", "init", "report"])
    catalogs.add_argument("language", nargs="?", metavar="TAG")
    backup = _add(commands, "backup", _backup, "write the database to one file; the bot may run")
    backup.add_argument("file", type=Path, metavar="FILE", help="replaced when it exists")
    restore = _add(commands, "restore", _restore, "put a backup in the place of the database; the bot must not run")
    restore.add_argument("file", type=Path, metavar="FILE")
    audit = _add(commands, "audit", _audit, "the record of what admins and moderators did: verify it, export it")
    actions = audit.add_subparsers(required=True, dest="action", metavar="ACTION")
    verify = actions.add_parser("verify", help="tell whether a line was changed, removed or put in between")
    verify.add_argument("--against", type=Path, metavar="FILE", help="also compare with an earlier export")
    export = actions.add_parser("export", help="write every line as JSON")
    export.add_argument("file", type=Path, metavar="FILE")
    _add(commands, "permissions", _permissions, "print who may use which command, control and endpoint")
    knowledge = _add(commands, "knowledge", _knowledge, "reload and look after what the bot answers from")
    knowledge.add_argument(
        "action", choices=["status", "check", "diff", "versions", "export", "reload", "rollback",
                           "propose", "proposals", "approve", "reject"],
        help="reload and rollback reach the running bot over HTTP and need BOT_ADMIN_TOKEN",
    )  # fmt: skip
    knowledge.add_argument(
        "version", nargs="?", metavar="VERSION",
        help="for rollback and export, see `versions`; for propose a file, for approve and reject see `proposals`",
    )  # fmt: skip
    knowledge.add_argument("--why", default="", metavar="TEXT", help="kept with the version and in the audit log")
    knowledge.add_argument("--override", default="", metavar="REASON", help="reload although the gate refuses")
    knowledge.add_argument("--to", type=Path, default=Path("knowledge.zip"), metavar="FILE", help="for export")
    _add(commands, "settings", _settings, "print the table of settings")
    # What a reload starts by itself, not for people: an order on stdin.
    commands.add_parser("prepare-version").set_defaults(run=_prepare_version)
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: object, about: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=about, description=about)
    command.set_defaults(run=run)
    return command


def _language(tag: str) -> str:
    known = negotiate(tag)
    if known is None:
        raise argparse.ArgumentTypeError(f"`{tag}` is not one of our languages: {', '.join(LANGUAGES)}")
    return known


def _use_utf8() -> None:
    """Whatever the terminal's locale: input that is no text costs its own line, not the rest."""
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    from bot.app import run

    asyncio.run(run(settings))
    return 0


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from bot.adapters.console.asking import ask_lines, ask_once
    from bot.parts import open_unrecorded

    answering = open_unrecorded(settings)
    if options.jsonl:
        asyncio.run(ask_lines(answering, sys.stdin, sys.stdout))
        return 0
    if not options.question:
        print('say what to ask: python -m bot ask "..."', file=sys.stderr)
        return _USAGE_ERROR
    print(asyncio.run(ask_once(answering, options.question, options.language)))
    return 0


def _chat(options: argparse.Namespace, settings: Settings) -> int:
    from bot.adapters.console.chatting import chat
    from bot.parts import open_unrecorded

    asyncio.run(chat(open_unrecorded(settings), options.language, input, print))
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from bot.content.loading import check_content
    from bot.parts import folders

    problems = check_content(folders(settings))
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else "no problems")
    return 1 if problems else 0


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    from bot.doctor import diagnose

    return asyncio.run(diagnose(settings, print))


def _compile(options: argparse.Namespace, settings: Settings) -> int:
    from bot.maintenance import compile_shipped

    compile_shipped(settings)
    return 0


def _test(options: argparse.Namespace, settings: Settings) -> int:
    from bot.maintenance import cross_validate

    return cross_validate(settings, options.baseline, options.write_baseline, options.confusions)


def _catalogs(options: argparse.Namespace, settings: Settings) -> int:
    from bot.maintenance import work_on_catalogs

    return work_on_catalogs(settings, options.action, options.language)


def _backup(options: argparse.Namespace, settings: Settings) -> int:
    from bot.maintenance import back_up

    back_up(settings, options.file)
    return 0


def _restore(options: argparse.Namespace, settings: Settings) -> int:
    from bot.maintenance import restore

    restore(settings, options.file)
    return 0


def _audit(options: argparse.Namespace, settings: Settings) -> int:
    from bot.maintenance import export_audit, verify_audit

    if options.action == "export":
        return asyncio.run(export_audit(settings, options.file))
    return asyncio.run(verify_audit(settings, options.against))


def _permissions(options: argparse.Namespace, settings: Settings) -> int:
    from bot.maintenance import permissions_document

    print(permissions_document(), end="")
    return 0


def _knowledge(options: argparse.Namespace, settings: Settings) -> int:
    from bot.adapters.console.administering import AdminWork
    from bot.maintenance import work_on_knowledge

    wanted = AdminWork(options.action, options.version, options.why, options.override, options.to)
    return work_on_knowledge(settings, wanted)


def _prepare_version(options: argparse.Namespace, settings: Settings) -> int:
    from bot.maintenance import prepare_version

    prepare_version()
    return 0


def _settings(options: argparse.Namespace, settings: Settings) -> int:
    print(settings_page(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
