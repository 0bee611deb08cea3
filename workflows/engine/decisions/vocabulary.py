"""What of DMN 1.3 is read: elements, their attributes, and how much of them."""

import re

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
OLDER = ("http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/DMN/20180521/MODEL/")
FEEL = ("", "feel", "https://www.omg.org/spec/DMN/20191111/FEEL/")
DRAWING_ATTRIBUTES = ("http://bpmn.io/schema/dmn/biodi/2.0", "http://bpmn.io/schema/dmn/biodi/1.0")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

MAX_COLUMNS = 50
MAX_RULES = 1_000
# Of all tables of a package together, so that judging the largest stays a matter of two seconds.
MAX_CELLS = 10_000
MAX_CHARACTERS = 40_000

# Which children an element may have, and which of its own attributes.
CHILDREN: dict[str, frozenset[str]] = {
    "definitions": frozenset({"description", "decision", "inputData", "textAnnotation", "association"}),
    "decision": frozenset({"description", "variable", "informationRequirement", "decisionTable"}),
    "decisionTable": frozenset({"input", "output", "annotation", "rule"}),
    "informationRequirement": frozenset({"requiredInput"}),
    "inputData": frozenset({"description", "variable"}),
    "textAnnotation": frozenset({"text"}),
    "association": frozenset({"sourceRef", "targetRef"}),
    "input": frozenset({"description", "inputExpression", "inputValues"}),
    "output": frozenset({"description", "outputValues"}),
    "rule": frozenset({"description", "inputEntry", "outputEntry", "annotationEntry"}),
    **dict.fromkeys(("inputExpression", "inputValues", "outputValues"), frozenset({"text", "description"})),
    **dict.fromkeys(("inputEntry", "outputEntry", "annotationEntry"), frozenset({"text", "description"})),
}
COMMON = frozenset({"id", "name", "label"})
ATTRIBUTES: dict[str, frozenset[str]] = {
    "definitions": frozenset(
        {"namespace", "exporter", "exporterVersion", "expressionLanguage", "typeLanguage"}
    ),
    "decisionTable": frozenset({"hitPolicy", "aggregation", "preferredOrientation", "outputLabel"}),
    "variable": frozenset({"typeRef"}),
    "requiredInput": frozenset({"href"}),
    "sourceRef": frozenset({"href"}),
    "targetRef": frozenset({"href"}),
    "association": frozenset({"associationDirection"}),
    "textAnnotation": frozenset({"textFormat"}),
    "output": frozenset({"typeRef"}),
    **dict.fromkeys(
        ("inputExpression", "inputEntry", "outputEntry", "inputValues", "outputValues"),
        frozenset({"expressionLanguage", "typeRef"}),
    ),
}
