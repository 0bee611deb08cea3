"""Words of a package in two languages: zh_CN as drawn, en from i18n/en.toml, under the same flat keys.

Keys: package.title, element.<id>, hint.<id>, lane.<id>, flow.<id>, outcome.<task>.<outcome>,
phrase.<task>.<outcome>.<n>,
material.<key>.title|hint, card.<key>.title, card.<key>.<row>, title.<form>, label.<form>.<path>, help.<form>.<path>,
option.<form>.<path>.<value>, prefix|suffix.<form>.<path>, text|check|advice.<form>.<id>, register.<key>.…, decision.<id>, column.<decision>.<id>,
notification.<event>[.<step>].title|text.
A path joins the keys of rows and field: lines.quantity; a group has its id instead.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from workflows.engine import Definition
from workflows.forms import Form
from workflows.packages.manifest import Manifest
from workflows.packages.notifications import wrong_places
from workflows.packages.parts import drawn
from workflows.reading import TomlReader
from workflows.registers import RegisterDeclaration

SOURCE_LANGUAGE: Final = "zh_CN"
ENGLISH: Final = "i18n/en.toml"


def source_texts(
    definition: Definition,
    manifest: Manifest,
    forms: Mapping[str, Form],
    registers: Mapping[str, RegisterDeclaration],
) -> dict[str, str]:
    """Return every text of the package as its owner wrote it (zh_CN)."""
    found = dict(_of_drawing(definition))
    found |= dict(_of_manifest(manifest))
    for form in forms.values():
        found |= dict(_of_form(form))
    for register in registers.values():
        found |= dict(_of_register(register))
    return {key: text for key, text in found.items() if text}


def _of_drawing(definition: Definition) -> Iterator[tuple[str, str]]:
    for element in drawn(definition):
        yield f"element.{element.id}", element.name
        yield f"hint.{element.id}", element.documentation
    for lane in definition.lanes:
        yield f"lane.{lane.id}", lane.name
    for flow in definition.flows.values():
        if "." not in flow.id:  # a called process has texts of its own
            yield f"flow.{flow.id}", flow.name
    for key, decision in definition.decisions.items():
        if "." not in key:
            yield f"decision.{decision.id}", decision.name
            for column in (*decision.inputs, *decision.outputs):
                yield f"column.{decision.id}.{column.id}", column.label


def _of_manifest(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "package.title", manifest.title
    yield "package.summary", manifest.summary
    yield "package.owner", manifest.owner
    for task, settings in manifest.tasks.items():
        for outcome in settings.outcomes:
            yield f"outcome.{task}.{outcome.key}", outcome.title
        for key, phrases in settings.phrases.items():
            for at, phrase in enumerate(phrases, 1):
                yield f"phrase.{task}.{key}.{at}", phrase
    for material in manifest.materials:
        yield f"material.{material.key}.title", material.title
        yield f"material.{material.key}.hint", material.hint
    for words in manifest.notifications:
        yield f"{words.key}.title", words.title
        yield f"{words.key}.text", words.text
    for card in manifest.cards.values():
        yield f"card.{card.key}.title", card.title
        for row in card.rows:
            yield f"card.{card.key}.{row.key}", row.title


def _of_form(form: Form) -> Iterator[tuple[str, str]]:
    yield f"title.{form.key}", form.title
    for check in form.checks:
        yield f"check.{form.key}.{check.id}", check.message
    for advice in form.advice:
        yield f"advice.{form.key}.{advice.id}", advice.message
    for one in form.walk():
        path = one.path or one.id
        yield f"label.{form.key}.{path}", one.label
        yield f"help.{form.key}.{path}", one.description
        yield f"text.{form.key}.{one.id}", one.text
        for part, sign in (("prefix", one.prefix), ("suffix", one.suffix)):
            if any(letter.isalpha() for letter in sign):  # ¥ and % are the same to everybody
                yield f"{part}.{form.key}.{path}", sign
        for option in one.options:
            yield f"option.{form.key}.{path}.{option.value}", option.label


def _of_register(register: RegisterDeclaration) -> Iterator[tuple[str, str]]:
    yield f"register.{register.key}.title", register.title
    yield f"register.{register.key}.summary", register.summary
    for field in register.fields:
        yield f"register.{register.key}.field.{field.key}", field.title
        for value, title in field.options:
            yield f"register.{register.key}.option.{field.key}.{value}", title
    for state, title in register.states:
        yield f"register.{register.key}.state.{state}", title


def read_translation(file: str, content: bytes) -> tuple[dict[str, str], TomlReader]:
    """Return the flat texts of a translation; nested tables and dotted keys mean the same."""
    reader = TomlReader(file, content)
    found: dict[str, str] = {}
    _flatten(reader, reader.document, "", found)
    return found, reader


def _flatten(reader: TomlReader, table: dict[str, Any], above: str, found: dict[str, str]) -> None:
    for key, value in table.items():
        place = f"{above}.{key}" if above else key
        if isinstance(value, dict):
            _flatten(reader, value, place, found)
        elif isinstance(value, str) and value.strip():
            found[place] = value
        else:
            reader.refuse(place, "text_empty", f"'{place}' is a text that is not empty.")


def check_translation(source: Mapping[str, str], found: Mapping[str, str], reader: TomlReader) -> None:
    """Note every text that is missing in a translation, and every one that translates nothing."""
    for key in sorted(source.keys() - found.keys()):
        reader.refuse(
            key, "text_missing", f"The text '{key}' (「{source[key]}」) is not translated.", key=key
        )
    for key in sorted(found.keys() & source.keys()):
        if key.startswith("notification."):
            for wrong in wrong_places(found[key]):
                reader.refuse(
                    key, "notification_place", f"'{{{wrong[:80]}}}' is no place of a message.", name=wrong
                )
    for key in sorted(found.keys() - source.keys()):
        reader.refuse(key, "text_unknown", f"The text '{key}' translates nothing in this package.", key=key)
