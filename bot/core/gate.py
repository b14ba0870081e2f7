"""Whether new content may go live: what a reload must not make worse."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.golden import Graded, changed_for_worse

_MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """One held-out phrasing, asked before and after: the verdicts are those of `bot test`."""

    locale: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LanguageFigures:
    """Percentages of held-out phrasings answered right and wrong."""

    asked: int
    right: tuple[float, float]
    wrong: tuple[float, float]


def figures_by_language(asked: Sequence[AskedAgain]) -> Mapping[str, LanguageFigures]:
    by_locale: dict[str, list[AskedAgain]] = {}
    for one in asked:
        by_locale.setdefault(one.locale, []).append(one)
    return {
        locale: LanguageFigures(len(group), _shares(group, frozenset({"right", "kept"})), _shares(group, _WRONG))
        for locale, group in sorted(by_locale.items())
    }


_WRONG = frozenset({"wrong", "near_fa", "far_fa"})


def _shares(group: Sequence[AskedAgain], verdicts: frozenset[str]) -> tuple[float, float]:
    before, after = (sum(verdict in verdicts for verdict in side) for side in zip(*_verdicts(group), strict=True))
    return round(100 * before / len(group), 1), round(100 * after / len(group), 1)


def _verdicts(group: Sequence[AskedAgain]) -> list[tuple[str, str]]:
    return [(one.before, one.after) for one in group]


def gate_findings(
    asked: Sequence[AskedAgain], golden_before: Sequence[Graded], golden_now: Sequence[Graded], margin: float
) -> list[str]:
    """Everything that speaks against going live; empty when nothing does.

    Args:
        margin: Percentage points by which a language may have fewer right or more wrong answers.
    """
    findings = []
    for was, now in changed_for_worse(golden_before, golden_now):
        wanted = now.golden.answer or "no answer"
        findings.append(
            f"golden question ({now.golden.locale}) `{now.golden.question}`: {was.given} before, {now.given} now, "
            f"expected {wanted}"
        )
    for locale, figures in figures_by_language(asked).items():
        if figures.right[0] - figures.right[1] > margin:
            findings.append(
                f"{locale}: right fell from {figures.right[0]} to {figures.right[1]} %{_worst(asked, locale)}"
            )
        if figures.wrong[1] - figures.wrong[0] > margin:
            findings.append(
                f"{locale}: wrong rose from {figures.wrong[0]} to {figures.wrong[1]} %{_worst(asked, locale)}"
            )
    return findings[:_MOST_LISTED]


def _worst(asked: Sequence[AskedAgain], locale: str) -> str:
    """The entries that lost most."""
    lost = Counter(
        one.label
        for one in asked
        if one.locale == locale and one.before in ("right", "kept") and one.after not in ("right", "kept")
    )
    return f" ({', '.join(f'{label} -{count}' for label, count in lost.most_common(5))})" if lost else ""
