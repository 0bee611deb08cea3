"""What has to be so before web and worker start: schema, safe database, the packages of bpmn/, a way in.

`python -m service.prepare [FD]`: a step of `zhupi up`, and the first container of a compose file. Progress goes to
standard output; what a person has to read at the end goes to the open file descriptor FD, if one is named.
"""

import os
import sys
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select

from config.settings import Settings, SettingsError, settings_here
from storage.actor import SYSTEM
from storage.database import check_safety, init_database, migrate
from storage.db import db
from storage.errors import DatabaseUnavailable, UnsafeDatabase
from storage.models import Definition
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.accounts import make_setup_token
from workflows.commands.packages import deploy_package
from workflows.errors import PackageInvalid
from workflows.packages import read_folder, sha256_of

BPMN = Path(__file__).resolve().parent.parent / "bpmn"


def prepare(settings: Settings, folder: Path = BPMN) -> str | None:
    """Migrate, check, deploy what is new in `folder`; return a set-up token while there is no account.

    Raises DatabaseUnavailable, UnsafeDatabase.
    """
    migrate(settings)
    app = Flask("zhupi.prepare")
    init_database(app, settings)
    with app.app_context():
        check_safety()
        click.echo("  database")
        uow = build(settings)
        for package in sorted(path.parent for path in folder.glob("*/manifest.toml")):
            _deploy(uow, package)
        return make_setup_token(uow)


def _deploy(uow: UnitOfWork, folder: Path) -> None:
    """Deploy a package unless exactly this content was deployed before, be it as an older version.

    Whoever published another version since then must not find it undone by a restart.
    """
    files = read_folder(folder)
    if db.session.scalar(select(Definition.id).where(Definition.sha256 == sha256_of(files)).limit(1)):
        return
    try:
        deployed = deploy_package(uow, SYSTEM, files, note="bpmn/" + folder.name)
    except PackageInvalid as refused:
        click.echo(f"  bpmn/{folder.name} is not deployable; zhupi lint bpmn/{folder.name} says why:", err=True)
        for finding in refused.findings[:5]:
            click.echo(f"    {finding.file}: {finding.message}", err=True)
        return
    click.echo(f"  deployed {deployed.process_key} version {deployed.version}")


def main(arguments: list[str]) -> int:
    """Prepare the installation of this process's settings: 0 when it may start, 2 when not."""
    try:
        settings = settings_here()
        token = prepare(settings)
    except (SettingsError, UnsafeDatabase) as reason:
        click.echo(str(reason), err=True)
        return 2
    except DatabaseUnavailable:
        click.echo("The database does not answer: is ZHUPI_DATABASE_URL right, and does the server run?", err=True)
        return 2
    if token is not None:
        note = (
            f"There is no account yet. Make the first administrator at {settings.public_url}/setup\n"
            f"with this set-up token, which works once: {token}\n"
        )
        with os.fdopen(int(arguments[0]) if arguments else os.dup(1), "w") as notes:
            notes.write(note)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
