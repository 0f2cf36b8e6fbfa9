"""What search engines read: schema.org's VacationRental (https://schema.org/VacationRental)."""

from __future__ import annotations

import json
from urllib.parse import urljoin

from markupsafe import Markup

from app.config import Settings
from app.domain.listings.reading import Face
from blueprints.shared.presenting import photo_path, property_path


def vacation_rental(face: Face, settings: Settings) -> Markup:
    """The flat as JSON-LD, safe inside a script element (no `<` survives)."""
    card, home = face.card, settings.public_url
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "VacationRental",
        "identifier": str(card.id),
        "name": card.title,
        "description": face.description,
        "url": home + property_path(card.id, card.slug),
        "address": {
            "@type": "PostalAddress",
            "addressCountry": "KZ",
            "addressLocality": card.city_name,
            "streetAddress": face.street,
        },
        "geo": {"@type": "GeoCoordinates", "latitude": face.latitude, "longitude": face.longitude},
        "numberOfRooms": card.rooms,
        "occupancy": {"@type": "QuantitativeValue", "maxValue": face.rules.max_guests},
        "image": [urljoin(home, photo_path(photo.key, 1600, settings)) for photo in face.photos],
    }
    if card.rating is not None:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": round(card.rating, 2),
            "reviewCount": card.reviews_count,
        }
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704  # JSON, and every < is escaped
