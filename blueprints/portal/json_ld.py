"""What search engines read: schema.org's VacationRental (https://schema.org/VacationRental)."""

from __future__ import annotations

import json
from urllib.parse import urljoin

from markupsafe import Markup

from app.config import Settings
from app.domain.listings.reading import PropertyInfo
from blueprints.shared.presenting import photo_path, property_path


def vacation_rental(prop: PropertyInfo, settings: Settings) -> Markup:
    """The flat as JSON-LD, safe inside a script element (no `<` survives)."""
    card, home = prop.card, settings.public_url
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "VacationRental",
        "identifier": str(card.id),
        "name": card.title,
        "description": prop.description,
        "url": home + property_path(card.id, card.slug),
        "address": {
            "@type": "PostalAddress",
            "addressCountry": "KZ",
            "addressLocality": card.city_name,
            "streetAddress": prop.street,
        },
        "geo": {"@type": "GeoCoordinates", "latitude": prop.latitude, "longitude": prop.longitude},
        "numberOfRooms": card.rooms,
        "occupancy": {"@type": "QuantitativeValue", "maxValue": prop.rules.max_guests},
        "image": [urljoin(home, photo_path(photo.key, 1600, settings)) for photo in prop.photos],
    }
    if card.rating is not None:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": round(card.rating, 2),
            "reviewCount": card.reviews_count,
        }
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704  # JSON, and every < is escaped
