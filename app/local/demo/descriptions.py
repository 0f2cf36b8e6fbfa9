"""Descriptions of demo flats in Russian, Kazakh and English: the same facts in all three."""

from __future__ import annotations

import random

from app.local.demo.facts import FlatFacts, Three
from app.models import LocalizedText, PropertyClass

_OPENINGS: dict[PropertyClass, tuple[Three, ...]] = {
    PropertyClass.ECONOMY: (
        (
            "Простая и чистая квартира для тех, кто весь день в городе.",
            "Күні бойы қалада жүретін қонақтарға арналған қарапайым әрі таза пәтер.",
            "A simple, clean flat for those who spend the day in the city.",
        ),
        (
            "Недорогое жильё, в котором есть всё нужное: свежее бельё, горячая вода и быстрый интернет.",
            "Қажеттінің бәрі бар қолжетімді тұрғын үй: таза төсек жаймасы, ыстық су және жылдам интернет.",
            "An affordable place with all you need: fresh linen, hot water and fast internet.",
        ),
        (
            "Домашняя обстановка без лишнего: удобно остановиться на пару ночей или на неделю.",
            "Артық заты жоқ, үйдегідей жайлы: бір-екі түнге де, бір аптаға да ыңғайлы.",
            "Homely and uncluttered: good for a couple of nights or a whole week.",
        ),
    ),
    PropertyClass.COMFORT: (
        (
            "Квартира после ремонта: ортопедический матрас, плотные шторы и тишина по ночам.",
            "Жөндеуден өткен пәтер: ортопедиялық матрас, қалың перде және тыныш түн.",
            "A renovated flat: orthopaedic mattress, blackout curtains and quiet nights.",
        ),
        (
            "Здесь хорошо и вдвоём, и семьёй: много света, удобная кухня и место, чтобы собраться вечером.",
            "Мұнда екі адамға да, отбасыға да жайлы: жарық мол, ас үйі ыңғайлы, кешке бас қосатын орын бар.",
            "Good for couples and families alike: plenty of light, a handy kitchen and room to gather in the evening.",
        ),
        (
            "Мы живём рядом и сами следим за чистотой: бельё и полотенца стираем после каждого гостя.",
            "Біз көрші тұрамыз, тазалықты өзіміз қадағалаймыз: төсек жаймасы мен сүлгілерді әр қонақтан кейін жуамыз.",
            "We live nearby and look after the flat ourselves: linen and towels are washed after every guest.",
        ),
    ),
    PropertyClass.BUSINESS: (
        (
            "Продуманный интерьер, кровать размера king и рабочее место с хорошим светом.",
            "Ойластырылған интерьер, king өлшемді төсек және жарығы жақсы жұмыс орны.",
            "A thoughtful interior, a king-size bed and a well-lit place to work.",
        ),
        (
            "Для командировки и отдыха: консьерж в доме, быстрый Wi-Fi, кофемашина, документы для отчёта.",
            "Іссапарға да, демалысқа да: үйде консьерж, жылдам Wi-Fi, кофе машинасы және есепке құжаттар бар.",
            "For business and leisure: a concierge, fast Wi-Fi, a coffee machine and papers for your expenses.",
        ),
        (
            "Новый дом с закрытым двором. В квартире тёплый пол, тихий кондиционер и большой телевизор.",
            "Ауласы жабық жаңа үй. Пәтерде жылы еден, дыбыссыз кондиционер және үлкен теледидар бар.",
            "A new building with a closed courtyard. Heated floors, quiet air conditioning and a large TV.",
        ),
    ),
    PropertyClass.PREMIUM: (
        (
            "Апартаменты с панорамными окнами, дизайнерской мебелью и сервисом уровня хорошего отеля.",
            "Панорамалық терезелері, дизайнерлік жиһазы және жақсы қонақүй деңгейіндегі қызметі бар апартамент.",
            "An apartment with panoramic windows, designer furniture and the service of a good hotel.",
        ),
        (
            "Место для особых поездок: высокие потолки, ванная с тёплым полом и халатами, тишина и вид.",
            "Ерекше сапарларға арналған орын: биік төбе, едені жылы ванна бөлмесі, халаттар, тыныштық және көрініс.",
            "A place for special trips: high ceilings, a bathroom with heated floor and robes, silence and a view.",
        ),
    ),
}


def description_of(facts: FlatFacts, rng: random.Random) -> LocalizedText:
    """Two or three paragraphs: what the flat is, where it is, how one gets in."""
    parts = [
        rng.choice(_OPENINGS[facts.property_class]),
        _inside(facts),
        _place(facts, rng),
        _equipment(facts, rng),
        _arrival(facts),
    ]
    if facts.takes_pets:
        parts.append(
            (
                "С небольшими животными можно, предупредите заранее.",
                "Кішкентай үй жануарларымен болады, алдын ала ескертіңіз.",
                "Small pets are welcome, just let us know in advance.",
            )
        )
    parts.append(rng.choice(_RULES))
    texts = []
    for index in range(3):
        first, second = " ".join(part[index] for part in parts[:3]), " ".join(part[index] for part in parts[3:])
        texts.append(f"{first}\n\n{second}")
    return {"ru": texts[0], "kk": texts[1], "en": texts[2]}


