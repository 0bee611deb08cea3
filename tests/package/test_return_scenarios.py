"""Returns that nobody drew, told as scenarios: every step is played, compared and replayed."""

import json
import sys
from pathlib import Path
from typing import Any

from service.scenarios import play_packages

sys.path.append(str(Path(__file__).parents[1] / "commands"))

from returning_package import returning_files

KEY = "returning"
CAST = """
[organisations.green_maple]
name = "青枫售电有限公司"

[organisations.agency]
name = "示例审核有限公司"

[organisations.centre]
name = "示例中心"

[people]
lin = { name = "林晓枫", organisation = "green_maple" }
he = { name = "何明远", organisation = "agency" }
qian = { name = "钱越", organisation = "centre" }

[lanes]
review_agent = ["he"]
finance = ["qian"]

[answers.asked]
company = "青枫售电有限公司"
amount = 700
"""
PEOPLE = {"application": "lin", "books": "qian"}
LANES = {"application": "applicant", "books": "finance"}
OPEN = '{ open = "700.00" }'
AGAIN = '{ cancelled = "700.00", open = "700.00" }'


def step(actor: str, verb: str, opened: tuple[str, ...], amounts: str, **more: Any) -> str:
    tasks = ", ".join(f'{{ task = "{name}", lane = "{LANES.get(name, "review_agent")}" }}' for name in opened)
    lines = [f'actor = "{actor}"', f'verb = "{verb}"', f"open = [{tasks}]", f"amounts = {amounts}"]
    lines += [
        f"{key} = {value if key == 'marks' else json.dumps(value, ensure_ascii=False)}"
        for key, value in more.items()
    ]
    return "[[steps]]\n" + "\n".join(lines) + "\n"


def done(name: str, opened: tuple[str, ...], amounts: str, **more: Any) -> str:
    actor = PEOPLE.get(name, "he")
    if name == "application":
        more["answers"] = "asked"
    return step(actor, "complete", opened, amounts, task=name, outcome="done", **more)


def story() -> str:
    """Back inside the branch, back out of the sub-process, and from behind the join to before the split."""
    mark = '[{ field = "amount", reason = "多写了一个零" }]'
    return 'title = "一再退回"\n\n' + "\n".join(
        [
            step("lin", "start", ("application",), "{}"),
            done("application", ("legal", "books"), OPEN),
            done("legal", ("first_look", "books"), OPEN),
            step("he", "return", ("first_look", "books"), OPEN, task="first_look", to="application", reason="x", refused="return_not_allowed"),
            done("first_look", ("second_look", "books"), OPEN),
            step("he", "return", ("first_look", "books"), OPEN, task="second_look", to="first_look", reason="再看一遍", repeat=True),
            step("he", "return", ("legal", "books"), OPEN, task="first_look", to="legal", reason="从头来"),
            done("legal", ("first_look", "books"), OPEN),
            done("books", ("first_look",), OPEN),
            done("first_look", ("second_look",), OPEN),
            done("second_look", ("sign",), OPEN),
            step("he", "return", ("application",), '{ cancelled = "700.00" }', task="sign", to="application", reason="金额不符", marks=mark),
            done("application", ("legal", "books"), AGAIN),
            done("books", ("legal",), AGAIN),
            done("legal", ("first_look",), AGAIN),
            done("first_look", ("second_look",), AGAIN),
            done("second_look", ("sign",), AGAIN),
            done("sign", (), AGAIN, ended="done"),
        ]
    )  # fmt: skip


def test_returns_are_told_as_scenarios(tmp_path: Path) -> None:
    stories = {"scenarios/cast.toml": CAST, "scenarios/back_and_forth.toml": story()}
    for path, content in returning_files(key=KEY, stories=stories).items():
        file = tmp_path / KEY / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    report = play_packages(folder=tmp_path)
    (row,) = report.rows
    assert row["passed"], report.notes
    assert row["steps"] == 18
    assert row["flows_covered"] == row["flows_total"] - 1  # nobody is late in this story
