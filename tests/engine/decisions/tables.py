"""Decision tables as XML, as short as a test wants them."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from workflows.engine.decisions import DecisionTable, parse_decisions

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def xml(
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[Sequence[str]],
    *,
    kinds: Sequence[str] = (),
    allowed: str = "",
    order: str = "",
    **attributes: str,
) -> bytes:
    """The file of one table called ``table``; a rule lists its input cells, then its output cells.

    ``order`` lists the output values of the first output column.
    """
    columns = "".join(
        f'<input id="in_{n}"><inputExpression id="ie_{n}"><text>{escape(text)}</text></inputExpression>'
        + (f"<inputValues><text>{escape(allowed)}</text></inputValues>" if allowed else "")
        + "</input>"
        for n, text in enumerate(inputs, 1)
    )
    columns += "".join(
        f'<output id="out_{n}" name="{name}" typeRef="{kinds[n - 1] if kinds else ""}">'
        + (f"<outputValues><text>{escape(order)}</text></outputValues>" if order and n == 1 else "")
        + "</output>"
        for n, name in enumerate(outputs, 1)
    )
    rows = "".join(
        f'<rule id="rule_{n}">'
        + "".join(
            f"<{'inputEntry' if at < len(inputs) else 'outputEntry'} id='c_{n}_{at}'><text>{escape(cell)}</text>"
            f"</{'inputEntry' if at < len(inputs) else 'outputEntry'}>"
            for at, cell in enumerate(cells)
        )
        + "</rule>"
        for n, cells in enumerate(rules, 1)
    )
    settings = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<definitions xmlns="{DMN}" id="d" name="d" namespace="n"><decision id="table" name="表">'
        f'<decisionTable id="t"{settings}>{columns}{rows}</decisionTable></decision></definitions>'
    ).encode()


def table(
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[Sequence[str]],
    *,
    kinds: Sequence[str] = (),
    allowed: str = "",
    order: str = "",
    **attributes: str,
) -> DecisionTable:
    """The table itself."""
    content = xml(inputs, outputs, rules, kinds=kinds, allowed=allowed, order=order, **attributes)
    return parse_decisions(content, "decisions/table.dmn")["table"]
