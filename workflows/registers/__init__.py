"""Registers: what outlives an instance, declared by a package in registers/*.toml.

One generic set of tables keeps all of them; lists, details and search are drawn from the declaration read here.
No field of a register may be personal: the holder of an issued key is the organisation (architecture, Registers).
"""

from workflows.registers.declaration import FieldDeclaration, RegisterDeclaration, as_text
from workflows.registers.reading import RegisterRefused, parse_register

__all__ = ["FieldDeclaration", "RegisterDeclaration", "RegisterRefused", "as_text", "parse_register"]
