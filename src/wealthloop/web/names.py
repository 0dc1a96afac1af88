"""Customers' names as they may be shown."""

from collections.abc import Sequence

from wealthloop.access.masking import mask_name
from wealthloop.web.context import Site, reading


def masked_names(place: Site, customer_ids: Sequence[str]) -> dict[str, str]:
    """Return the masked names of customers; a customer whose bank gives no name has none."""
    with reading(place) as (bank, engine):
        people = bank.scan("customers", as_of=place.as_of)
        wanted = people.filter(people["customer_id"].isin(list(customer_ids) or [""])).select("customer_id", "name")
        rows = engine.to_arrow(wanted, name="customers, names").to_pylist()
    cipher = place.home.cipher
    return {row["customer_id"]: mask_name(cipher.decrypt(row["name"])) for row in rows if row["name"]}
