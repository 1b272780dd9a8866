"""An authority of the tests and the certificates that it signs, made by the `openssl` command."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.peers import program

WRITTEN = "%y%m%d%H%M%SZ"
CONFIGURATION = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[device]
basicConstraints = CA:FALSE
subjectAltName = IP:127.0.0.1
"""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A certificate and its key, as files in PEM form."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority that lives in a folder of its own."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        (folder / "index.txt").touch()
        self._configuration = folder / "ca.cnf"
        self._configuration.write_text(CONFIGURATION.format(folder=folder), encoding="ascii")
        self.identity = self._make(name, "authority", timedelta(days=-30), timedelta(days=30), None)
        self.certificate = self.identity.certificate

    def sign(
        self,
        name: str,
        begin: timedelta = timedelta(hours=-1),
        end: timedelta = timedelta(days=20),
        *,
        rsa: bool = True,
    ) -> Identity:
        """Give a device a key and a certificate that holds from ``begin`` to ``end``, counted from now."""
        return self._make(name, "device", begin, end, self.identity, rsa=rsa)

    def _make(
        self, name: str, kind: str, begin: timedelta, end: timedelta, issuer: Identity | None, *, rsa: bool = True
    ) -> Identity:
        request = self._folder / f"{name}.csr"
        made = Identity(certificate=self._folder / f"{name}.crt", key=self._folder / f"{name}.key")
        algorithm = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl(
            "req", "-new", "-nodes", "-newkey", *algorithm, "-subj", f"/CN={name}",
            "-keyout", made.key, "-out", request,
        )  # fmt: skip
        signer: list[str | Path] = ["-selfsign", "-keyfile", made.key]
        if issuer is not None:
            signer = ["-cert", issuer.certificate, "-keyfile", issuer.key]
        now = datetime.now(UTC)
        openssl(
            "ca", "-batch", "-notext", "-config", self._configuration, *signer, "-extensions", kind,
            "-startdate", f"{now + begin:{WRITTEN}}", "-enddate", f"{now + end:{WRITTEN}}",
            "-in", request, "-out", made.certificate,
        )  # fmt: skip
        made.key.chmod(0o600)
        return made


def openssl(*arguments: str | os.PathLike[str]) -> None:
    """Run the command and insist on its success."""
    done = subprocess.run(
        [program("openssl"), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
