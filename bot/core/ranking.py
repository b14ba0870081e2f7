"""Ranks the texts of many questions at once: what arrives together is encoded together, and nothing is encoded twice.

Encoding is nearly all the work of a question (25 ms of a core; everything else takes 2 ms). While one batch is worked
on, the next one gathers, so a lone question waits for nobody and a crowd shares each call.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from bot.core.errors import BusyError
from bot.core.ports import Encoder, Observer
from bot.core.retrieval import Ranking, Retriever

_KEPT = 2_048  # rankings remembered for each retriever; about 5 MB
_MOST_TOGETHER = 8  # texts; more take as long each, and all of a batch wait for its last
# Work is counted in bytes of UTF-8: what a text costs the encoder goes more by them than by characters in our scripts.
_LONGEST_TOGETHER = 1_500  # bytes: a pasted page is not to hold up the short questions around it
LONGEST_WAIT = 2.0  # seconds, as estimated from the pace so far: longer, people are better off to come back
_FIRST_PACE = 0.0002  # seconds a byte, before any is known: that of two quiet cores
_SMOOTHING = 0.2  # weight of the last batch in the pace
_MOST_BELIEVED = 4  # times the pace so far: a single hiccup says little
Rankings = Sequence[asyncio.Future[Ranking]]
_Job = tuple[Retriever, str]


class Ranker:
    """Rankings depend on the text and the retriever alone, so they are shared by everybody who asks the same.

    Remembered rankings go with their retriever, so a new snapshot starts with none; texts are remembered as hashes.

    Args:
        encoder: See `Retriever.rank_all`.
        observer: Is told of every call and of every text that needed none.
        kept: Rankings remembered; those unused for longest go first.
        longest_wait: Seconds; what would wait longer, `submit` refuses. None for no end.
    """

    def __init__(
        self,
        encoder: Encoder | None,
        observer: Observer,
        *,
        kept: int = _KEPT,
        longest_wait: float | None = LONGEST_WAIT,
    ) -> None:
        self._encoder = encoder
        self._observer = observer
        self._kept = kept
        self._longest_wait = longest_wait
        self._pace = _FIRST_PACE
        self._size = 0  # bytes in the queue and at work
        self._known: WeakKeyDictionary[Retriever, OrderedDict[bytes, Ranking]] = WeakKeyDictionary()
        self._queue: deque[_Job] = deque()
        self._queued_at: dict[_Job, float] = {}
        self._futures: dict[_Job, asyncio.Future[Ranking]] = {}
        self._worker: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Texts in the queue and at work."""
        return len(self._futures)

    def submit(self, retriever: Retriever, texts: Sequence[str]) -> Rankings | None:
        """Begin to rank folded texts; `results` waits for the rankings, in order.

        Returns:
            None when too much waits. What is remembered or waited for anyway is never refused, and nothing is as long
            as all that waits is one batch.
        """
        known = self._known.setdefault(retriever, OrderedDict())
        if not self._has_room([text for text in texts if _digest(text) not in known], retriever):
            return None
        return [self._submit(known, (retriever, text)) for text in texts]

    def _has_room(self, texts: Sequence[str], retriever: Retriever) -> bool:
        if self._longest_wait is None or not self._size:
            return True
        new = {text for text in texts if (retriever, text) not in self._futures}
        if not new or len(self._futures) + len(new) <= _MOST_TOGETHER:
            return True
        added = sum(map(_size, new))
        return (self._size + added) * self._pace <= self._longest_wait

    def _submit(self, known: OrderedDict[bytes, Ranking], job: _Job) -> asyncio.Future[Ranking]:
        if job in self._futures:
            self._observer.remembered()
            return self._futures[job]
        future = asyncio.get_running_loop().create_future()
        digest = _digest(job[1])
        if digest in known:
            self._observer.remembered()
            known.move_to_end(digest)
            future.set_result(known[digest])
            return future
        self._futures[job] = future
        self._queue.append(job)
        self._queued_at[job] = time.perf_counter()
        self._size += _size(job[1])
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return future

    async def _work(self) -> None:
        """Until the queue is empty."""
        try:
            while self._queue:
                self._decline_overdue()
                await self._rank(self._next_batch())
        finally:  # also when the loop is stopped in the middle: nobody is to wait for ever
            self._worker = None
            for job in list(self._futures):
                self._settle(job, None)

    def _decline_overdue(self) -> None:
        """What the pace did not foretell: where a machine has become slow, the queue is cut rather than patience."""
        if self._longest_wait is None:
            return
        latest = time.perf_counter() - self._longest_wait
        while len(self._queue) > _MOST_TOGETHER and self._queued_at[self._queue[0]] < latest:
            self._settle(self._queue.popleft(), BusyError("waited too long"))

    def _next_batch(self) -> list[_Job]:
        """What waits, oldest first, as far as it belongs to one retriever and is not too long."""
        batch = [self._queue.popleft()]
        size = _size(batch[0][1])
        while self._queue and len(batch) < _MOST_TOGETHER and self._queue[0][0] is batch[0][0]:
            size += _size(self._queue[0][1])
            if size > _LONGEST_TOGETHER:
                break
            batch.append(self._queue.popleft())
        return batch

    async def _rank(self, batch: Sequence[_Job]) -> None:
        retriever, texts = batch[0][0], [text for _, text in batch]
        began = time.perf_counter()
        try:
            rankings = await asyncio.to_thread(retriever.rank_all, texts, self._encoder)
        except Exception as error:  # noqa: BLE001 - whatever a text sets off is the matter of those who asked it
            if len(batch) == 1:
                self._settle(batch[0], error)
                return
            for job in batch:
                await self._rank([job])
            return
        seconds = time.perf_counter() - began
        self._observer.ranked(texts=len(texts), seconds=seconds)
        self._learn_pace(seconds, sum(map(_size, texts)))
        for job, ranking in zip(batch, rankings, strict=True):
            self._settle(job, ranking)

    def _learn_pace(self, seconds: float, size: int) -> None:
        measured = min(seconds / max(size, 1), _MOST_BELIEVED * self._pace)
        self._pace += _SMOOTHING * (measured - self._pace)

    def _settle(self, job: _Job, result: Ranking | Exception | None) -> None:
        """Tell everybody who waits for it; None when it will never be known."""
        future = self._futures.pop(job)
        del self._queued_at[job]
        self._size -= _size(job[1])
        if isinstance(result, Ranking):
            future.set_result(result)
            self._remember(job, result)
        elif result is None:
            future.cancel()
        else:
            future.set_exception(result)
            future.exception()  # seen: those who asked may have gone away, which is not worth a warning

    def _remember(self, job: _Job, ranking: Ranking) -> None:
        """Unless it was made without an encoder that is there: the next attempt may do better."""
        if ranking.by_letters and self._encoder is not None:
            return
        known = self._known.setdefault(job[0], OrderedDict())
        known[_digest(job[1])] = ranking
        while len(known) > self._kept:
            known.popitem(last=False)


async def results(rankings: Rankings) -> list[Ranking]:
    """What `Ranker.submit` began. Who is cancelled here leaves others who wait for the same in peace.

    Raises BusyError when one of them had to wait too long after all.
    """
    if pending := [each for each in rankings if not each.done()]:
        await asyncio.wait(pending)
    return [each.result() for each in rankings]


def _digest(folded: str) -> bytes:
    return hashlib.blake2b(folded.encode(), digest_size=16).digest()


def _size(text: str) -> int:
    return len(text.encode())
