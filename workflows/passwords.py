"""The password and user name rules of the sources (Q2, Q3) and the stricter profile that is our default.

Both profiles refuse passwords from breached lists and passwords made of the account's own words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from workflows.errors import PasswordRefused, UsernameRefused
from workflows.lines import is_storable

USERNAME: Final = re.compile(r"[A-Za-z0-9_]{4,20}")
LEET: Final = str.maketrans("013457@$!", "oleastasi")
SEQUENCES: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfv",
)
HASHER: Final = PasswordHasher()


@dataclass(frozen=True, slots=True)
class PasswordProfile:
    """Length limits in characters and how many of digit, letter and symbol a password mixes."""

    key: str
    min_length: int
    max_length: int
    classes: int


PROFILES: Final = {
    "source": PasswordProfile("source", 6, 20, 2),
    "strict": PasswordProfile("strict", 8, 64, 2),
}


def check_username(username: str) -> str:
    """Return the user name; raise UsernameRefused unless it keeps to Q2 (4-20 letters, digits, underscores)."""
    if not isinstance(username, str) or not USERNAME.fullmatch(username):
        raise UsernameRefused
    return username


def check_password(password: str, profile: str, context: Iterable[str] = ()) -> str:
    """Return the password; raise PasswordRefused naming the rule of the profile that it breaks (Q3).

    `context` holds the words of the account itself: user name, organisation, the product's name.
    """
    rules = PROFILES[profile]
    if len(password) < rules.min_length:
        raise PasswordRefused(rule="too_short", minimum=rules.min_length)
    if len(password) > rules.max_length:
        raise PasswordRefused(rule="too_long", maximum=rules.max_length)
    if not is_storable(password):
        raise PasswordRefused(rule="control_characters")
    if classes_of(password) < rules.classes:
        raise PasswordRefused(rule="too_few_classes", classes=rules.classes)
    if is_breached(password):
        raise PasswordRefused(rule="breached")
    lowered = password.lower()
    for word in (*context, "zhupi", "朱批"):
        if len(word) >= 2 and word.lower() in lowered and len(password) < 2 * len(word) + 6:
            raise PasswordRefused(rule="context_word")
    return password


def classes_of(password: str) -> int:
    """Count which of digit, letter and symbol occur."""
    kinds = {"digit" if char.isdigit() else "letter" if char.isalpha() else "symbol" for char in password}
    return len(kinds)


def is_breached(password: str) -> bool:
    """Tell whether the password is, up to a tail of digits and usual swaps of letters, one that everybody tries."""
    lowered = password.lower()
    bare = lowered.strip("0123456789!@#$%^&*._-?")
    swapped = lowered.translate(LEET).strip("0123456789!@#$%^&*._-?")
    if {lowered, bare, swapped} & breached_words():
        return True
    if len(set(lowered)) <= 2:
        return True
    return any(len(bare) >= 4 and bare in sequence for sequence in SEQUENCES)


@cache
def breached_words() -> frozenset[str]:
    """Return the words of the list that ships beside this file."""
    lines = (Path(__file__).parent / "breached_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return HASHER.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether the password is right. An unknown account (None) costs the same time and answers False."""
    typed = password.encode("utf-8", "backslashreplace")
    try:
        return HASHER.verify(password_hash or _nobody(), typed) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return HASHER.hash("the hash of nobody, so that unknown names take as long as known ones")
