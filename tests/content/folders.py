"""A small knowledge base of our own to break, and helpers to read what is said about it."""

from pathlib import Path

from bot.core.errors import Problem

SOURCES = """\
sources:
  - id: meti
    title: "Release"
    publisher: "METI"
    url: "https://www.meti.go.jp/x.html"
    published: "2024-10-31"
"""
NAMES = """\
names:
  tokyo: {en: "Tokyo", ja: "東京", th: "โตเกียว"}
"""
CITIES = """\
countries:
  TH: ["เมืองไทย", "タイ王国"]
cities:
  - id: phuket
    name: "Phuket"
    country: "TH"
    joined: "2018"
    names: {th: "ภูเก็ต"}
    aliases: ["Puket"]
    sources: [meti]
"""
MEETING = """\
topic: meeting
title: "The meeting"
entries:
  - id: meeting.dates
    question: "When was it?"
    answer: "It was held on {period}."
    facts:
      period: {date_range: ["2024-10-29", "2024-10-30"]}
    answers: [meeting.dates]
    sources: [meti]
    as_of: "2024-10-31"
    confidence: primary
    related: [meeting.venue]
  - id: meeting.venue
    question: "Where was it?"
    answer: "It was held in {city}."
    facts:
      city: {place: "tokyo"}
    answers: [meeting.venue]
    sources: [meti]
    as_of: "2024-10"
    confidence: secondary
  - id: city.membership
    question: "Is {city} a member?"
    answer: "{city}, {country}, joined in {joined}."
    answers: [ascn.cities]
    sources: []
    as_of: "2024"
    confidence: primary
    slot: city
    fallback: meeting.venue
position: "1"
"""
PHRASINGS = {
    "en": {
        "meeting.dates": ["When did it happen?", "which days", "date of the event", "what day was it"],
        "meeting.venue": ["Where did it happen?", "which place", "venue please", "in what town"],
        "city.membership": ["is {city} in it", "did {city} join", "{city} member?", "has {city} joined"],
    },
    "th": {
        "meeting.dates": ["จัดวันไหน", "เมื่อไหร่", "วันที่เท่าไร", "ประชุมวันอะไร"],
        "meeting.venue": ["จัดที่ไหน", "สถานที่อยู่ไหน", "ที่ใด", "ประชุมตรงไหน"],
        "city.membership": ["{city} เป็นสมาชิกไหม", "{city} เข้าร่วมหรือยัง", "{city} อยู่ในเครือข่ายไหม", "{city} ล่ะ"],
    },
}
NEGATIVES = {
    "en": {"far.weather": ["will it rain", "is it sunny", "how hot is it", "any storm coming"]},
    "th": {"far.weather": ["ฝนจะตกไหม", "ร้อนไหม", "พายุเข้าไหม", "อากาศดีไหม"]},
}


def make_knowledge(folder: Path) -> Path:
    """A faultless knowledge base in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"sources": SOURCES, "names": NAMES, "cities": CITIES, "meeting": MEETING}
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    for kind, by_locale in (("phrasings", PHRASINGS), ("negatives", NEGATIVES)):
        for locale, by_label in by_locale.items():
            lines = [f"{kind}:"]
            for label, texts in by_label.items():
                lines += [f"  {label}:", *(f'    - "{text}"' for text in texts)]
            path = folder / kind / f"{locale}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    samples = folder / "language_samples"
    samples.mkdir(exist_ok=True)
    (samples / "en.txt").write_text("how are you\nwhat a day\n", encoding="utf-8")
    (samples / "th.txt").write_text("สบายดีไหม\nวันนี้ดีจัง\n", encoding="utf-8")
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(problems: list[Problem]) -> list[str]:
    """Problems as a person reads them, with file names only."""
    return [str(problem).replace(str(Path(problem.path).parent) + "/", "") for problem in problems]
