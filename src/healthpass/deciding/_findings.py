"""What is found of a policy or a risk map."""

from typing import Literal, NamedTuple


class PolicyFinding(NamedTuple):
    """What `check_policy` or `check_map` has found.

    Attributes:
        severity: `error`, when a rule does nothing or the policy cannot be meant so.
        code: what it is, a stable name.
        where: the rule, question, place, map or region; empty for the whole.
        message: what was found and what to do.
        zh: the same in Chinese, with where.
    """

    severity: Literal["error", "warning"]
    code: str
    where: str
    message: str
    zh: str

    def __str__(self) -> str:
        return f"{self.code}: {self.where}{': ' if self.where else ''}{self.message}"


def error(code: str, where: str, message: str, zh: str) -> PolicyFinding:
    """Make an error."""
    return PolicyFinding("error", code, where, message, f"{where}：{zh}" if where else zh)


def warning(code: str, where: str, message: str, zh: str) -> PolicyFinding:
    """Make a warning."""
    return PolicyFinding("warning", code, where, message, f"{where}：{zh}" if where else zh)
