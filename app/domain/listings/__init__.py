"""The one city list and what is known of listings: search filters, cards, the property page."""
