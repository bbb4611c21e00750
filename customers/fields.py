"""Fields that the archive's search reads."""

from django.db import models
from pypinyin import Style, lazy_pinyin


def romanise(text: str) -> str:
    """Return "full pinyin initials" of a name in lower case: 杭州丝绸 → "hangzhousichou hzsc"."""
    syllables = lazy_pinyin(text, style=Style.NORMAL)
    full = "".join(syllables)
    if full == text:
        return full.lower()
    return f"{full} {''.join(syllable[:1] for syllable in syllables)}".lower()


class PinyinField(models.CharField):
    """The romanised form of another field, written whenever the row is saved."""

    def __init__(self, *args, source="name", **kwargs):
        self.source = source
        kwargs.setdefault("max_length", 1200)
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["source"] = self.source
        return name, path, args, kwargs

    def pre_save(self, instance, add):
        value = romanise(getattr(instance, self.source))[: self.max_length]
        setattr(instance, self.attname, value)
        return value
