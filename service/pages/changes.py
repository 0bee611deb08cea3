"""What became of answers since the round before."""


def change_of(now: str, was: str) -> str:
    """Say what became of a text."""
    if now == was:
        return ""
    return "changed" if now and was else "added" if now else "removed"
