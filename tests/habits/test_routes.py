"""Every route declares who may call it, and one that does not is refused (promise 22)."""

from __future__ import annotations

from flask import Flask

from blueprints.shared.access import Policy, policy_of, public, refuse_undeclared

BY_TOKEN = {Policy.TOKEN, Policy.TOKEN_OWN_BOOKING, Policy.TOKEN_OWN_THREAD}


def undeclared(app: Flask) -> list[str]:
    """The routes of an application that declare no policy."""
    return [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if policy_of(app.view_functions[rule.endpoint]) is None
    ]


def test_every_route_declares_a_policy(web_app: Flask) -> None:
    """Promise 22."""
    assert undeclared(web_app) == []
    declared = {policy_of(view) for view in web_app.view_functions.values()}
    assert declared == set(Policy), "every policy is in use, none is dead"


def test_a_route_without_a_policy_would_be_found_and_answers_403() -> None:
    """Promise 22: forgetting the declaration closes the route instead of opening it."""
    app = Flask("throwaway", static_folder=None)
    refuse_undeclared(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret", methods=["GET", "POST"])
    app.add_url_rule("/declared", "declared", public(lambda: "hello"))

    assert undeclared(app) == ["/forgotten (forgotten)"]
    client = app.test_client()
    assert client.get("/forgotten").status_code == 403
    assert client.post("/forgotten").status_code == 403
    assert client.get("/declared").text == "hello"


def test_webhooks_and_the_api_alone_are_free_of_form_tokens(web_app: Flask) -> None:
    """Promise 25: what is exempt from CSRF authenticates every call by itself; nothing there acts for a cookie."""
    csrf = web_app.extensions["csrf"]
    assert {blueprint.name for blueprint in csrf._exempt_blueprints} == {"webhooks", "api"}
    assert csrf._exempt_views == set()
    for rule in web_app.url_map.iter_rules():
        policy = policy_of(web_app.view_functions[rule.endpoint])
        if rule.endpoint.startswith("webhooks."):
            assert policy is Policy.WEBHOOK
        if rule.endpoint.startswith("api.") and (rule.methods or set()) & {"POST", "PUT", "DELETE"}:
            assert policy in BY_TOKEN
        assert (policy in BY_TOKEN) <= rule.endpoint.startswith("api.")


def test_routes_that_change_something_take_no_get(web_app: Flask) -> None:
    """Promise 25: the endpoints that act (sign out, cancel, reveal…) answer POST only."""
    acting = {
        "account.confirm_cancel",
        "api.cancel_booking",
        "api.extend_booking",
        "api.new_booking",
        "api.new_message",
        "api.new_payment",
        "api.seen_messages",
        "api.shorten_booking",
        "account.confirm_extension",
        "account.confirm_shortening",
        "account.press_heart",
        "account.reveal_keys",
        "account.resend_code",
        "account.seen",
        "account.sign_out",
        "account.sign_out_everywhere",
        "account.unlink_chat",
        "cabinet.accept_request",
        "cabinet.block",
        "cabinet.cancel_booking",
        "cabinet.decline_request",
        "cabinet.drop_rule",
        "cabinet.new_rule",
        "cabinet.no_show",
        "cabinet.reissue",
        "cabinet.reply_to_review",
        "cabinet.reveal",
        "cabinet.unblock",
        "account.write_review",
        "checkout.cancel",
        "checkout.cancel_extension",
        "checkout.retry",
        "checkout.retry_extension",
        "webhooks.kaspi_callback",
        "webhooks.whatsapp_message",
        "webhooks.telegram_update",
    }
    for rule in web_app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        allowed = {"GET", "POST", "PUT", "DELETE"} if rule.endpoint.startswith("api.") else {"GET", "POST"}
        assert methods <= allowed, rule.rule
        if rule.endpoint in acting:
            assert methods == {"POST"}, rule.rule
