"""What a filepicker takes: the one place where its defaults stand."""

from dataclasses import dataclass
from decimal import Decimal

from workflows.forms.form import Field
from workflows.forms.vocabulary import DEFAULT_FILES, DEFAULT_SIZE_MB, DEFAULT_TYPES

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileRules:
    """Types such as pdf and jpg in the order of the form, the largest size in MiB (inclusive), and how many."""

    types: tuple[str, ...]
    megabytes: Decimal
    files: int

    @property
    def octets(self) -> int:
        """The largest size in bytes."""
        return int(self.megabytes * MIB)


def file_rules(field: Field) -> FileRules:
    """The rules of a filepicker, with what holds where the form says nothing."""
    said = field.properties
    types = (kind.strip().lower() for kind in str(said.get("types", DEFAULT_TYPES)).split(","))
    return FileRules(
        tuple(dict.fromkeys(kind for kind in types if kind)),
        Decimal(said.get("maxSizeMB", DEFAULT_SIZE_MB)),
        int(said.get("maxFiles", DEFAULT_FILES)),
    )
