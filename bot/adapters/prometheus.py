"""What happens inside, as Prometheus reads it. Each instance has a registry of its own; nothing is global."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bot.core.errors import StoreError
from bot.core.ports import Stage

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_TEXTS = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Gauges:
    """What is looked up when Prometheus asks.

    Args:
        version: Of the knowledge base that answers now.
        now: Numbers at hand, under the names of `NUMBERS`.
        stored: Numbers that the store has to be asked for; one that fails is left out.
    """

    version: Callable[[], str]
    now: Mapping[str, Callable[[], float]]
    stored: Mapping[str, Callable[[], Awaitable[float]]]


NUMBERS = {
    "bot_questions_in_work": "Questions in the making.",
    "bot_texts_waiting": "Texts that wait for the encoder or are with it.",
    "bot_tasks": "Tasks of the event loop; they grow with the questions in work, and fall with them.",
    "bot_outbox_due": "Announcement copies that are due or have to be corrected, and wait to be sent.",
    "bot_discord_latency_seconds": "Between a heartbeat to Discord's gateway and its acknowledgement.",
    "bot_discord_connected": "1 while a session with Discord's gateway stands.",
}


class PrometheusObserver:
    """Implements `bot.core.ports.Observer`."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._questions = Counter(
            "bot_questions", "Questions that had a reply.", ("outcome", "language", "platform"), registry=registry
        )
        self._seconds = Histogram(
            "bot_question_seconds", "From question to reply.", ("platform",), buckets=_SECONDS, registry=registry
        )
        self._stages = Histogram(
            "bot_stage_seconds", "Time in each stage of a question.", ("stage",), buckets=_SECONDS, registry=registry
        )
        self._shed = Counter(
            "bot_questions_shed", "Questions declined because there were too many.", ("platform",), registry=registry
        )
        self._texts = Histogram("bot_batch_texts", "Texts encoded in one call.", buckets=_TEXTS, registry=registry)
        self._batches = Histogram(
            "bot_batch_seconds", "Time of one call of the encoder.", buckets=_SECONDS, registry=registry
        )
        self._remembered = Counter(
            "bot_texts_remembered", "Texts that did not have to be encoded again.", registry=registry
        )
        self._store_errors = Counter("bot_store_errors", "State that could not be read or written.", registry=registry)
        self._requests = Histogram(
            "bot_request_seconds",
            "Requests to other services, with the status they were answered with; 0 for none, 429 for a rate limit.",
            ("service", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        for stage in Stage:  # known from the start: a rate needs the zero before the first
            self._stages.labels(stage.value)
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)

    def answered(self, *, outcome: str, locale: str, platform: str, seconds: float) -> None:
        self._questions.labels(outcome, locale, platform).inc()
        self._seconds.labels(platform).observe(seconds)

    def shed(self, platform: str) -> None:
        self._shed.labels(platform).inc()

    def took(self, stage: Stage, seconds: float) -> None:
        self._stages.labels(stage.value).observe(seconds)

    def ranked(self, *, texts: int, seconds: float) -> None:
        self._texts.observe(texts)
        self._batches.observe(seconds)

    def remembered(self) -> None:
        self._remembered.inc()

    def store_failed(self) -> None:
        self._store_errors.inc()

    def requested(self, service: str, status: int, seconds: float) -> None:
        self._requests.labels(service, str(status)).observe(seconds)

    async def exposition(self, gauges: Gauges) -> bytes:
        """Everything, as `CONTENT_TYPE` says."""
        numbers = {name: number() for name, number in gauges.now.items()}
        for name, stored in gauges.stored.items():
            try:
                numbers[name] = await stored()
            except StoreError:
                self.store_failed()
        moment = _Moment(gauges.version(), numbers)
        return generate_latest(self._registry) + generate_latest(moment)


class _Moment(CollectorRegistry):
    """The gauges of one scrape, which is all that they are good for."""

    def __init__(self, version: str, numbers: Mapping[str, float]) -> None:
        super().__init__()
        self.register(_Read(version, numbers))


class _Read(Collector):
    def __init__(self, version: str, numbers: Mapping[str, float]) -> None:
        self._version = version
        self._numbers = numbers

    def collect(self) -> Iterable[Metric]:
        return self._collect()

    def _collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("bot_knowledge", "The knowledge base that answers now.", {"version": self._version})
        for name, number in self._numbers.items():
            yield GaugeMetricFamily(name, NUMBERS[name], number)
