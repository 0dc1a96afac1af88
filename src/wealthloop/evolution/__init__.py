"""Strategies grow children where their own arms say so: found, proposed, confirmed, scaled, retired (Django app)."""
