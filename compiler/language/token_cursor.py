"""Going through the tokens of a condition, and what is said where another one should come."""

from __future__ import annotations

from tfxc.compiler.language.condition_tokens import ConditionError, Token, TokenKind

GRAMMAR_HELP = (
    "a condition compares artifacts, such as `evaluator.blessing.custom_properties.blessed == 1`, "
    "with `and`, `or`, `not` and parentheses"
)
FOREIGN_WORDS = {
    "in": "compare with `==` and join the comparisons with `or`",
    "is": "write `==`",
    "if": "write the condition alone, without `if`",
    "AND": "write `and`",
    "OR": "write `or`",
    "NOT": "write `not`",
    "null": "a property that is not there cannot be compared; compare with a value",
    "None": "a property that is not there cannot be compared; compare with a value",
}
"""word of another language → what to write"""


class TokenCursor:
    """A place among the tokens of a condition, the last of which is of kind ``end``."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._index = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._index]

    @property
    def previous(self) -> Token:
        """The token that was taken last; the first one where none was."""
        return self._tokens[max(self._index - 1, 0)]

    def at_word(self, word: str) -> bool:
        """Whether a word comes next."""
        return self.token.kind == "name" and self.token.text == word

    def at(self, *operators: str) -> bool:
        """Whether one of these operators comes next."""
        return self.token.kind == "operator" and self.token.text in operators

    def take(self) -> Token:
        """Returns the next token and goes on."""
        token = self.token
        self._index += 1
        return token

    def expect(self, kind: TokenKind, expected: str) -> Token:
        """Takes a token of a kind. Raises ConditionError for another: ``expected`` says what should come."""
        if self.token.kind != kind:
            raise self.unexpected(expected)
        return self.take()

    def expect_operator(self, operator: str, expected: str) -> None:
        """Takes an operator. Raises ConditionError for anything else."""
        if not self.at(operator):
            raise self.unexpected(expected)
        self.take()

    def unexpected(self, expected: str) -> ConditionError:
        """Returns what is wrong with the next token, which should be something else."""
        token = self.token
        if token.kind == "end":
            before = self._tokens[self._index - 1] if self._index else token
            return ConditionError(
                f"the condition ends where {expected} should come", before.start, before.end, GRAMMAR_HELP
            )
        if token.text == "=" and token.kind == "operator":
            message = "`=` is not an operator of conditions"
            return ConditionError(message, token.start, token.end, "write `==`", fix="==")
        hint = FOREIGN_WORDS.get(token.text, GRAMMAR_HELP)
        message = f"expected {expected}, not `{token.text[:40]}`"
        fix = token.text.lower() if token.text in ("AND", "OR", "NOT") else None
        return ConditionError(message, token.start, token.end, hint, fix=fix)
