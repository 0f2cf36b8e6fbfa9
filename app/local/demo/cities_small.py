"""Demo data of the fourteen other cities."""

from __future__ import annotations

from app.local.demo.places import DemoCity, Landmark, Quarter
from app.local.demo.rooms.views import ViewKind

_Q, _L = Quarter, Landmark

_IRTYSH = _L("у набережной Иртыша", "Ертіс жағалауындағы", "by the Irtysh embankment")


def _small(slug: str, flats: int, level: float, views: tuple[ViewKind, ...], *quarters: Quarter) -> DemoCity:
    return DemoCity(slug, flats, level, views, quarters)


SMALLER_CITIES: tuple[DemoCity, ...] = (
    _small(
        "karaganda",
        6,
        0.72,
        ("city", "park"),
        _Q(
            "kazybek-bi",
            3,
            ("пр. Бухар жырау", "ул. Ерубаева"),
            (_L("у Центрального парка", "Орталық саябақ жанындағы", "by Central Park"),),
        ),
        _Q("bokeikhan", 1, ("пр. Назарбаева",)),
        _Q("yugo-vostok", 2, ("пр. Республики", "мкр. Степной-3")),
        _Q("maikuduk", 1, ("ул. Магнитогорская",)),
    ),
    _small(
        "aktobe",
        5,
        0.7,
        ("city", "park"),
        _Q(
            "astana-district",
            2,
            ("пр. Абилкайыр хана", "пр. Санкибай батыра"),
            (_L("у мечети Нур Гасыр", "Нұр Ғасыр мешіті жанындағы", "by the Nur Gasyr Mosque"),),
        ),
        _Q("almaty-district", 1, ("пр. Абая",)),
        _Q("batys-2", 2, ("мкр. Батыс-2",)),
    ),
    _small(
        "taraz",
        3,
        0.62,
        ("mountains", "park"),
        _Q(
            "centre",
            2,
            ("ул. Толе би", "пр. Жамбыла"),
            (_L("у Древнего Тараза", "Көне Тараз жанындағы", "by Ancient Taraz"),),
        ),
        _Q("karatau", 1, ("мкр. Каратау",)),
        _Q("saltanat", 1, ("мкр. Салтанат",)),
        _Q("mynbulak", 1, ("мкр. Мынбулак",)),
    ),
    _small(
        "pavlodar",
        4,
        0.66,
        ("river", "park"),
        _Q("naberezhnaya", 2, ("ул. Академика Сатпаева", "ул. Генерала Дюсенова"), (_IRTYSH,)),
        _Q("centre", 1, ("ул. Кутузова",)),
        _Q("usolskiy", 1, ("ул. Камзина",)),
        _Q("dachnyi", 1, ("ул. Ломова",)),
    ),
    _small(
        "ust-kamenogorsk",
        4,
        0.68,
        ("river", "park"),
        _Q("centre", 2, ("ул. Кайсенова", "пр. Назарбаева")),
        _Q("strelka", 1, ("наб. Славского",), (_IRTYSH,)),
        _Q("ksht", 1, ("пр. Сатпаева",)),
        _Q("zashchita", 1, ("ул. Мызы",)),
    ),
    _small(
        "semey",
        4,
        0.62,
        ("river", "park"),
        _Q(
            "centre", 2, ("ул. Абая", "пр. Шакарима"), (_L("у площади Абая", "Абай алаңы жанындағы", "by Abai Square"),)
        ),
        _Q(
            "zhana-semey",
            1,
            ("ул. Жамбыла",),
            (_L("у подвесного моста", "аспалы көпір жанындағы", "by the suspension bridge"),),
        ),
        _Q("karagaily", 1, ("мкр. Карагайлы",)),
    ),
    _small(
        "atyrau",
        5,
        0.86,
        ("river", "city"),
        _Q(
            "centre",
            2,
            ("пр. Азаттык", "ул. Сатпаева"),
            (_L("у набережной Урала", "Жайық жағалауындағы", "by the Ural embankment"),),
        ),
        _Q("nursaya", 2, ("мкр. Нурсая",)),
        _Q("avangard", 1, ("мкр. Авангард",)),
        _Q("privokzalnyi", 1, ("мкр. Привокзальный-3",)),
    ),
    _small(
        "kostanay",
        3,
        0.64,
        ("park", "river"),
        _Q(
            "centre",
            2,
            ("ул. Байтурсынова", "пр. Аль-Фараби"),
            (_L("у набережной Тобола", "Тобыл жағалауындағы", "by the Tobol embankment"),),
        ),
        _Q("ksk", 1, ("ул. Герцена",)),
        _Q("aeroport", 1, ("мкр. Аэропорт",)),
        _Q("narimanovka", 1, ("ул. Наримановская",)),
    ),
    _small(
        "kyzylorda",
        3,
        0.6,
        ("river", "city"),
        _Q("centre", 1, ("ул. Айтеке би",)),
        _Q(
            "left-bank",
            2,
            ("пр. Абая",),
            (_L("у набережной Сырдарьи", "Сырдария жағалауындағы", "by the Syr Darya embankment"),),
        ),
        _Q("akmechet", 1, ("мкр. Акмечеть",)),
        _Q("shugyla", 1, ("мкр. Шугыла",)),
    ),
    _small(
        "uralsk",
        3,
        0.66,
        ("river", "park"),
        _Q(
            "centre",
            2,
            ("пр. Назарбаева", "ул. Курмангазы"),
            (_L("у парка Кирова", "Киров саябағы жанындағы", "by Kirov Park"),),
        ),
        _Q("severo-vostok", 1, ("мкр. Северо-Восток",)),
        _Q("zachagansk", 1, ("ул. Монкеулы",)),
        _Q("stroitel", 1, ("мкр. Строитель",)),
    ),
    _small(
        "petropavlovsk",
        3,
        0.6,
        ("park", "city"),
        _Q(
            "centre",
            2,
            ("ул. Конституции Казахстана", "ул. Интернациональная"),
            (_L("у пешеходной улицы", "жаяу жүргіншілер көшесі жанындағы", "by the pedestrian street"),),
        ),
        _Q("bereke", 1, ("мкр. Береке",)),
        _Q("podgora", 1, ("ул. Токсан би",)),
        _Q("mkr-20", 1, ("20-й мкр.",)),
    ),
    _small(
        "kokshetau",
        4,
        0.66,
        ("park", "river"),
        _Q("centre", 2, ("ул. Ауельбекова", "ул. Абая"), (_L("у озера Копа", "Қопа көлі жанындағы", "by Lake Kopa"),)),
        _Q("vasilkovskiy", 1, ("мкр. Васильковский",)),
        _Q("borovskoy", 1, ("мкр. Боровской",)),
        _Q("koktem", 1, ("мкр. Коктем",)),
    ),
    _small(
        "aktau",
        6,
        0.84,
        ("sea", "city"),
        _Q(
            "mkr-4", 2, ("4-й мкр.",), (_L("у набережной Каспия", "Каспий жағалауындағы", "by the Caspian embankment"),)
        ),
        _Q("mkr-7", 2, ("7-й мкр.",), (_L("с видом на море", "теңіз көрінетін", "with a sea view"),)),
        _Q("mkr-14", 1, ("14-й мкр.",), (_L("с видом на море", "теңіз көрінетін", "with a sea view"),)),
        _Q("mkr-17", 1, ("17-й мкр.",)),
    ),
    _small(
        "turkistan",
        5,
        0.7,
        ("park", "city"),
        _Q(
            "yasawi",
            2,
            ("пр. Саттарханова", "ул. Тауке хана"),
            (_L("у мавзолея Ясави", "Ясауи кесенесі жанындағы", "by the Yasawi Mausoleum"),),
        ),
        _Q(
            "new-centre",
            2,
            ("пр. Бекзата Саттарханова", "ул. Байбурта"),
            (_L("рядом с Керуен-Сараем", "Керуен-Сарай жанындағы", "near Keruen-Saray"),),
        ),
        _Q("yassy", 1, ("мкр. Яссы",)),
    ),
)
