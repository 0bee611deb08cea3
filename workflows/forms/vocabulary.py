"""What of form-js is used: component types and their attributes. An allow-list; the rest is refused by name."""

import re

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}", re.ASCII)
OPTION_VALUE = re.compile(r"[A-Za-z0-9_.\-]{1,100}", re.ASCII)

_EVERY = frozenset({"type", "id", "layout", "conditional", "properties", "verticalAlignment"})
_LABELLED = _EVERY | {"key", "label", "description", "validate"}
_LOOK = frozenset({"appearance"})

ATTRIBUTES: dict[str, frozenset[str]] = {
    "textfield": _LABELLED | _LOOK | {"defaultValue"},
    "textarea": _LABELLED | {"defaultValue"},
    "number": _LABELLED | _LOOK | {"defaultValue", "decimalDigits", "increment", "serializeToString"},
    "select": _LABELLED | {"defaultValue", "values", "searchable"},
    "radio": _LABELLED | {"defaultValue", "values"},
    "checkbox": _LABELLED | {"defaultValue"},
    "checklist": _LABELLED | {"defaultValue", "values"},
    "datetime": _LABELLED | {"defaultValue", "subtype", "dateLabel", "disallowPassedDates"},
    "filepicker": _LABELLED | {"accept", "multiple"},
    "expression": _EVERY | _LOOK | {"key", "label", "description", "expression", "computeOn"},
    "dynamiclist": _EVERY
    | {
        "path",
        "label",
        "description",
        "validate",
        "components",
        "showOutline",
        "isRepeating",
        "allowAddRemove",
        "defaultRepetitions",
        "disableCollapse",
        "nonCollapsedItems",
    },
    "group": _EVERY | {"label", "description", "components", "showOutline"},
    "text": _EVERY | {"text", "label"},
    "separator": _EVERY,
}

VALIDATE: dict[str, frozenset[str]] = {
    "textfield": frozenset({"required", "minLength", "maxLength", "pattern"}),
    "textarea": frozenset({"required", "minLength", "maxLength"}),
    "number": frozenset({"required", "min", "max"}),
    "dynamiclist": frozenset({"required", "minRows", "maxRows"}),
    **dict.fromkeys(
        ("select", "radio", "checkbox", "checklist", "datetime", "filepicker"), frozenset({"required"})
    ),
}

_PERSONAL = frozenset({"personal"})
PROPERTIES: dict[str, frozenset[str]] = {
    "textfield": _PERSONAL | {"check"},
    "textarea": _PERSONAL,
    "number": _PERSONAL | {"check", "money"},
    "select": _PERSONAL | {"options"},
    "filepicker": frozenset({"types", "maxSizeMB", "maxFiles"}),
    "dynamiclist": frozenset({"maxRows"}),
    "group": frozenset({"page"}),
    "datetime": _PERSONAL | {"earliest", "latest"},
    **dict.fromkeys(("radio", "checkbox", "checklist"), _PERSONAL),
}

FORM = frozenset(
    {
        "type",
        "id",
        "title",
        "schemaVersion",
        "components",
        "checks",
        "advice",
        "facts",
        "exporter",
        "executionPlatform",
        "executionPlatformVersion",
        "versionTag",
    }
)
FACT_TYPES = frozenset({"boolean", "number", "date", "option"})

# Names that expressions find beside the fields: the chosen outcome, and in checks and facts the day.
GIVEN_NAMES = frozenset({"outcome", "today"})
# In a row of a list of people: the id that the server gave that person.
ROW_ID = "_row"
RESERVED = GIVEN_NAMES | {"item", "properties", ROW_ID}

# Checks of numbers by name, and the units of money: yuan has two decimals, ten thousand yuan six.
NUMBER_CHECKS = frozenset({"share"})
MONEY_DIGITS = {"yuan": 2, "wan": 6}
TODAY = "today"

MEDIA_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}

MAX_FILE = 512 * 1024
MAX_COMPONENTS = 400
MAX_DEPTH = 8
# Rows stand in rows, but no deeper: a practitioner has posts.
MAX_LISTS = 2
MAX_OPTIONS = 500
MAX_RULES = 100
TEXT_LIMIT = 2_000
TEXTAREA_LIMIT = 10_000
TEXT_CEILING = 20_000
ROWS_LIMIT = 200
ROWS_CEILING = 1_000
# Rows of a list inside a row, where the form does not say.
INNER_ROWS_LIMIT = 20
# Rows and answers in them that the fullest answers to a form may have: what pages post, drafts keep and schemas read.
MAX_ANSWERS = 24_000
INTEGER_DIGITS = 15
DECIMAL_DIGITS = 6
FILES_CEILING = 50
SIZE_CEILING_MB = 100
DEFAULT_TYPES = "pdf,jpg,png"
DEFAULT_SIZE_MB = 20
DEFAULT_FILES = 1
