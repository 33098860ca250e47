"""What keeps the sample town from starting."""


class DemoError(Exception):
    """The demo cannot start; the message, one line of French, says why and what to do."""
