"""What is wrong with an expression, and where."""


class ExpressionError(Exception):
    """An expression that cannot be read, or whose evaluation went past a bound.

    ``code`` is stable (docs/expressions.md lists them), ``position`` counts characters of the text from 0, ``message``
    is an English sentence that says what to write instead.
    """

    def __init__(self, code: str, position: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.position = position
        self.message = message

    def __reduce__(self) -> tuple[type["ExpressionError"], tuple[str, int, str]]:
        return ExpressionError, (self.code, self.position, self.message)