def _inside(facts: FlatFacts) -> Three:
    if facts.rooms == 1:
        return (
            f"Студия {facts.area_m2} м² рассчитана на гостей: {facts.max_guests}.",
            f"Ауданы {facts.area_m2} м² студия {facts.max_guests} қонаққа арналған.",
            f"The studio is {facts.area_m2} m² and sleeps {facts.max_guests}.",
        )
    return (
        f"Площадь {facts.area_m2} м², комнат: {facts.rooms}, спальных мест: {facts.max_guests}.",
        f"Ауданы {facts.area_m2} м², бөлме саны: {facts.rooms}, ұйықтайтын орын: {facts.max_guests}.",
        f"{facts.area_m2} m², {facts.rooms} rooms, sleeps {facts.max_guests}.",
    )


_AROUND: tuple[Three, ...] = (
    (
        "Магазины, аптека и кофейня — в соседних домах.",
        "Дүкендер, дәріхана және кофехана көрші үйлерде.",
        "Shops, a pharmacy and a café are next door.",
    ),
    (
        "До остановки три минуты пешком, такси приезжает быстро.",
        "Аялдамаға жаяу үш минут, такси тез келеді.",
        "The bus stop is three minutes away on foot, and taxis come quickly.",
    ),
    (
        "Рядом супермаркет, работающий до полуночи, и сквер, где приятно гулять.",
        "Жақын жерде түн ортасына дейін істейтін супермаркет пен серуендейтін гүлзар бар.",
        "A supermarket open until midnight and a pleasant green square are close by.",
    ),
    (
        "Во дворе детская площадка и освещённые дорожки.",
        "Аулада балалар алаңы мен жарық түсіп тұрған жолдар бар.",
        "The yard has a playground and well-lit paths.",
    ),
)


def _place(facts: FlatFacts, rng: random.Random) -> Three:
    around = rng.choice(_AROUND)
    return (
        f"{facts.city.name_ru}, {facts.district.name_ru}. {around[0]}",
        f"{facts.city.name_kk}, {facts.district.name_kk}. {around[1]}",
        f"{facts.city.name_en}, {facts.district.name_en}. {around[2]}",
    )


_EQUIPMENT: tuple[Three, ...] = (
    (
        "Есть всё для жизни: посуда, плита, чайник, стиральная машина, утюг и фен.",
        "Тұруға қажеттінің бәрі бар: ыдыс-аяқ, плита, шәйнек, кір жуғыш машина, үтік және фен.",
        "Everything for everyday life: dishes, a stove, a kettle, a washing machine, an iron and a hair dryer.",
    ),
    (
        "На кухне посуда на всю компанию, чай, кофе и вода к приезду.",
        "Ас үйде бәріңізге жететін ыдыс-аяқ, келгеніңізге шай, кофе және су дайын.",
        "The kitchen has dishes for everyone, and tea, coffee and water await you.",
    ),
    (
        "Полотенца, тапочки, шампунь и гель — для каждого гостя.",
        "Әр қонаққа сүлгі, тәпішке, сусабын және гель беріледі.",
        "Towels, slippers, shampoo and shower gel for every guest.",
    ),
)


def _equipment(facts: FlatFacts, rng: random.Random) -> Three:
    ru, kk, en = rng.choice(_EQUIPMENT)
    if facts.has_workspace:
        ru, kk, en = (
            f"{ru} Есть рабочий стол у окна.",
            f"{kk} Терезе жанында жұмыс үстелі бар.",
            f"{en} There is a desk by the window.",
        )
    if facts.has_parking:
        ru, kk, en = (
            f"{ru} Парковка во дворе бесплатная.",
            f"{kk} Ауладағы тұрақ тегін.",
            f"{en} Parking in the yard is free.",
        )
    return ru, kk, en


def _arrival(facts: FlatFacts) -> Three:
    if facts.self_check_in:
        return (
            "Заселение самостоятельное в любое время: коды доступа откроются за сутки до заезда.",
            "Кез келген уақытта өзіңіз кіресіз: кіру кодтары кіруден бір тәулік бұрын ашылады.",
            "Self check-in at any hour: the access codes open a day before check-in.",
        )
    return (
        "Встречаю гостей лично, показываю квартиру и подсказываю, куда сходить.",
        "Қонақтарды өзім қарсы аламын, пәтерді көрсетіп, қайда баруға болатынын айтамын.",
        "I meet guests in person, show the flat and tell you where to go.",
    )


_RULES: tuple[Three, ...] = (
    (
        "После 22:00 просим соблюдать тишину.",
        "Сағат 22:00-ден кейін тыныштық сақтауыңызды сұраймыз.",
        "Please keep quiet after 10 pm.",
    ),
    (
        "Вечеринки не проводим, в квартире не курим.",
        "Пәтерде кеш өткізбейміз және темекі шекпейміз.",
        "No parties and no smoking in the flat, please.",
    ),
    (
        "Если что-то понадобится, отвечаю в течение нескольких минут.",
        "Бірдеңе керек болса, бірнеше минут ішінде жауап беремін.",
        "If you need anything, I answer within minutes.",
    ),
)
