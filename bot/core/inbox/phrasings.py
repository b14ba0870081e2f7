"""Proposed phrasings as text for a person to check and to copy. Pure."""

import json
from collections.abc import Iterable
from itertools import groupby

from bot.core.inbox.models import Phrasing


def phrasings_yaml(phrasings: Iterable[Phrasing]) -> str:
    """For each language what to add to its file, in the form that file has."""
    ordered = sorted(phrasings, key=lambda one: (one.locale, one.key))
    lines = ["# From real questions. Check each before you add it: nothing is added by itself."]
    for locale, of_locale in groupby(ordered, key=lambda one: one.locale):
        lines += ["", f"# knowledge/phrasings/{locale}.yaml"]
        for key, of_key in groupby(of_locale, key=lambda one: one.key):
            lines += [f"  {key}:", *(f"    - {json.dumps(one.text, ensure_ascii=False)}" for one in of_key)]
    return "\n".join(lines) + "\n"
