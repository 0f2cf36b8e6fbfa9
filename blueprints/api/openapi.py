"""The API described for programs: OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1), written from the routes themselves.

Schemas are pydantic's, of the very models that bodies are checked with and answers are written from. A route says with
`@says` what it takes and gives; who may call it is its access policy.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import Flask, current_app
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter
from werkzeug.routing import Rule

from blueprints.api import api
from blueprints.api.access import api_limit
from blueprints.api.answers import KEY_HEADER, REPLAYED_HEADER, json_answer
from blueprints.api.bodies import Body
from blueprints.api.documents import Problem
from blueprints.shared.access import Policy, policy_of, public
from blueprints.shared.converters import ReferenceConverter

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
Schemas = dict[tuple[object, Literal["validation", "serialization"]], dict[str, Any]]

_SCHEMA = "#/components/schemas/{model}"
_BY_TOKEN = frozenset({Policy.TOKEN, Policy.TOKEN_OWN_BOOKING, Policy.TOKEN_OWN_THREAD})


@dataclass(frozen=True, slots=True)
class Says:
    """What a route takes (a body, names in its query) and what its success gives."""

    gives: Any
    """A model, or what else pydantic knows: a list, a typed dictionary."""
    status: int = 200
    takes: type[Body] | None = None
    query: tuple[str, ...] = ()
    form: type[Body] | None = None
    """What it takes instead as multipart/form-data."""


def says(
    gives: Any,
    *,
    status: int = 200,
    takes: type[Body] | None = None,
    query: tuple[str, ...] = (),
    form: type[Body] | None = None,
) -> Callable[[View], View]:
    """Declare what a route takes and gives; written right above the view."""

    def declare(view: View) -> View:
        view.__dict__["says"] = Says(gives, status, takes, query, form)
        return view

    return declare


@api.get("/openapi.json")
@api_limit
@public
def openapi() -> ResponseReturnValue:
    """This description."""
    kept = current_app.extensions
    if "openapi" not in kept:
        kept["openapi"] = specification(current_app)
    return json_answer(kept["openapi"])


def described(app: Flask) -> Iterator[tuple[Rule, str, Callable[..., Any], Says]]:
    """The API's routes that say something, with their method and view."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        said = getattr(view, "says", None)
        if isinstance(said, Says):
            [method] = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            yield rule, method.lower(), view, said


def specification(app: Flask) -> dict[str, Any]:
    """The whole document."""
    routes = list(described(app))
    taken: list[tuple[object, Literal["validation", "serialization"], TypeAdapter[Any]]] = [
        (body, "validation", TypeAdapter(body)) for *_, said in routes for body in (said.takes, said.form) if body
    ]
    taken += [(said.gives, "serialization", TypeAdapter(said.gives)) for *_, said in routes]
    taken.append((Problem, "serialization", TypeAdapter(Problem)))
    schemas, definitions = TypeAdapter.json_schemas(taken, ref_template=_SCHEMA)
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, view, said in routes:
        operation = _operation(rule, method, view, said, schemas)
        paths.setdefault(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "ZhileGO", "version": "1", "description": "Whole tenge, UTC, ISO dates; see docs/api.md."},
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(rule: Rule, method: str, view: Callable[..., Any], said: Says, schemas: Schemas) -> dict[str, Any]:
    description = inspect.getdoc(view) or ""
    replayed = {REPLAYED_HEADER: {"schema": {"const": "true"}}} if method == "post" else {}
    answer = {"description": "Done.", "headers": replayed, "content": _json(schemas[said.gives, "serialization"])}
    problem = _json(schemas[Problem, "serialization"], "application/problem+json")
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": description.split("\n", 1)[0],
        "description": description,
        "parameters": list(_parameters(rule, method, said)),
        "responses": {str(said.status): answer, "default": {"description": "Refused.", "content": problem}},
    }
    if policy_of(view) in _BY_TOKEN:
        operation["security"] = [{"token": []}]
    if said.takes is not None:
        required = any(field.is_required() for field in said.takes.model_fields.values())
        content = _json(schemas[said.takes, "validation"])
        if said.form is not None:
            content |= _json(schemas[said.form, "validation"], "multipart/form-data")
        operation["requestBody"] = {"required": required, "content": content}
    return operation


def _parameters(rule: Rule, method: str, said: Says) -> Iterator[dict[str, Any]]:
    if "reference" in rule.arguments:
        form = {"type": "string", "pattern": f"^{ReferenceConverter.regex}$"}
        yield {"name": "reference", "in": "path", "required": True, "schema": form}
    if "property_id" in rule.arguments:
        yield {"name": "property_id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
    if "thread_id" in rule.arguments:
        yield {"name": "thread_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    for name in said.query:
        yield {"name": name, "in": "query", "required": name == "city", "schema": {"type": "string"}}
    if method == "post":
        key = {"type": "string", "pattern": "^[!-~]{8,128}$"}
        yield {"name": KEY_HEADER, "in": "header", "required": True, "schema": key}


def _json(schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {kind: {"schema": schema}}
