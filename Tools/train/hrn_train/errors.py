"""Errors that a person can act on: printed as one message, without a traceback."""

USAGE, BAD_INPUT, MISSING_INPUT, NOT_INSTALLED, CANNOT_CREATE, INPUT_OUTPUT = 64, 65, 66, 69, 73, 74


class InputError(Exception):
    """Something the user supplied does not fit: says where, what was found, what was expected, and what to do."""

    def __init__(self, message, code=BAD_INPUT):
        super().__init__(message)
        self.code = code
