"""The scenarios of `purchase`, which walk over all of it and of `opinion`."""

from calling import purchase_files
from drawing import Files, Find

CAST = """
organisations.shop = { name = "云杉商行" }
organisations.office = { name = "示例评议中心" }
people.lin = { name = "林小满", organisation = "shop" }
people.he = { name = "何知秋", organisation = "office" }
people.yu = { name = "于望舒", organisation = "office" }
people.gu = { name = "顾长青", organisation = "shop" }
[organisations.board]
name = "示例主管部门"
[people.pei]
name = "裴云深"
organisation = "board"
[lanes]
reviewer = ["yu"]
[lanes.opinion]
reviewer = ["he"]
head = ["pei"]
[answers.thing]
thing = "打印机"
amount = 6000
lines = [{ name = "墨盒", price = 100 }]
"""
STEPS = (
    ("lin start", "apply/applicant"),
    ('lin complete apply submitted answers = "thing"', "legal.review/reviewer expert.review/reviewer"),
    ('he complete legal.review ask answers = { reason = "贵" }', "legal.explain/applicant expert.review/reviewer"),
    ("gu complete legal.explain explained answers = {}", "legal.review/reviewer expert.review/reviewer"),
    ('he complete legal.review no answers = { reason = "贵" }', "legal.second/head expert.review/reviewer"),
    ("pei complete legal.second agreed answers = {}", "expert.review/reviewer"),
    ('he complete expert.review yes answers = { reason = "贵" }', "expert.second/head"),
    ("pei complete expert.second agreed answers = {}", "review/reviewer"),
    ("yu complete review once_more answers = {}", "legal.review/reviewer expert.review/reviewer"),
    ('he complete legal.review yes answers = { reason = "贵" }', "legal.second/head expert.review/reviewer"),
    ("pei complete legal.second agreed answers = {}", "expert.review/reviewer"),
    ('he complete expert.review yes answers = { reason = "贵" }', "expert.second/head"),
    ("pei complete expert.second agreed answers = {}", "each.review/reviewer"),
)  # fmt: skip


def story(*last: tuple[str, str]) -> bytes:
    """Return a scenario: the steps above, then some more. The last of them ends the case."""
    text, entries = ['title = "走一遍"'], 0
    for step, expected in (*STEPS, *last):
        actor, verb, *rest = step.split(" ", 4)
        text += ["[[steps]]", f'actor = "{actor}"', f'verb = "{verb}"', "amounts = {}"]
        if rest:
            text += [f'task = "{rest[0]}"', f'outcome = "{rest[1]}"', rest[2]]
        entries += "code =" in step
        if entries:
            text.append(f"registers = {{ opinions = {entries} }}")
        if "/" in expected:
            opened = (one.split("/") for one in expected.split())
            text.append("open = [" + ", ".join(f'{{ task = "{task}", lane = "{lane}" }}' for task, lane in opened) + "]")
        else:
            text += ["open = []", f'ended = "{expected}"']
    return "\n".join(text).encode()


def played(find: Find) -> Files:
    """Return the calling package with scenarios that walk over all of both."""
    return purchase_files(find) | {
        "scenarios/cast.toml": CAST.encode(),
        "scenarios/good.toml": story(('he complete each.review yes answers = { remarks = [{ code = "A-1", text = "可以" }] }', "done")),
        "scenarios/bad.toml": story(("he complete each.review no answers = {}", "refused")),
    }
