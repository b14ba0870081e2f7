"""How people really type: the same question with errors, in capitals, wrapped in politeness, after a quotation ...

Pure; the same seed gives the same text. A "letter" is a grapheme cluster, so that no script is cut inside a letter.
"""

from collections.abc import Callable, Mapping
from random import Random

import regex

from bot.core.text import graphemes, strip_marks

TYPING_ERRORS = 0.08  # share of letters hit
_LETTER = regex.compile(r"\p{L}")
_TONE_MARKS = regex.compile("[\u0e48-\u0e4c\u0ec8-\u0ecd\u17c9-\u17d1\u1037\u1038\u0bcd]")  # th lo km my ta
_QUOTED = 1_000  # characters
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# Words that people mix in English, by language: what a Malay or a Thai official says in the middle of a sentence.
_ENGLISH: Mapping[str, Mapping[str, str]] = {
    "id": {"pertemuan": "meeting", "kota": "city", "kapan": "when", "tema": "theme", "anggaran": "budget"},
    "ms": {"mesyuarat": "meeting", "bandar": "city", "bila": "when", "tema": "theme", "peruntukan": "budget"},
    "th": {"ประชุม": " meeting ", "เมือง": " city ", "หัวข้อ": " theme ", "งบประมาณ": " budget ", "เจ้าภาพ": " host "},
    "vi": {"hội nghị": "meeting", "thành phố": "city", "chủ đề": "theme", "ngân sách": "budget", "khi nào": "when"},
    "fil": {"pulong": "meeting", "lungsod": "city", "kailan": "when", "tema": "theme", "badyet": "budget"},
    "km": {"កិច្ចប្រជុំ": " meeting ", "ទីក្រុង": " city ", "ប្រធានបទ": " theme ", "ថវិកា": " budget "},
    "lo": {"ກອງປະຊຸມ": " meeting ", "ເມືອງ": " city ", "ຫົວຂໍ້": " theme ", "ງົບປະມານ": " budget "},
    "my": {"အစည်းအဝေး": " meeting ", "မြို့": " city ", "ခေါင်းစဉ်": " theme ", "ဘတ်ဂျက်": " budget "},
    "ta": {"கூட்டம்": "meeting", "நகரம்": "city", "எப்போது": "when", "கருப்பொருள்": "theme", "நிதி": "budget"},
    "zh": {"会议": "meeting", "城市": "city", "主题": "theme", "预算": "budget", "什么时候": "when"},
    "pt": {"reunião": "meeting", "cidade": "city", "quando": "when", "tema": "theme", "orçamento": "budget"},
    "ja": {"会合": "ミーティング", "都市": "シティ", "テーマ": "theme", "予算": "budget", "いつ": "when"},
    "en": {"meeting": "会合", "city": "kota", "theme": "tema"},
}
_BEFORE: Mapping[str, str] = {
    "en": "Good morning, excuse me for troubling you, could you kindly tell me: ",
    "id": "Selamat pagi, mohon maaf mengganggu, bolehkah saya bertanya, ",
    "ms": "Selamat pagi, maaf mengganggu, boleh saya bertanya, ",
    "th": "สวัสดีครับ ขอโทษที่รบกวน ขอเรียนถามหน่อยครับว่า ",
    "vi": "Chào buổi sáng, xin lỗi đã làm phiền, cho tôi hỏi một chút: ",
    "fil": "Magandang umaga po, pasensya na po sa abala, maaari po bang magtanong: ",
    "km": "អរុណសួស្តី សូមអភ័យទោសដែលរំខាន ខ្ញុំសូមសួរបន្តិច៖ ",
    "lo": "ສະບາຍດີຕອນເຊົ້າ ຂໍໂທດທີ່ລົບກວນ ຂໍຖາມແດ່ວ່າ ",
    "my": "မင်္ဂလာပါ၊ အနှောင့်အယှက်ပေးမိတာ တောင်းပန်ပါတယ်၊ မေးပါရစေ - ",
    "ta": "காலை வணக்கம், தொந்தரவுக்கு மன்னிக்கவும், ஒரு கேள்வி: ",
    "zh": "早上好，不好意思打扰一下，想请教一个问题：",
    "pt": "Bom dia, desculpe o incómodo, poderia dizer-me, por favor: ",
    "ja": "おはようございます。お忙しいところ恐れ入りますが、教えていただけますでしょうか。",
}
_AFTER: Mapping[str, str] = {
    "en": " Thank you very much in advance.",
    "id": " Terima kasih banyak sebelumnya.",
    "ms": " Terima kasih banyak-banyak.",
    "th": " ขอบคุณมากครับ",
    "vi": " Xin cảm ơn rất nhiều.",
    "fil": " Maraming salamat po.",
    "km": " សូមអរគុណច្រើន។",
    "lo": " ຂອບໃຈຫຼາຍໆ",
    "my": " ကျေးဇူးအများကြီးတင်ပါတယ်။",
    "ta": " மிக்க நன்றி.",
    "zh": " 非常感谢！",
    "pt": " Muito obrigado.",
    "ja": " どうぞよろしくお願いいたします。",
}
_HELLO: Mapping[str, str] = {
    "en": "Hello everyone! ",
    "id": "Halo semuanya! ",
    "ms": "Hai semua! ",
    "th": "สวัสดีทุกคน! ",
    "vi": "Chào mọi người! ",
    "fil": "Kumusta kayong lahat! ",
    "km": "សួស្តីអ្នកទាំងអស់គ្នា! ",
    "lo": "ສະບາຍດີທຸກຄົນ! ",
    "my": "အားလုံးမင်္ဂလာပါ! ",
    "ta": "அனைவருக்கும் வணக்கம்! ",
    "zh": "大家好！",
    "pt": "Olá a todos! ",
    "ja": "皆さん、こんにちは！",
}

