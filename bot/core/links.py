"""Addresses that people type and others will trust."""

import regex

# Before the path: no name of a user, which looks like the site (`https://meti.go.jp@evil.example`), no invisible
# characters, and none of the scripts whose letters look Latin and that none of our languages is written in.
_SITE = r"(?![^/?#]*[@\p{Cf}\p{Cyrillic}\p{Greek}\p{Armenian}\p{Cherokee}\p{Lisu}\p{Coptic}])"
_REST = r"[^\s<>\"\u202a-\u202e\u2066-\u2069]{3,}"
_SECURE = regex.compile(rf"https://{_SITE}{_REST}")
_ANY = regex.compile(rf"https?://{_SITE}{_REST}")


def is_link(text: str, *, secure: bool) -> bool:
    """A web address that leads where it seems to lead; `secure` ones begin with https."""
    return bool((_SECURE if secure else _ANY).fullmatch(text))
