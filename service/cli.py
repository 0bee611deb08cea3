"""The command line `zhupi`. Imports wait until a command needs them: `--help` answers at once.

`lint`, `check-file`, `scenarios` and `--help` need no configuration, no database and no server.
"""

import sys
from pathlib import Path
from typing import Any

import click

from service.console import (
    COULD_NOT_RUN,
    GOOD,
    NO,
    CouldNotRun,
    Size,
    answer,
    could_not_run,
    house,
    log_to_stderr,
    say,
    sentence_of,
    words,
    write_json,
)

as_json = click.option("--json", "as_json", is_flag=True, help="Write one JSON document and nothing else.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def zhupi() -> None:
    """Zhupi: approval processes driven by BPMN diagrams."""


@zhupi.command()
def up() -> None:
    """Run everything: object store, worker and web; Ctrl-C ends it."""
    from service.supervisor import main as supervise

    answer(supervise())


@zhupi.command()
def demo() -> None:
    """Run everything on a data folder of invented people, organisations and applications."""
    from service.supervisor import main as supervise

    answer(supervise(demo=True))


@zhupi.command()
def serve() -> None:
    """Run the web server alone, for an installation with a supervisor of its own."""
    from service.supervisor import serve as become_server

    become_server()


@zhupi.command()
def worker() -> None:
    """Run the worker alone: service tasks, clean-up, chaining of access records."""
    from config.logging import configure_logging
    from config.settings import SettingsError, settings_here
    from service.worker import run_worker

    try:
        settings = settings_here()
    except SettingsError as error:
        raise CouldNotRun(error.sentence) from error
    configure_logging(settings.log_level, settings.log_format)
    answer(run_worker(settings))


@zhupi.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--note", default="", help="What is new in this version.")
def deploy(paths: tuple[Path, ...], note: str) -> None:
    """Deploy process packages (folders) as new versions."""
    from storage.actor import SYSTEM
    from workflows.commands.packages import deploy_package
    from workflows.errors import PackageInvalid
    from workflows.packages import PackageRefused, read_folder

    refused = False
    with house() as uow:
        for path in paths:
            if not path.is_dir():
                sentence = f"{path} is no folder. A package is a folder such as bpmn/certificate_issuance."
                raise CouldNotRun(sentence)
            try:
                deployed = deploy_package(uow, SYSTEM, read_folder(path), note)
            except (PackageInvalid, PackageRefused) as error:
                refused = True
                _show_findings([_finding(path, one) for one in error.findings])
                continue
            known = "" if deployed.created else " (these very files were deployed before)"
            click.echo(f"{deployed.process_key} version {deployed.version}{known}")
    answer(NO if refused else GOOD)


@zhupi.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_json
def lint(paths: tuple[Path, ...], as_json: bool) -> None:
    """Say whether packages (folders) or single .bpmn files could be deployed, and what is wrong where."""
    log_to_stderr()
    from workflows.packages import lint_path

    findings: list[dict[str, Any]] = []
    for path in paths:
        try:
            findings += [_finding(path, one) for one in lint_path(path)]
        except OSError as error:
            sentence = f"{path} cannot be read: {error.strerror or type(error).__name__}."
            raise CouldNotRun(sentence) from error
    if as_json:
        write_json(findings)
    else:
        _show_findings(findings)
        say(f"{len(findings)} findings" if findings else "deployable")
    answer(NO if findings else GOOD)


@zhupi.command()
@click.argument("keys", nargs=-1)
@as_json
def scenarios(keys: tuple[str, ...], as_json: bool) -> None:
    """Play the scenarios of the packages in bpmn/ (all, or those named) in a temporary house of their own."""
    log_to_stderr()
    from service.scenarios import StageNotSet, UnknownPackage, play_packages

    try:
        report = play_packages(keys, say=say)
    except (UnknownPackage, StageNotSet) as error:
        raise CouldNotRun(str(error)) from error
    if as_json:
        write_json(report.rows)
    else:
        for row in report.rows:
            verdict = "passed" if row["passed"] else "FAILED"
            covered = f"{row['flows_covered']}/{row['flows_total']} flows"
            click.echo(f"{verdict}  {row['package']}/{row['scenario']}  {row['steps']} steps, {covered}")
    answer(GOOD if report.good else NO)


@zhupi.command("check-file")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--types", default="pdf,jpg", show_default=True, help="Kinds that are accepted, by content.")
@click.option(
    "--max", "limit", type=Size(), default="20MiB", show_default=True, help="Largest size, inclusive."
)
def check_file(file: Path, types: str, limit: int) -> None:
    """Say whether a file would be accepted as an attachment, and if not, why."""
    log_to_stderr()
    from storage.errors import FileRefused
    from storage.filecheck import ALIASES, MEDIA_TYPES
    from storage.filecheck import check_file as judge

    kinds = {kind.strip().lower() for kind in types.split(",") if kind.strip()}
    unknown = sorted(kinds - set(MEDIA_TYPES) - set(ALIASES))
    if unknown or not kinds:
        sentence = f"--types {types}: the types are {', '.join(MEDIA_TYPES)}."
        raise CouldNotRun(sentence)
    try:
        if file.exists() and not file.is_file():  # a pipe would be waited for without end
            sentence = f"{file} cannot be read: it is no file."
            raise CouldNotRun(sentence)
        checked = judge(file, file.name, kinds, limit)
    except FileRefused as refused:
        click.echo(words(refused.code, **refused.params))
        answer(NO)
    except ValueError as error:
        sentence = f"--types {types}: {error}"
        raise CouldNotRun(sentence) from error
    except OSError as error:
        sentence = f"{file} cannot be read: {error.strerror or type(error).__name__}."
        raise CouldNotRun(sentence) from error
    click.echo(f"{checked.media_type}, {checked.size} bytes")
    answer(GOOD)


@zhupi.command()
@click.argument("instance")
@as_json
def journal(instance: str, as_json: bool) -> None:
    """Show every event of an application (its number or id) and whether the chain of its journal holds."""
    with house() as uow:
        from service.api.fields import plain
        from workflows.queries import journal_by_name

        found = journal_by_name(uow, instance)
        if found is None:
            sentence = f"There is no application {instance}."
            raise CouldNotRun(sentence)
        if as_json:
            write_json(
                {
                    "stream": found.stream,
                    "ok": found.ok,
                    "why": found.why,
                    "first_bad_seq": found.first_bad_seq,
                    "events": plain(found.events, whole=True),
                }
            )
        else:
            for event in found.events:
                task = event.get("task") or {}
                outcome = event["inputs"]["values"].get("outcome") or ""
                step = f"{task['element']} #{task['round']}" if task else ""
                click.echo(
                    f"{event['seq']:>5}  {event['at']}  {event['action']:<28} {step:<26} {outcome}".rstrip()
                )
            click.echo("the chain is intact" if found.ok else f"BROKEN at {found.first_bad_seq}: {found.why}")
        answer(GOOD if found.ok else NO)


@zhupi.command()
@click.argument("instance")
@as_json
def replay(instance: str, as_json: bool) -> None:
    """Make every step of an application (its number or id) again from its journal and compare with what it recorded."""
    log_to_stderr()
    with house() as uow:
        from service.console_replay import replay_case

        answer(GOOD if replay_case(uow, instance, as_json=as_json) else NO)


@zhupi.group()
def token() -> None:
    """Access tokens for programs."""


@token.command("create")
@click.argument("username")
@click.option("--label", default="command line", show_default=True)
@click.option(
    "--days", type=click.IntRange(1, 366), default=90, show_default=True, help="Days until it expires."
)
@click.option(
    "--organisation", help="Name of the organisation that the token acts for, if there are several."
)
def token_create(username: str, label: str, days: int, organisation: str | None) -> None:
    """Make an access token for a user; it is written once, to standard output."""
    with house() as uow:
        from service.console_people import make_token

        click.echo(make_token(uow, username, label, days, organisation))


@zhupi.group()
def user() -> None:
    """People who can sign in."""


@user.command("create")
@click.argument("username")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", "roles", multiple=True, help="administrator, process_owner, auditor or operator.")
@click.option("--organisation", "organisations", multiple=True, help="An existing organisation, by name.")
@click.option("--password-stdin", is_flag=True, help="Read the first password from standard input.")
def user_create(
    username: str, name: str, roles: tuple[str, ...], organisations: tuple[str, ...], password_stdin: bool
) -> None:
    """Make an account. Without --password-stdin a first password is drawn and written to standard output."""
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with house() as uow:
        from service.console_people import make_user

        drawn = make_user(uow, username, name, roles, organisations, given)
        if drawn is not None:
            click.echo(drawn)


def _finding(path: Path, finding: Any) -> dict[str, Any]:
    return {
        "file": str(path / finding.file) if path.is_dir() else str(path),
        "element": finding.element,
        "line": finding.line,
        "rule": finding.rule,
        "message": finding.message,
    }


@zhupi.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("name")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def bench(name: str, options: tuple[str, ...]) -> None:
    """Measure: `bench step`, `bench http`, `bench inbox` … with `--json`. Works in a checkout, where the measures are."""
    _in_checkout(f"tests.bench.{name}", options)


@zhupi.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def chaos(options: tuple[str, ...]) -> None:
    """Kill parts of a house under load and see what was lost: `chaos --db sqlite --kills 20 --clients 8 --json`."""
    _in_checkout("tests.chaos.run", options)


def _in_checkout(module: str, options: tuple[str, ...]) -> None:
    """Run a program that lies with the tests; they are never installed."""
    import subprocess

    root = Path(__file__).parents[1]
    parts = module.split(".")
    if not all(part.isidentifier() for part in parts) or not root.joinpath(*parts).with_suffix(".py").is_file():
        message = f"There is no {module} here; measures and drills are in a checkout, in tests/."
        raise CouldNotRun(message)
    command = [sys.executable, "-m", module, *options]
    answer(subprocess.run(command, cwd=root, check=False).returncode)  # noqa: S603 - the module was looked up


def _show_findings(findings: list[dict[str, Any]]) -> None:
    for one in findings:
        place = ":".join(str(part) for part in (one["file"], one["line"]) if part is not None)
        element = f" {one['element']}:" if one["element"] else ""
        click.echo(f"{place}:{element} {one['message']} [{one['rule']}]")


def main() -> None:
    """Run the command line; whatever happens ends with a sentence and an exit status, never with a traceback."""
    try:
        status = zhupi.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = COULD_NOT_RUN
    except (click.Abort, KeyboardInterrupt):
        say("Stopped.")
        status = COULD_NOT_RUN
    except BrokenPipeError:
        status = COULD_NOT_RUN
    except CouldNotRun as error:
        status = could_not_run(str(error))
    except (Exception, RecursionError) as error:  # a person reads a sentence instead
        status = could_not_run(sentence_of(error))
    sys.exit(status if isinstance(status, int) else GOOD)


if __name__ == "__main__":
    main()
