"""Every flow there is: which button does what, what typed text means where, and the diagram of it."""

from __future__ import annotations

from collections.abc import Iterator

from app.bots.flow import STAYS, Act, Flow, Hear, Hearing
from app.bots.flows import (
    booking,
    bookings,
    cancelling,
    dates,
    extending,
    favourites,
    filters,
    flat,
    guests,
    host_block,
    host_bookings,
    host_earnings,
    host_flats,
    host_menu,
    host_nights,
    host_prices,
    linking,
    menu,
    paying,
    results,
    reviewing,
    searching,
    staff,
    typed_reply,
    writing,
)
from app.bots.flows import help as helping
from app.bots.states import State

FLOWS: tuple[Flow, ...] = (
    *(menu.FLOW, linking.FLOW, helping.FLOW),
    *(searching.FLOW, dates.FLOW, guests.FLOW, results.FLOW, filters.FLOW, flat.FLOW, booking.FLOW, paying.FLOW),
    *(bookings.FLOW, extending.FLOW, cancelling.FLOW, reviewing.FLOW, favourites.FLOW, writing.FLOW),
    typed_reply.FLOW,
    *(host_menu.FLOW, host_bookings.FLOW, host_flats.FLOW, host_nights.FLOW, host_block.FLOW, host_prices.FLOW),
    *(host_earnings.FLOW, staff.FLOW),
)

ACTS: dict[str, Act] = {act.code: act for flow in FLOWS for act in flow.acts}
HEARINGS: dict[State, Hearing] = {hearing.state: hearing for flow in FLOWS for hearing in flow.hearings}

UNDERSTOOD_ANYWHERE: tuple[Hear, ...] = (linking.hear_lost, searching.hear_wish, menu.hear_greeting)
"""What typed text may mean in any state, tried in this order."""

LINKS: dict[str, str] = {"t": "tok", "b": "bk", "p": "flat"}
"""Deep links: the first letter of what the link carries → the act that the rest is a value of."""


def edges() -> Iterator[tuple[str, str, str]]:
    """(from, what is done, to) of the whole conversation; `*` stands for every state."""
    for flow in FLOWS:
        for act in flow.acts:
            for state in () if act.leads_to is STAYS else act.leads_to:
                yield "*", act.code, state.value
        for hearing in flow.hearings:
            for state in hearing.leads_to:
                yield hearing.state.value, "text", state.value


def diagram() -> str:
    """The conversation as a Mermaid diagram, one cluster a flow: an act leads to states, text from state to state."""
    lines = ["flowchart LR"]
    for flow in FLOWS:
        lines.append(f"  subgraph {flow.name}")
        lines += [f"    {flow.name}_{act.code}([{act.code}])" for act in flow.acts]
        lines.append("  end")
        moving = [act for act in flow.acts if act.leads_to is not STAYS]
        lines += [f"  {flow.name}_{act.code} --> {state.value}" for act in moving for state in act.leads_to]
        lines += [
            f"  {hearing.state.value} -- text --> {state.value}"
            for hearing in flow.hearings
            for state in hearing.leads_to
        ]
    return "\n".join(lines)
