"""Kill parts of a house while it works, and compare what was acknowledged with what is there.

`zhupi chaos --db sqlite|postgresql|URL --kills N --clients N --json`. Only ever in a fresh temporary folder; a database
that is named by a URL must be empty. Progress goes to standard error. What the words mean: docs/drills.md.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from storage.actor import SYSTEM
from tests.bench import town as towns
from tests.chaos.drill import Drill, say
from tests.chaos.judge import Judge
from workflows.commands.organisations import bind_lane
from workflows.commands.packages import deploy_package
from workflows.handlers import add_handlers
from workflows.packages import read_folder

ERRANDS = "tests.chaos.errand"
PACKAGE = Path(__file__).parent / "package"
NONE_OF = ("lost", "doubled", "stranded", "overdue")


def drill(database: str, kills: int, clients: int, keep: Path | None = None) -> dict[str, Any]:
    """Build a house, load it, kill its parts, judge. Raises NotEmpty for a database that holds something.

    `keep` is where ledgers and logs go, for whoever wants to see why.
    """
    add_handlers([ERRANDS])
    with towns.town(database, with_store=False) as town:
        deploy_package(town.uow, SYSTEM, read_folder(PACKAGE))
        bind_lane(town.uow, SYSTEM, "chaos", "clerk", town.cast.groups["review_agent"])
        town.uow.session.rollback()
        environment = {
            "ZHUPI_DATABASE_URL": town.settings.database_url, "ZHUPI_HANDLERS": ERRANDS, "ZHUPI_LOG_LEVEL": "ERROR",
        }  # fmt: skip
        folder = town.settings.data.parent
        run = Drill(town, folder, clients, environment)
        try:
            return run.run(kills, lambda: Judge(town.uow, folder, run.kills).row())
        finally:
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                for path in [*folder.glob("ledger-*"), *folder.glob("*.log")]:
                    shutil.copy(path, keep)
                (keep / "kills").write_text("".join(f"{kill.at:.3f} {kill.part}\n" for kill in run.kills))


def main() -> None:
    """Run the drill and write its row; exit 1 when something was lost, doubled or stranded, 2 when it could not run."""
    parser = argparse.ArgumentParser(prog="zhupi chaos")
    parser.add_argument("--db", default="sqlite", help="sqlite, postgresql (a server of its own), or the URL of an empty database")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="a folder for ledgers and logs")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    try:
        row = drill(given.db, given.kills, given.clients, given.keep)
    except towns.NotEmpty as refused:
        say(str(refused))
        sys.exit(2)
    if given.json:
        sys.stdout.write(json.dumps(row) + "\n")
    else:
        sys.stdout.write("\n".join(f"{name:>20}  {value}" for name, value in row.items()) + "\n")
    good = not any(row[name] for name in NONE_OF) and row["chain_ok"] and row["replay_ok"]
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
