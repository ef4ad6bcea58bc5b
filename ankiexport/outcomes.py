"""What a build and a check have to tell, apart from how they came to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ankiexport.diagnostics import Diagnostic, has_errors


@dataclass(frozen=True, slots=True)
class BuildOutcome:
    """What a build tells: its problems, the entries of its packages, and how many notes have changed in which way.

    `removed` are packages that the bank no longer makes, and `advice` is what learners have to do.
    """

    diagnostics: tuple[Diagnostic, ...]
    packages: tuple[Mapping[str, object], ...] = ()
    removed: tuple[str, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict)
    advice: str = ""

    @property
    def has_errors(self) -> bool:
        """Whether the bank could not be built."""
        return has_errors(self.diagnostics)


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What a check tells: the problems, and how many questions and notes there are."""

    diagnostics: tuple[Diagnostic, ...]
    questions: int = 0
    notes: int = 0

    @property
    def has_errors(self) -> bool:
        """Whether anything stands in the way of a build."""
        return has_errors(self.diagnostics)
