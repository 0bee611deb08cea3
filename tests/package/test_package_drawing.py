"""The drawing can be read by a person: everything has its place, nothing lies on or across something else."""

from itertools import combinations, pairwise

import pytest
from lxml import etree

NAMES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
Box = tuple[float, float, float, float]
Line = tuple[tuple[float, float], tuple[float, float]]


@pytest.fixture(scope="module")
def drawing(sound: dict[str, bytes]) -> etree._Element:
    return etree.fromstring(sound["process.bpmn"])


def boxes(drawing: etree._Element) -> dict[str, Box]:
    found = {}
    for shape in drawing.iterfind(".//bpmndi:BPMNShape", NAMES):
        bounds = shape.find("dc:Bounds", NAMES)
        x, y, width, height = (float(bounds.get(key)) for key in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement")] = (x, y, x + width, y + height)
    return found


def edges(drawing: etree._Element) -> dict[str, list[tuple[float, float]]]:
    return {
        edge.get("bpmnElement"): [
            (float(point.get("x")), float(point.get("y"))) for point in edge.iterfind("di:waypoint", NAMES)
        ]
        for edge in drawing.iterfind(".//bpmndi:BPMNEdge", NAMES)
    }


def nodes(drawing: etree._Element) -> dict[str, str]:
    """Every flow node with its lane."""
    return {
        ref.text: lane.get("id")
        for lane in drawing.iterfind(".//bpmn:lane", NAMES)
        for ref in lane.iterfind("bpmn:flowNodeRef", NAMES)
    }


def lines(points: list[tuple[float, float]]) -> list[Line]:
    return list(pairwise(points))


def cross(one: Line, other: Line) -> bool:
    """Whether two lines along the axes cross; ends that touch do not count."""
    (ax, ay), (bx, by) = one
    (cx, cy), (dx, dy) = other
    if ay == by and cx == dx:
        return min(ax, bx) < cx < max(ax, bx) and min(cy, dy) < ay < max(cy, dy)
    if ax == bx and cy == dy:
        return cross(other, one)
    if ay == by == cy == dy:
        return max(min(ax, bx), min(cx, dx)) < min(max(ax, bx), max(cx, dx))
    if ax == bx == cx == dx:
        return max(min(ay, by), min(cy, dy)) < min(max(ay, by), max(cy, dy))
    return False


def through(line: Line, box: Box) -> bool:
    (ax, ay), (bx, by) = line
    return max(ax, bx) > box[0] and min(ax, bx) < box[2] and max(ay, by) > box[1] and min(ay, by) < box[3]


def test_everything_is_drawn(drawing: etree._Element) -> None:
    flows = {flow.get("id") for flow in drawing.iterfind(".//bpmn:sequenceFlow", NAMES)}
    assert edges(drawing).keys() == flows
    assert boxes(drawing).keys() >= nodes(drawing).keys() | set(nodes(drawing).values())


def test_every_step_lies_inside_its_lane(drawing: etree._Element) -> None:
    places = boxes(drawing)
    for node, lane in nodes(drawing).items():
        x, y, right, bottom = places[node]
        left, top, far, low = places[lane]
        assert left < x < right < far, node
        assert top < y < bottom < low, node


def hosts(drawing: etree._Element) -> dict[str, str]:
    """Every boundary event with what it sits on."""
    return {
        event.get("id"): event.get("attachedToRef")
        for event in drawing.iterfind(".//bpmn:boundaryEvent", NAMES)
    }


def test_what_can_happen_to_a_step_sits_on_its_edge(drawing: etree._Element) -> None:
    places = boxes(drawing)
    assert hosts(drawing)
    for event, host in hosts(drawing).items():
        x, y = ((a + b) / 2 for a, b in zip(places[event][:2], places[event][2:], strict=True))
        left, top, right, bottom = places[host]
        assert (y in (top, bottom) and left < x < right) or (x in (left, right) and top < y < bottom), event


def test_no_two_steps_lie_on_each_other(drawing: etree._Element) -> None:
    places = {node: boxes(drawing)[node] for node in nodes(drawing)}
    sits_on = hosts(drawing)
    for (one, a), (other, b) in combinations(places.items(), 2):
        if sits_on.get(one) == other or sits_on.get(other) == one:
            continue
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1], (one, other)


def test_no_word_lies_on_a_step(drawing: etree._Element) -> None:
    places = {node: boxes(drawing)[node] for node in nodes(drawing)}
    for label in drawing.iterfind(".//bpmndi:BPMNLabel/dc:Bounds", NAMES):
        x, y, width, height = (float(label.get(key)) for key in ("x", "y", "width", "height"))
        for node, box in places.items():
            apart = x >= box[2] or x + width <= box[0] or y >= box[3] or y + height <= box[1]
            assert apart, (label.getparent().getparent().get("bpmnElement"), node)


def test_lines_run_along_the_axes_and_never_cross(drawing: etree._Element) -> None:
    drawn = edges(drawing)
    for flow, points in drawn.items():
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in lines(points)), flow
    for (one, a), (other, b) in combinations(drawn.items(), 2):
        assert not any(cross(x, y) for x in lines(a) for y in lines(b)), (one, other)


def test_no_line_runs_through_a_step(drawing: etree._Element) -> None:
    places = boxes(drawing)
    for flow, points in edges(drawing).items():
        for node in nodes(drawing):
            assert not any(through(line, places[node]) for line in lines(points)), (flow, node)


def test_lines_begin_and_end_at_the_steps_that_they_join(drawing: etree._Element) -> None:
    places, drawn = boxes(drawing), edges(drawing)
    for flow in drawing.iterfind(".//bpmn:sequenceFlow", NAMES):
        points = drawn[flow.get("id")]
        for (x, y), node in ((points[0], flow.get("sourceRef")), (points[-1], flow.get("targetRef"))):
            left, top, right, bottom = places[node]
            assert (x in (left, right) and top < y < bottom) or (y in (top, bottom) and left < x < right), (
                flow.get("id")
            )


def test_every_way_out_of_a_decision_has_a_word(drawing: etree._Element) -> None:
    for gateway in drawing.iterfind(".//bpmn:exclusiveGateway", NAMES):
        for out in gateway.iterfind("bpmn:outgoing", NAMES):
            flow = drawing.find(f".//bpmn:sequenceFlow[@id='{out.text}']", NAMES)
            assert flow.get("name"), out.text
