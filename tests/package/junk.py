"""Contents that no file of a package may have."""

JUNK = [
    b"",
    b"\x00" * 64,
    b"\xff\xfe\x00",
    b"[" * 5000,
    b"{" * 5000,
    b"a = " + b"[" * 5000,
    b'{"type": "default", "components": 3}',
    b'{"type": "default", "checks": [3], "facts": {}, "components": [{"type": "select", "values": [1]}]}',
    b"key = 1\ntitle = []\nlanes = 3\ntasks = [1]\ncards = true\nmaterials = 'x'\nseparate = [[1, 2]]\nends = 2",
    b"[lanes.a]\nstarter = 'yes'\n[tasks.a]\noutcomes = [1, 'x', {}]\n[cards.c]\nrows = 3\n[[materials]]\nkey = 3",
    b"d = 9999-99-99",
    b"x = 1e999999999\ny = nan",
    b"[organisations]\na = 1\n[people]\nb = 2\n[lanes]\nc = [3]\n[answers]\nd = 4",
    b"title = 'x'\nsteps = [1, {}, {verb = 3, open = 1, amounts = 2, fields = 3, answers = 4}]",
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'a'>]><x>&a;</x>",
    b"<definitions/>",
]
