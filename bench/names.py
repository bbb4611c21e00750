"""Chinese names by the thousand: companies of two to eight characters, romanised as the archive does it."""

import random
from collections.abc import Iterator

from customers.fields import romanise


def pairs(text: str) -> list[str]:
    """Cut a text into words of two characters."""
    return [text[n : n + 2] for n in range(0, len(text), 2)]


PLACES = pairs(
    "杭州宁波温州绍兴嘉兴湖州金华台州苏州无锡常州南京南通扬州徐州上海北京天津广州深圳东莞佛山中山"
    "珠海厦门福州泉州青岛济南烟台武汉长沙成都重庆西安郑州合肥南昌昆明贵阳沈阳大连长春义乌昆山"
)
TRADES = pairs(
    "丝绸纺织服饰针织印染贸易商贸机械机电五金电子电器照明光电仪器仪表模具轴承阀门水泵塑料橡胶化工涂料"
    "包装印刷纸业家具木业建材陶瓷玻璃钢铁铝业食品茶业粮油酒业医药器械物流科技软件网络广告文化环保能源"
)
FORMS = pairs("公司集团商行工厂企业中心")
FIRST = "恒永华瑞金德福兴盛隆鑫天宏泰万东新长嘉安海联中信诚利远大顺和光明亚美佳伟创博凯正"
SECOND = "通达源丰昌盛泰和兴发隆顺利成业安康宇辉明峰龙腾飞翔润泽祥瑞鼎创信诚远博杰凯晨阳"
# Parts of a name and how often they come together: a brand, a place, a trade, a form.
PATTERNS = {"b": 3, "pt": 5, "pb": 9, "bt": 25, "pbt": 42, "pbtf": 16}


def companies(number: int, *, seed: int = 1877) -> Iterator[tuple[str, str]]:
    """Yield `number` company names with their pinyin; the same ones for the same seed."""
    draw = random.Random(seed)
    for pattern in draw.choices(list(PATTERNS), list(PATTERNS.values()), k=number):
        name = "".join(_part(kind, draw) for kind in pattern)
        yield name, romanise(name)


def _part(kind, draw):
    if kind == "b":
        return draw.choice(FIRST) + draw.choice(SECOND)
    return draw.choice({"p": PLACES, "t": TRADES, "f": FORMS}[kind])
