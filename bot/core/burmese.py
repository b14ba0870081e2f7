"""Burmese typed in the Zawgyi encoding: the same code points as Unicode, in another order and with other meanings."""

import functools

import regex
from myanmartools import ZawgyiDetector
from para import zg_to_unicode

_MYANMAR = regex.compile(r"\p{Myanmar}")
_SURE = (
    0.9  # both encodings are common in chat; a wrong conversion destroys the text, so only clear cases are converted
)


def to_unicode(text: str) -> str:
    """Text with Zawgyi turned into Unicode; anything else comes back unchanged."""
    if not _MYANMAR.search(text) or _detector().get_zawgyi_probability(text) < _SURE:
        return text
    return str(zg_to_unicode(text, force=True))


@functools.cache
def _detector() -> ZawgyiDetector:
    return ZawgyiDetector()  # reads a model of 30 kB: only for those who write Burmese
