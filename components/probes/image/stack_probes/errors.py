"""What goes wrong, as one line for whoever runs the service."""

import ssl


class ProbeError(Exception):
    """Its text is that line."""


class Refused(ProbeError):
    """The password of the stack's own account was not the right one."""


def told(error: BaseException) -> str:
    """That line of whatever a probe has ended with."""
    match error:
        case ProbeError():
            return str(error)
        case ssl.SSLCertVerificationError():
            return f"the certificate is not the right one: {error.verify_message}"
        case TimeoutError():
            return "no answer in time"
        case EOFError():
            return "the connection was closed before there was an answer"
        case OSError():
            return error.strerror or str(error)
        case _:
            return " ".join(f"{type(error).__name__}: {error}".split())
