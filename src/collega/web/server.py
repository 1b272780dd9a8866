"""Serving the application on one socket."""

import asyncio
import socket

import uvicorn
from fastapi import FastAPI

from collega.errors import ConfigurationError


def listen(host: str, port: int) -> socket.socket:
    """Open the port, so that a taken one is told as such."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        message = f"web.host, web.port: cannot listen on {host}:{port}: {error.strerror}"
        raise ConfigurationError(message) from None
    return listener


async def serve(
    app: FastAPI, listener: socket.socket, stop: asyncio.Event, certificate: str = "", key: str = ""
) -> None:
    """Serve until ``stop`` is set; over TLS where there is a certificate.

    Raises
    ------
    ConfigurationError
        Certificate or key cannot be used.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
        ssl_certfile=certificate or None,
        ssl_keyfile=key or None,
    )
    try:
        config.load()
    except OSError as error:
        message = f"web.tls_certificate, web.tls_key: not usable for TLS ({error.strerror or type(error).__name__})"
        raise ConfigurationError(message) from None
    server = _Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await stop.wait()
    server.should_exit = True
    await task


class _Quiet(uvicorn.Server):
    """A server that leaves signals to the process that runs it."""

    def install_signal_handlers(self) -> None:
        """Install none."""
