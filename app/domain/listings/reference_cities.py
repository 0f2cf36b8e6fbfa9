"""The 17 cities of the product and their districts: reference data, the same in every installation.

Names come in the three languages of the product. `in_*` is the phrase that follows «Квартиры посуточно»:
«в Алматы», «Алматыда», “in Almaty” (Russian prepositional, Kazakh locative), which no rule derives
from the name. Coordinates are degrees (WGS 84): a city's centre as in the domain rules, and a point inside
each district that is good enough to centre a map on it. Where a city has no administrative districts its
well-known neighbourhoods stand in for them. The order is the order of the lists on the portal.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReferenceDistrict:
    """A district or a well-known neighbourhood; `slug` is unique within its city."""

    slug: str
    name_ru: str
    name_kk: str
    name_en: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class ReferenceCity:
    """A city with its names, the phrase «in the city» in each language, its centre and its districts."""

    slug: str
    name_ru: str
    name_kk: str
    name_en: str
    in_ru: str
    in_kk: str
    in_en: str
    latitude: float
    longitude: float
    districts: tuple[ReferenceDistrict, ...]


_D = ReferenceDistrict

ALMATY = ReferenceCity(
    *("almaty", "Алматы", "Алматы", "Almaty"),
    *("в Алматы", "Алматыда", "in Almaty"),
    *(43.24, 76.89),
    districts=(
        _D("almaly", "Алмалинский район", "Алмалы ауданы", "Almaly District", 43.2500, 76.9230),
        _D("bostandyk", "Бостандыкский район", "Бостандық ауданы", "Bostandyk District", 43.2190, 76.9120),
        _D("medeu", "Медеуский район", "Медеу ауданы", "Medeu District", 43.2410, 76.9590),
        _D("auezov", "Ауэзовский район", "Әуезов ауданы", "Auezov District", 43.2270, 76.8500),
        _D("alatau", "Алатауский район", "Алатау ауданы", "Alatau District", 43.2810, 76.8330),
        _D("zhetysu", "Жетысуский район", "Жетісу ауданы", "Zhetysu District", 43.2950, 76.9270),
        _D("nauryzbai", "Наурызбайский район", "Наурызбай ауданы", "Nauryzbai District", 43.2010, 76.7990),
        _D("turksib", "Турксибский район", "Түрксіб ауданы", "Turksib District", 43.3330, 76.9620),
    ),
)
ASTANA = ReferenceCity(
    *("astana", "Астана", "Астана", "Astana"),
    *("в Астане", "Астанада", "in Astana"),
    *(51.17, 71.45),
    districts=(
        _D("esil", "район Есиль", "Есіл ауданы", "Yesil District", 51.1260, 71.4290),
        _D("nura", "район Нура", "Нұра ауданы", "Nura District", 51.1180, 71.3960),
        _D("saryarka", "район Сарыарка", "Сарыарқа ауданы", "Saryarka District", 51.1790, 71.4030),
        _D("baikonur", "район Байконур", "Байқоңыр ауданы", "Baikonur District", 51.1830, 71.4680),
        _D("almaty-district", "район Алматы", "Алматы ауданы", "Almaty District", 51.1590, 71.4880),
        _D("saraishyk", "район Сарайшык", "Сарайшық ауданы", "Saraishyk District", 51.1330, 71.4790),
    ),
)
SHYMKENT = ReferenceCity(
    *("shymkent", "Шымкент", "Шымкент", "Shymkent"),
    *("в Шымкенте", "Шымкентте", "in Shymkent"),
    *(42.34, 69.59),
    districts=(
        _D("abai", "Абайский район", "Абай ауданы", "Abai District", 42.3060, 69.5640),
        _D("al-farabi", "Аль-Фарабийский район", "Әл-Фараби ауданы", "Al-Farabi District", 42.3180, 69.5960),
        _D("enbekshi", "Енбекшинский район", "Еңбекші ауданы", "Enbekshi District", 42.3310, 69.6420),
        _D("karatau", "Каратауский район", "Қаратау ауданы", "Karatau District", 42.3690, 69.6200),
        _D("turan", "район Туран", "Тұран ауданы", "Turan District", 42.3560, 69.5520),
    ),
)
KARAGANDA = ReferenceCity(
    *("karaganda", "Караганда", "Қарағанды", "Karaganda"),
    *("в Караганде", "Қарағандыда", "in Karaganda"),
    *(49.80, 73.10),
    districts=(
        _D("kazybek-bi", "район Казыбек би", "Қазыбек би ауданы", "Kazybek Bi District", 49.8060, 73.0870),
        _D("bokeikhan", "район Бокейхана", "Бөкейхан ауданы", "Bokeikhan District", 49.8870, 73.1640),
        _D("yugo-vostok", "Юго-Восток", "Оңтүстік-Шығыс", "Yugo-Vostok", 49.7710, 73.1390),
        _D("maikuduk", "Майкудук", "Майқұдық", "Maikuduk", 49.8880, 73.1900),
    ),
)
AKTOBE = ReferenceCity(
    *("aktobe", "Актобе", "Ақтөбе", "Aktobe"),
    *("в Актобе", "Ақтөбеде", "in Aktobe"),
    *(50.28, 57.17),
    districts=(
        _D("astana-district", "район Астана", "Астана ауданы", "Astana District", 50.2860, 57.1500),
        _D("almaty-district", "район Алматы", "Алматы ауданы", "Almaty District", 50.2900, 57.2180),
        _D("batys-2", "Батыс-2", "Батыс-2", "Batys-2", 50.2990, 57.1010),
    ),
)
TARAZ = ReferenceCity(
    *("taraz", "Тараз", "Тараз", "Taraz"),
    *("в Таразе", "Таразда", "in Taraz"),
    *(42.90, 71.37),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 42.8990, 71.3660),
        _D("karatau", "микрорайон Каратау", "Қаратау шағын ауданы", "Karatau", 42.8740, 71.3960),
        _D("mynbulak", "микрорайон Мынбулак", "Мыңбұлақ шағын ауданы", "Mynbulak", 42.8860, 71.3390),
        _D("saltanat", "микрорайон Салтанат", "Салтанат шағын ауданы", "Saltanat", 42.8710, 71.3740),
    ),
)
PAVLODAR = ReferenceCity(
    *("pavlodar", "Павлодар", "Павлодар", "Pavlodar"),
    *("в Павлодаре", "Павлодарда", "in Pavlodar"),
    *(52.29, 76.97),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 52.2870, 76.9550),
        _D("naberezhnaya", "Набережная Иртыша", "Ертіс жағалауы", "Irtysh Embankment", 52.2900, 76.9400),
        _D("usolskiy", "Усольский микрорайон", "Усолка шағын ауданы", "Usolka", 52.2520, 76.9450),
        _D("dachnyi", "микрорайон Дачный", "Дачный шағын ауданы", "Dachny", 52.2610, 76.9850),
    ),
)
OSKEMEN = ReferenceCity(
    *("ust-kamenogorsk", "Усть-Каменогорск", "Өскемен", "Oskemen"),
    *("в Усть-Каменогорске", "Өскеменде", "in Oskemen"),
    *(49.95, 82.63),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 49.9500, 82.6150),
        _D("strelka", "Стрелка", "Стрелка", "Strelka", 49.9420, 82.5960),
        _D("ksht", "КШТ", "КШТ", "KShT", 49.9030, 82.6190),
        _D("zashchita", "Защита", "Защита", "Zashchita", 49.9850, 82.5650),
    ),
)
SEMEY = ReferenceCity(
    *("semey", "Семей", "Семей", "Semey"),
    *("в Семее", "Семейде", "in Semey"),
    *(50.41, 80.23),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 50.4130, 80.2500),
        _D("zhana-semey", "Жана-Семей", "Жаңа Семей", "Zhana Semey", 50.3920, 80.2460),
        _D("karagaily", "микрорайон Карагайлы", "Қарағайлы шағын ауданы", "Karagaily", 50.4350, 80.2280),
    ),
)
ATYRAU = ReferenceCity(
    *("atyrau", "Атырау", "Атырау", "Atyrau"),
    *("в Атырау", "Атырауда", "in Atyrau"),
    *(47.09, 51.92),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 47.1060, 51.9210),
        _D("nursaya", "микрорайон Нурсая", "Нұрсая шағын ауданы", "Nursaya", 47.0900, 51.8710),
        _D("avangard", "микрорайон Авангард", "Авангард шағын ауданы", "Avangard", 47.1010, 51.9020),
        _D("privokzalnyi", "Привокзальный", "Вокзал маңы", "Station area", 47.1170, 51.9580),
    ),
)
KOSTANAY = ReferenceCity(
    *("kostanay", "Костанай", "Қостанай", "Kostanay"),
    *("в Костанае", "Қостанайда", "in Kostanay"),
    *(53.21, 63.63),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 53.2140, 63.6320),
        _D("ksk", "КСК", "КСК", "KSK", 53.1940, 63.6060),
        _D("narimanovka", "Наримановка", "Наримановка", "Narimanovka", 53.2310, 63.6660),
        _D("aeroport", "микрорайон Аэропорт", "Әуежай шағын ауданы", "Airport", 53.2000, 63.5740),
    ),
)
KYZYLORDA = ReferenceCity(
    *("kyzylorda", "Кызылорда", "Қызылорда", "Kyzylorda"),
    *("в Кызылорде", "Қызылордада", "in Kyzylorda"),
    *(44.85, 65.48),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 44.8420, 65.5020),
        _D("left-bank", "Левый берег", "Сол жағалау", "Left Bank", 44.8200, 65.4960),
        _D("akmechet", "микрорайон Акмечеть", "Ақмешіт шағын ауданы", "Akmeshit", 44.8330, 65.5270),
        _D("shugyla", "микрорайон Шугыла", "Шұғыла шағын ауданы", "Shugyla", 44.8560, 65.5420),
    ),
)
URALSK = ReferenceCity(
    *("uralsk", "Уральск", "Орал", "Uralsk"),
    *("в Уральске", "Оралда", "in Uralsk"),
    *(51.20, 51.37),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 51.2060, 51.3700),
        _D("severo-vostok", "Северо-Восток", "Солтүстік-Шығыс", "Severo-Vostok", 51.2450, 51.4210),
        _D("zachagansk", "Зачаганск", "Зашаған", "Zashagan", 51.1960, 51.3240),
        _D("stroitel", "микрорайон Строитель", "Құрылысшы шағын ауданы", "Stroitel", 51.2330, 51.4060),
    ),
)
PETROPAVL = ReferenceCity(
    *("petropavlovsk", "Петропавловск", "Петропавл", "Petropavl"),
    *("в Петропавловске", "Петропавлда", "in Petropavl"),
    *(54.87, 69.16),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 54.8730, 69.1430),
        _D("bereke", "микрорайон Береке", "Береке шағын ауданы", "Bereke", 54.8480, 69.1310),
        _D("podgora", "Подгора", "Тау бөктері", "Podgora", 54.8840, 69.1120),
        _D("mkr-20", "20-й микрорайон", "20-шағын аудан", "Microdistrict 20", 54.8920, 69.1670),
    ),
)
KOKSHETAU = ReferenceCity(
    *("kokshetau", "Кокшетау", "Көкшетау", "Kokshetau"),
    *("в Кокшетау", "Көкшетауда", "in Kokshetau"),
    *(53.28, 69.40),
    districts=(
        _D("centre", "Центр", "Орталық", "City centre", 53.2840, 69.3870),
        _D("vasilkovskiy", "Васильковский микрорайон", "Васильков шағын ауданы", "Vasilkovsky", 53.2990, 69.3480),
        _D("borovskoy", "Боровской микрорайон", "Бурабай шағын ауданы", "Borovskoy", 53.2750, 69.4200),
        _D("koktem", "микрорайон Коктем", "Көктем шағын ауданы", "Koktem", 53.3050, 69.3940),
    ),
)
AKTAU = ReferenceCity(
    *("aktau", "Актау", "Ақтау", "Aktau"),
    *("в Актау", "Ақтауда", "in Aktau"),
    *(43.64, 51.20),
    districts=(
        _D("mkr-4", "4-й микрорайон", "4-шағын аудан", "Microdistrict 4", 43.6390, 51.1640),
        _D("mkr-7", "7-й микрорайон", "7-шағын аудан", "Microdistrict 7", 43.6490, 51.1510),
        _D("mkr-14", "14-й микрорайон", "14-шағын аудан", "Microdistrict 14", 43.6650, 51.1420),
        _D("mkr-17", "17-й микрорайон", "17-шағын аудан", "Microdistrict 17", 43.6760, 51.1520),
    ),
)
TURKISTAN = ReferenceCity(
    *("turkistan", "Туркестан", "Түркістан", "Turkistan"),
    *("в Туркестане", "Түркістанда", "in Turkistan"),
    *(43.30, 68.27),
    districts=(
        _D("yasawi", "у мавзолея Ясави", "Ясауи кесенесі маңы", "Yasawi Mausoleum area", 43.2970, 68.2740),
        _D("new-centre", "Новый центр", "Жаңа орталық", "New centre", 43.3130, 68.2920),
        _D("yassy", "микрорайон Яссы", "Яссы шағын ауданы", "Yassy", 43.2890, 68.2430),
    ),
)

CITIES: tuple[ReferenceCity, ...] = (
    *(ALMATY, ASTANA, SHYMKENT, KARAGANDA, AKTOBE, TARAZ, PAVLODAR, OSKEMEN, SEMEY),
    *(ATYRAU, KOSTANAY, KYZYLORDA, URALSK, PETROPAVL, KOKSHETAU, AKTAU, TURKISTAN),
)
