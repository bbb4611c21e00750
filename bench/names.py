"""Chinese names by the thousand: companies of two to eight characters, romanised as the archive does it."""

import random
from collections.abc import Iterator

from customers.fields import romanise

PLACES = (
    "杭州 宁波 温州 绍兴 嘉兴 湖州 金华 台州 苏州 无锡 常州 南京 南通 扬州 徐州 上海 北京 天津 广州 深圳 东莞 佛山 中山 珠海 "
    "厦门 福州 泉州 青岛 济南 烟台 武汉 长沙 成都 重庆 西安 郑州 合肥 南昌 昆明 贵阳 沈阳 大连 长春 哈尔滨 义乌 昆山"
).split()
TRADES = (
    "丝绸 纺织 服饰 针织 印染 贸易 商贸 机械 机电 五金 电子 电器 照明 光电 仪器 仪表 模具 轴承 阀门 水泵 塑料 橡胶 化工 涂料 "
    "包装 印刷 纸业 家具 木业 建材 陶瓷 玻璃 钢铁 铝业 食品 茶业 粮油 酒业 医药 器械 物流 科技 软件 网络 广告 文化 环保 能源"
).split()
FORMS = "公司 集团 商行 工厂 企业 中心".split()
FIRST = "恒永华瑞金德福兴盛隆鑫天宏泰万东新长嘉安海联中信诚利远大顺和光明亚美佳伟创博凯正"
SECOND = "通达源丰昌盛泰和兴发隆顺利成业安康宇辉明峰龙腾飞翔润泽祥瑞鼎创信诚远博杰凯晨阳"
# Parts of a name and how often they come together.
PATTERNS = {"b": 3, "pt": 5, "pb": 9, "bt": 25, "pbt": 42, "pbtf": 16}
LONGEST = 8


def companies(number: int, *, seed: int = 1877) -> Iterator[tuple[str, str]]:
    """Yield `number` company names with their pinyin; the same ones for the same seed."""
    draw = random.Random(seed)
    patterns = draw.choices(list(PATTERNS), list(PATTERNS.values()), k=number)
    for pattern in patterns:
        name = "".join(_part(kind, draw) for kind in pattern)[:LONGEST]
        yield name, romanise(name)


def _part(kind, draw):
    if kind == "b":
        return draw.choice(FIRST) + draw.choice(SECOND)
    return draw.choice({"p": PLACES, "t": TRADES, "f": FORMS}[kind])
