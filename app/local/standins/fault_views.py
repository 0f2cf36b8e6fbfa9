"""The addresses of a provider's fault switches, the same for every provider: read, replace, and the page's form."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.faults import Faults


def add_fault_views(blueprint: Blueprint, model: type[Faults], *, page: str, path: str = "/faults") -> None:
    """Answer GET and PUT (JSON) and POST (form) on `path`. The form leads back to the endpoint `page`, relative to the
    blueprint; its own endpoint is `.submit_faults`.
    """

    @blueprint.get(path)
    def show_faults() -> ResponseReturnValue:
        """The switches as JSON."""
        with desk().store.reading() as db:
            return switches.load(db, model).model_dump()

    @blueprint.put(path)
    def put_faults() -> ResponseReturnValue:
        """Replace the switches; what is not named is off."""
        try:
            faults = model.model_validate_json(request.get_data())
        except ValidationError as error:
            return {"code": "bad_request", "message": str(error)}, 400
        with desk().store.writing() as db:
            switches.save(db, faults)
        return faults.model_dump()

    @blueprint.post(path)
    def submit_faults() -> ResponseReturnValue:
        """The page's form: set the switches, or put all of them back."""
        try:
            faults = model() if "reset" in request.form else switches.from_form(model, request.form)
        except ValidationError:
            abort(400)
        with desk().store.writing() as db:
            switches.save(db, faults)
        return redirect(url_for(page), 303)
