"""Demo data of Almaty, Astana and Shymkent."""

from __future__ import annotations

from app.local.demo.places import DemoCity, Landmark, Quarter

_Q, _L = Quarter, Landmark

_METRO_ABAI = _L("рядом с метро «Абай»", "«Абай» метро станциясы жанындағы", "near Abay metro")
_METRO_ALMALY = _L("рядом с метро «Алмалы»", "«Алмалы» метро станциясы жанындағы", "near Almaly metro")
_METRO_BAIKONUR = _L("рядом с метро «Байконур»", "«Байқоңыр» метро станциясы жанындағы", "near Baikonur metro")
_METRO_SARYARKA = _L("рядом с метро «Сарыарка»", "«Сарыарқа» метро станциясы жанындағы", "near Saryarka metro")
_METRO_MOSKVA = _L("рядом с метро «Москва»", "«Мәскеу» метро станциясы жанындағы", "near Moskva metro")
_MOUNTAINS = _L("с видом на горы", "таулар көрінетін", "with a mountain view")
_EMBANKMENT_ESIL = _L("у набережной Есиля", "Есіл жағалауындағы", "by the Yesil embankment")
ALMATY = DemoCity(
    "almaty",
    72,
    1.0,
    ("mountains", "park", "city"),
    (
        _Q(
            "almaly",
            14,
            ("пр. Абая", "ул. Толе би", "ул. Кабанбай батыра", "ул. Жамбыла", "ул. Богенбай батыра", "ул. Шевченко"),
            (
                _METRO_ABAI,
                _METRO_ALMALY,
                _L("у парка Панфилова", "Панфилов саябағы жанындағы", "by Panfilov Park"),
                _L("у Арбата", "Арбат жанындағы", "by the Arbat"),
            ),
        ),
        _Q(
            "bostandyk",
            20,
            ("ул. Тимирязева", "пр. Аль-Фараби", "ул. Розыбакиева", "ул. Сатпаева", "ул. Ходжанова", "ул. Жандосова"),
            (
                _MOUNTAINS,
                _METRO_BAIKONUR,
                _L("у Ботанического сада", "Ботаникалық бақ жанындағы", "by the Botanical Garden"),
                _L("рядом с Mega Center", "Mega Center жанындағы", "near Mega Center"),
            ),
        ),
        _Q(
            "medeu",
            16,
            ("пр. Достык", "ул. Кунаева", "ул. Пушкина", "ул. Курмангазы", "мкр. Самал-2", "ул. Омаровой"),
            (
                _MOUNTAINS,
                _L("у подножия Кок-Тобе", "Көктөбе етегіндегі", "at the foot of Kok-Tobe"),
                _L("рядом с Dostyk Plaza", "Dostyk Plaza жанындағы", "near Dostyk Plaza"),
            ),
        ),
        _Q(
            "auezov",
            9,
            ("ул. Саина", "ул. Утеген батыра", "ул. Шаляпина", "мкр. Аксай-2", "мкр. Жетысу-3", "ул. Алтынсарина"),
            (_METRO_SARYARKA, _METRO_MOSKVA, _L("у парка Family", "Family саябағы жанындағы", "by Family Park")),
        ),
        _Q(
            "alatau",
            3,
            ("ул. Момышулы", "мкр. Шугыла", "пр. Рыскулова"),
            (_L("рядом с Almaty Arena", "Almaty Arena жанындағы", "near Almaty Arena"),),
            is_outer=True,
        ),
        _Q(
            "zhetysu",
            3,
            ("пр. Суюнбая", "пр. Райымбека", "ул. Казыбаева"),
            (_L("рядом с автовокзалом «Саяхат»", "«Саяхат» автовокзалы жанындағы", "near Sayakhat bus station"),),
            is_outer=True,
        ),
        _Q(
            "nauryzbai",
            4,
            ("мкр. Калкаман-2", "ул. Ашимова", "мкр. Акжар"),
            (_MOUNTAINS, _L("в предгорьях", "тау бөктеріндегі", "in the foothills")),
            is_outer=True,
        ),
        _Q(
            "turksib",
            3,
            ("ул. Майлина", "ул. Сейфуллина", "ул. Шолохова"),
            (_L("рядом с аэропортом", "әуежай жанындағы", "near the airport"),),
            is_outer=True,
        ),
    ),
)
ASTANA = DemoCity(
    "astana",
    42,
    1.02,
    ("skyline", "city", "river", "park"),
    (
        _Q(
            "esil",
            18,
            ("пр. Мангилик Ел", "ул. Достык", "пр. Кабанбай батыра", "ул. Сыганак", "ул. Кунаева", "пр. Туран"),
            (
                _L("у Байтерека", "Бәйтерек жанындағы", "by the Baiterek Tower"),
                _L("рядом с Хан Шатыром", "Хан Шатыр жанындағы", "near Khan Shatyr"),
                _L("рядом с EXPO", "EXPO жанындағы", "near EXPO"),
            ),
        ),
        _Q(
            "nura",
            8,
            ("ул. Е-10", "пр. Улы Дала", "ул. Хусейн бен Талал"),
            (
                _L("у Ботанического сада", "Ботаникалық бақ жанындағы", "by the Botanical Garden"),
                _L("рядом с Mega Silk Way", "Mega Silk Way жанындағы", "near Mega Silk Way"),
            ),
        ),
        _Q(
            "saryarka",
            6,
            ("пр. Сарыарка", "ул. Бейбитшилик", "пр. Богенбай батыра"),
            (_L("у Центрального парка", "Орталық саябақ жанындағы", "by Central Park"), _EMBANKMENT_ESIL),
        ),
        _Q(
            "baikonur",
            4,
            ("пр. Республики", "ул. Иманова", "пр. Женис"),
            (_L("рядом с вокзалом Астана-1", "Астана-1 вокзалы жанындағы", "near Astana-1 station"),),
            is_outer=True,
        ),
        _Q(
            "almaty-district",
            3,
            ("ул. Петрова", "пр. Бауыржана Момышулы", "ул. Жубанова"),
            (_L("рядом с вокзалом Нурлы Жол", "Нұрлы Жол вокзалы жанындағы", "near Nurly Zhol station"),),
            is_outer=True,
        ),
        _Q(
            "saraishyk",
            3,
            ("пр. Тауелсиздик", "ул. Калдаякова"),
            (_L("у Президентского парка", "Президент саябағы жанындағы", "by Presidential Park"),),
        ),
    ),
)
SHYMKENT = DemoCity(
    "shymkent",
    18,
    0.74,
    ("mountains", "park", "city"),
    (
        _Q(
            "abai",
            5,
            ("ул. Рыскулова", "ул. Байтурсынова"),
            (_L("у парка Абая", "Абай саябағы жанындағы", "by Abai Park"),),
        ),
        _Q(
            "al-farabi",
            6,
            ("пр. Тауке хана", "ул. Казыбек би", "ул. Туркестанская"),
            (_L("у площади Ордабасы", "Ордабасы алаңы жанындағы", "by Ordabasy Square"),),
        ),
        _Q("enbekshi", 2, ("ул. Жибек жолы", "ул. Толе би"), is_outer=True),
        _Q(
            "karatau",
            3,
            ("мкр. Нурсат", "пр. Назарбаева"),
            (_L("рядом с дендропарком", "дендросаябақ жанындағы", "near the Arboretum"),),
        ),
        _Q("turan", 2, ("мкр. Шымсити", "ул. Жангельдина")),
    ),
)
