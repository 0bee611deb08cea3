"""Two small packages: an application that asks for opinions, and the process `opinion` that it calls for each.

`purchase` calls for two opinions side by side, goes round again until both are good, and then asks for one opinion for
each item. `opinion` is only called. Both have a lane `reviewer` and a form `review`, which must not be mixed up.
"""

from drawing import Files, Find, draw, field, form, rows, translated

PURCHASE = """
start begun @applicant
user apply @applicant | form=apply
x again @applicant
p split @applicant
call legal @applicant | calls=opinion | input.subject=apply.thing | input.amount=apply.amount | output.verdict=review.outcome | output.level=weigh.level
call expert @applicant | calls=opinion | input.subject=apply.thing | input.amount=apply.amount | output.verdict=review.outcome | output.level=input.amount
p joined @applicant
x both @applicant
user review @reviewer | form=review
call each @applicant | calls=opinion | each=apply.lines | item=line | input.subject=line.name | input.amount=line.price | output.verdict=review.outcome
x all @applicant
end done @applicant
end refused @applicant
"""
PURCHASE_FLOWS = """
begun -> apply
apply -> again
again -> split
split -> legal
split -> expert
legal -> joined
expert -> joined
joined -> both
both -> each when legal.verdict = "yes" and expert.verdict = "yes"
both => review
review -> again
each -> all
all -> done when every one in each.results satisfies one.verdict = "yes"
all => refused
"""
OPINION = """
start asked @applicant
x round @reviewer
user review @reviewer | form=review
x verdict @reviewer
user explain @applicant | form=explain
rule weigh @reviewer | decision=weight
x heavy @reviewer
user second @head | form=second
service note @reviewer | handler=register.put | input.register="opinions" | input.rows=review.remarks
x finished @reviewer
end given @reviewer
"""
OPINION_FLOWS = """
asked -> round
round -> review
review -> verdict
verdict -> explain when review.outcome = "ask"
verdict => weigh
explain -> round
weigh -> heavy
heavy -> second when weigh.level = "high"
heavy => finished
second -> finished
finished -> note when count(review.remarks) > 0
finished => given
note -> given
"""


def purchase_files(find: Find, nodes: str = PURCHASE, flows: str = PURCHASE_FLOWS) -> Files:
    """Return the package that calls; `find` gives what it calls."""
    files = {
        "process.bpmn": draw("purchase", nodes, flows),
        "forms/apply.json": form(
            "apply",
            field("thing", validate={"required": True}),
            field("amount", "number", validate={"required": True}),
            field("contact", properties={"personal": "contact"}),
            rows("lines", field("name"), field("price", "number")),
        ),
        "forms/review.json": form("review", field("note", "textarea")),
        "manifest.toml": b"""
key = "purchase"
title = "\xe9\x87\x87\xe8\xb4\xad\xe7\x94\xb3\xe8\xaf\xb7"
summary = "\xe9\x87\x87\xe8\xb4\xad"
owner = "\xe9\x87\x87\xe8\xb4\xad\xe7\xbb\x84"
number = "CG-{year}-{serial:04d}"
lanes.applicant.starter = true
lanes.reviewer = {}
ends.done = "approve"
ends.refused = "reject"
[tasks.apply]
outcomes = [{ key = "submitted", title = "\xe6\x8f\x90\xe4\xba\xa4", kind = "submit" }]
[tasks.review]
outcomes = [{ key = "once_more", title = "\xe5\x86\x8d\xe8\xae\xae", kind = "approve" }]
""",
    }
    return translated(files, find)


def opinion_files(nodes: str = OPINION, flows: str = OPINION_FLOWS, more: str = "", words: str = "") -> Files:
    """Return the package that is called. `more` is put into its manifest, `words` are another title."""
    hide = {"conditional": {"hide": "=input.amount <= 1000"}}
    files = {
        "process.bpmn": draw("opinion", nodes, flows),
        "forms/review.json": form(
            "review",
            field("opinion", "textarea"),
            field("reason", validate={"required": True}, **hide),
            field("person", properties={"personal": "reviewer"}),
            rows("remarks", field("code"), field("text")),
            rows(
                "marks",
                field("field", "select", properties={"options": "fields:explain"}),
                field("why", "textarea"),
                conditional={"hide": '=outcome != "ask"'},
            ),
            checks=(
                {
                    "id": "not_itself",
                    "expression": "opinion = null or opinion != input.subject",
                    "message": "意见不能照抄事项。",
                },
            ),
        ),
        "forms/explain.json": form("explain", field("text", "textarea"), field("paper")),
        "forms/second.json": form("second", field("opinion", "textarea"), field("points", "number")),
        "registers/opinions.toml": """
key = "opinions"
title = "意见登记"
summary = "每条意见"
initial = "given"
[[fields]]
key = "code"
title = "编号"
type = "text"
required = true
searched = true
[[fields]]
key = "text"
title = "内容"
type = "text"
[unique]
code = "code"
[states]
given = "已出具"
""".encode(),
        "decisions/weight.dmn": """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="weights" name="轻重" namespace="urn:example">
  <decision id="weight" name="轻重">
    <decisionTable id="weight_table" hitPolicy="UNIQUE">
      <input id="in_amount" label="金额"><inputExpression id="in_amount_x" typeRef="number"><text>input.amount</text></inputExpression></input>
      <output id="out_level" label="轻重" name="level" typeRef="string" />
      <rule id="low"><inputEntry id="low_in"><text>&lt;= 5000</text></inputEntry><outputEntry id="low_out"><text>"low"</text></outputEntry></rule>
      <rule id="high"><inputEntry id="high_in"><text>&gt; 5000</text></inputEntry><outputEntry id="high_out"><text>"high"</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>
""".encode(),
        "manifest.toml": f"""
key = "opinion"
title = "征求意见{words}"
summary = "意见"
owner = "意见组"
callable_only = true
withdraw_not_after = ["second"]
separate = [["reviewer", "head"]]
inputs.subject = "text"
inputs.amount = "number"
lanes.applicant.starter = true
lanes.reviewer = {{}}
lanes.head = {{}}
{more}
[tasks.review]
outcomes = [{{ key = "yes", title = "同意", kind = "approve" }}, {{ key = "no", title = "不同意", kind = "reject" }}, {{ key = "ask", title = "请补充", kind = "return" }}]
[tasks.explain]
outcomes = [{{ key = "explained", title = "提交说明", kind = "submit" }}]
[tasks.second]
outcomes = [{{ key = "agreed", title = "同意", kind = "approve" }}]
[cards.guide]
title = "评议须知"
tasks = ["review"]
rows = [{{ key = "rule", title = "要求", value = "独立" }}]
""".encode(),
    }
    if "@head" not in nodes:
        for gone in ("lanes.head = {}\n", 'separate = [["reviewer", "head"]]\n'):
            files["manifest.toml"] = files["manifest.toml"].replace(gone.encode(), b"")
    return translated(files, lambda _key: None)