Perturbation = Callable[[str, str, Random], str]


def typing_errors(text: str, locale: str, dice: Random) -> str:
    """8 % of the letters: doubled, left out, changed with their neighbour, or another letter of the text in place."""
    clusters = graphemes(text)
    hit = [place for place, cluster in enumerate(clusters) if _LETTER.match(cluster)]
    for place in dice.sample(hit, min(len(hit), max(1, round(TYPING_ERRORS * len(hit))))):
        _mistype(clusters, place, clusters[dice.choice(hit)], dice)
    return "".join(clusters)


def dropped_marks(text: str, locale: str, dice: Random) -> str:
    """Latin without diacritics; tone marks and the like of other scripts left out."""
    return _TONE_MARKS.sub("", strip_marks(text))


def shifted_keys(text: str, locale: str, dice: Random) -> str:
    """One word typed with the hand a key too far right (Latin), or a letter of it taken from the next code point, where
    the neighbouring key of most layouts of that script is: a slip on the keyboard.
    """
    found = list(regex.finditer(r"[\p{L}\p{M}]{3,}", text))
    if not found:
        return text
    word = dice.choice(found)
    shifted = "".join(map(_next_key, word.group()[:6])) + word.group()[6:]
    return text[: word.start()] + shifted + text[word.end() :]


def code_switched(text: str, locale: str, dice: Random) -> str:
    """A word or two in English, as officials mix it (in English: a word of a neighbour)."""
    for own, foreign in _ENGLISH[locale].items():
        text = regex.sub(regex.escape(own), foreign, text, flags=regex.IGNORECASE)
    return text


def capitals(text: str, locale: str, dice: Random) -> str:
    return text.upper()


def other_spacing(text: str, locale: str, dice: Random) -> str:
    """No spaces where the language has them, and spaces between letters where it has none."""
    if locale in ("th", "lo", "km", "my", "zh", "ja"):
        clusters = graphemes(text)
        return " ".join("".join(clusters[start : start + 4]) for start in range(0, len(clusters), 4))
    return text.replace(" ", "")


def politeness(text: str, locale: str, dice: Random) -> str:
    return f"{_BEFORE[locale]}{text}{_AFTER[locale]}"


def greeting(text: str, locale: str, dice: Random) -> str:
    return f"{_HELLO[locale]}{text}"


def emoji(text: str, locale: str, dice: Random) -> str:
    return f"🙏🏽😊 {text} 🇯🇵👨‍👩‍👧‍👦🔥"


PERTURBATIONS: Mapping[str, Perturbation] = {
    "typing errors": typing_errors,
    "dropped marks": dropped_marks,
    "keyboard slip": shifted_keys,
    "code switching": code_switched,
    "capitals": capitals,
    "spacing": other_spacing,
    "politeness": politeness,
    "greeting": greeting,
    "emoji": emoji,
}


def quoted(text: str, pasted: str) -> str:
    """The question after 1,000 characters that somebody pasted, in quotation marks."""
    return f"“{(pasted * (_QUOTED // len(pasted) + 1))[:_QUOTED]}”\n{text}"


def _mistype(clusters: list[str], place: int, other: str, dice: Random) -> None:
    match dice.randrange(4):
        case 0:
            clusters[place] *= 2
        case 1:
            clusters[place] = ""
        case 2 if place + 1 < len(clusters):
            clusters[place], clusters[place + 1] = clusters[place + 1], clusters[place]
        case _:
            clusters[place] = other


def _next_key(letter: str) -> str:
    for row in _ROWS:
        if letter.lower() in row:
            return row[(row.index(letter.lower()) + 1) % len(row)]
    return letter if letter.isascii() or not _LETTER.match(letter) else chr(ord(letter) + 1)
