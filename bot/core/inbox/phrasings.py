"""Proposed phrasings as text for a person to check and to copy. Pure."""

import json
from collections.abc import Iterable, Mapping
from itertools import groupby

from bot.core.inbox.models import Phrasing


def phrasings_yaml(phrasings: Iterable[Phrasing], topics: Mapping[str, str]) -> str:
    """For each file of a language what to add to it, in the form that it has.

    Args:
        topics: Those of the entries by their ids; an entry that is gone is named under its language alone.
    """

    def file_of(one: Phrasing) -> str:
        topic = topics.get(one.key.partition(":")[0])
        return f"{one.locale}.{topic}.yaml" if topic else f"{one.locale}.yaml"

    ordered = sorted(phrasings, key=lambda one: (file_of(one), one.key))
    lines = ["# From real questions. Check each before you add it: nothing is added by itself."]
    for name, of_file in groupby(ordered, key=file_of):
        lines += ["", f"# knowledge/phrasings/{name}"]
        for key, of_key in groupby(of_file, key=lambda one: one.key):
            lines += [f"  {key}:", *(f"    - {json.dumps(one.text, ensure_ascii=False)}" for one in of_key)]
    return "\n".join(lines) + "\n"
