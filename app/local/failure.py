"""What the local tools raise when they cannot go on."""


class LocalError(Exception):
    """The message is one sentence for the person at the terminal; it is printed as it is, without a traceback."""


class Cancelled(Exception):  # noqa: N818  # not an error: the person asked for it
    """We were told to stop while waiting for something to start."""
