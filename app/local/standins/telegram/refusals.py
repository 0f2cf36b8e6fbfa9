"""What the Bot API answers when it will not do something, word for word where its words are known."""

from __future__ import annotations


class RefusalError(Exception):
    """A refused call: the HTTP status, what is wrong, and for 429 after how many seconds to come again."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def document(self) -> dict[str, object]:
        """The body of the answer (core.telegram.org/bots/api#making-requests)."""
        found: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            found["parameters"] = {"retry_after": self.retry_after}
        return found


def bad(description: str) -> RefusalError:
    """400: the caller's mistake."""
    return RefusalError(400, f"Bad Request: {description}")


def unauthorized() -> RefusalError:
    """401: another bot's token, or nobody's."""
    return RefusalError(401, "Unauthorized")


def blocked() -> RefusalError:
    """403: the person does not want to hear of the bot."""
    return RefusalError(403, "Forbidden: bot was blocked by the user")


def never_started() -> RefusalError:
    """403: a bot may not speak first."""
    return RefusalError(403, "Forbidden: bot can't initiate conversation with a user")


def chat_not_found() -> RefusalError:
    """400: nobody has this id."""
    return bad("chat not found")


def not_modified() -> RefusalError:
    """400: an edit that would change nothing."""
    return bad(
        "message is not modified: specified new message content and reply markup are exactly the same as "
        "a current content and reply markup of the message"
    )


def too_many(seconds: int) -> RefusalError:
    """429."""
    return RefusalError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def server_error() -> RefusalError:
    """500."""
    return RefusalError(500, "Internal Server Error")
