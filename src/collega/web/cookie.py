"""The cookie of a session: for our server alone, and over TLS bound to it by its name (RFC 6265bis 4.1.3)."""

from fastapi import Request, Response

PLAIN, BOUND = "collega", "__Host-collega"
BINDING = "collega-sign-in"
BINDING_S = 600


def session_token(request: Request) -> str:
    """Give the token that a browser shows; over TLS only from the cookie that no other host can set."""
    return request.cookies.get(BOUND if is_secure(request) else PLAIN, "")


def is_secure(request: Request) -> bool:
    """Tell whether the browser came by TLS, to us or to the proxy before us."""
    return request.url.scheme == "https"


def set_session(request: Request, answer: Response, token: str) -> None:
    """Give the browser its token; it goes with the browser."""
    secure = is_secure(request)
    answer.set_cookie(BOUND if secure else PLAIN, token, path="/", httponly=True, samesite="lax", secure=secure)


def drop_session(request: Request, answer: Response) -> None:
    """Take it away."""
    secure = is_secure(request)
    answer.delete_cookie(BOUND if secure else PLAIN, path="/", httponly=True, samesite="lax", secure=secure)


def set_binding(request: Request, answer: Response, value: str) -> None:
    """Remember which browser went to the hospital's sign-in."""
    secure = is_secure(request)
    answer.set_cookie(BINDING, value, max_age=BINDING_S, path="/sign-in", httponly=True, samesite="lax", secure=secure)
