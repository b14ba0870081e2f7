"""How many requests one address may make, in bounded memory."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

_MOST = 10_000  # addresses remembered; about 2 MB
_IPV6_NETWORK = 64  # one subscriber has a whole /64 to pick addresses from


class RateLimit:
    """A bucket of tokens for each address: a full minute's worth at once, refilled evenly.

    Args:
        now: Seconds that never go back.
        most: Addresses remembered; beyond it the one unseen for longest is forgotten, which favours it.
    """

    def __init__(self, per_minute: int, *, now: Callable[[], float] = time.monotonic, most: int = _MOST) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._now = now
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, address: str) -> int:
        """Count one request; 0 when it may pass, else the whole seconds until the next one may."""
        key, now = _subscriber(address), self._now()
        tokens, seen = self._buckets.pop(key, (self._capacity, now))
        tokens = min(self._capacity, tokens + (now - seen) * self._per_second)
        passes = tokens >= 1
        self._buckets[key] = (tokens - 1 if passes else tokens, now)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return 0 if passes else max(1, math.ceil((1 - tokens) / self._per_second))


def _subscriber(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(parsed), _IPV6_NETWORK), strict=False))
    return str(parsed)
