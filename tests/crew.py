"""The certificate package with one list more in its application: people, one in each row, all of them personal."""

import json
from typing import Any

Files = dict[str, bytes]

FORM, WORDS = "forms/application.json", "i18n/en.toml"
ANN = {"name": "云阿安", "id_number": "11010519491231002X", "mobile": "13900001111"}
BAO = {"name": "云阿宝", "id_number": "110105198506120034", "mobile": "13900002222"}
CHEN = {"name": "云阿晨", "mobile": "13900003333"}


def with_crew(files: Files) -> Files:
    """Return the files of the certificate package with a list of people in the form of the applicant."""
    form = json.loads(files[FORM])
    form["components"].append(
        {
            "type": "dynamiclist",
            "id": "crew_rows",
            "path": "crew",
            "label": "经办人",
            "components": [
                _field("name", "姓名"),
                _field("id_number", "身份证号", check="cn_id"),
                _field("mobile", "手机", check="mobile"),
                {"type": "number", "id": "crew_years", "key": "years", "label": "从业年数"},
            ],
        }
    )
    labels = {"crew": "Crew", "crew.name": "Name", "crew.id_number": "Identity number"} | {
        "crew.mobile": "Mobile",
        "crew.years": "Years",
    }
    words = "".join(f'\n"label.application.{path}" = "{text}"' for path, text in labels.items())
    return {
        **files,
        FORM: json.dumps(form, ensure_ascii=False).encode(),
        WORDS: words.encode() + b"\n" + files[WORDS],
    }


def with_posts(files: Files) -> Files:
    """Return the files with a career for each person: rows in rows, about the person, each with a file."""
    files = with_crew(files)
    form = json.loads(files[FORM])
    posts = {
        "type": "dynamiclist",
        "id": "crew_posts",
        "path": "posts",
        "label": "履历",
        "properties": {"maxRows": 3},
        "components": [
            {**_field("employer", "任职单位"), "properties": {"personal": "outer_row"}},
            {
                "type": "number",
                "id": "crew_months",
                "key": "months",
                "label": "时长",
                "decimalDigits": 0,
                "appearance": {"suffixAdder": "个月"},
                "validate": {"required": True},
            },
            {"type": "filepicker", "id": "crew_proof", "key": "proof", "label": "证明"},
        ],
    }
    form["components"][-1]["components"].append(posts)
    labels = {
        "posts": "Career",
        "posts.employer": "Employer",
        "posts.months": "Duration",
        "posts.proof": "Proof",
    }
    words = "".join(f'\n"label.application.crew.{path}" = "{text}"' for path, text in labels.items())
    words += '\n"suffix.application.crew.posts.months" = "months"'
    return {
        **files,
        FORM: json.dumps(form, ensure_ascii=False).encode(),
        WORDS: words.encode() + b"\n" + files[WORDS],
    }


def _field(key: str, label: str, **properties: str) -> dict[str, Any]:
    return {
        "type": "textfield",
        "id": f"crew_{key}",
        "key": key,
        "label": label,
        "properties": {"personal": "row", **properties},
    }
