"""DICOMweb: searches over many studies, and a large CT given to a client, beside Orthanc."""

import http.client
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from bench import slices
from bench.figures import emit, emit_all, emit_missing, emit_ratios
from bench.processes import cpu_s
from bench.ratios import Pair, ratios
from tests.e2e.peers import LOOPBACK, Orthanc, dcmsend, orthanc
from tests.e2e.site import Site, family, site, wait_for

STUDIES, ASKS = 200_000, 40
TARGET_S = 0.05
# Four studies a patient; one in three a CT of 300 slices, of which the rows of three stand, one in 200 an XA.
SEED = (
    "SET session_replication_role = replica",  # nobody is told of what was there before
    """INSERT INTO patient (issuer, patient_id, name, birth_date, sex, updated_at)
       SELECT 'HOSP', 'P' || n, (ARRAY['Doe', 'Smit', 'Jansen', 'de Vries'])[1 + mod(n, 4)] || '^' || n, '19500101',
           'F', now()
       FROM generate_series(1, %(studies)s / 4) AS n""",
    """INSERT INTO study (study_key, study_instance_uid, patient_key, accession_number, study_date, study_time,
           description, state, study_at, first_received_at, last_received_at, complete_at, priority)
       SELECT md5(n::text), '1.2.' || n, patient_key, 'B' || n, to_char(at, 'YYYYMMDD'), to_char(at, 'HH24MISS'),
           'X-thorax', 'routed', at, at, at, at, 'routine'
       FROM generate_series(1, %(studies)s) AS n
           JOIN patient ON patient_id = 'P' || (1 + mod(n, %(studies)s / 4)),
           LATERAL (SELECT now() - n * interval '5 minutes' AS at) AS moment""",
    """INSERT INTO instance (sop_instance_uid, study_key, revision, series_instance_uid, sop_class_uid,
           transfer_syntax_uid, role, attributes, pixel_digest, header_digest, path, size, received_at)
       SELECT study_instance_uid || '.1.' || m, study_key, 1, study_instance_uid || '.2', '', '', 'image',
           jsonb_build_object('modality', modality, 'instance_number', m, 'rows', 512), '', '', '', 1, first_received_at
       FROM study, LATERAL (SELECT substr(study_instance_uid, 5)::integer AS n) AS number,
           LATERAL (SELECT CASE WHEN mod(n, 200) = 7 THEN 'XA' WHEN mod(n, 3) = 0 THEN 'CT' ELSE 'CR' END AS modality)
               AS kind, LATERAL generate_series(1, CASE modality WHEN 'CT' THEN 3 ELSE 1 END) AS m""",
    """INSERT INTO series (study_key, series_instance_uid, modality, attributes, instances)
       SELECT study_key, series_instance_uid, max(attributes->>'modality'), '{"series_number": 1}',
           CASE max(attributes->>'modality') WHEN 'CT' THEN 300 ELSE 1 END
       FROM instance GROUP BY study_key, series_instance_uid""",
    """INSERT INTO result_object (sop_instance_uid, series_instance_uid, sop_class_uid, study_instance_uid, kind,
           study_key, revision, app_id, path, created_at)
       SELECT study_instance_uid || '.9', study_instance_uid || '.8', '1.2.840.10008.5.1.4.1.1.88.34',
           study_instance_uid, 'findings_sr', study_key, 1, 'app', '', first_received_at FROM study""",
    """INSERT INTO delivery (sop_instance_uid, pacs, state, created_at, updated_at)
       SELECT sop_instance_uid, 'PACS', 'visible', created_at, created_at FROM result_object""",
    "SET session_replication_role = origin",
    # As a server stands that has had these studies for years: what filling it left to do would be done meanwhile.
    "VACUUM ANALYZE",
    "CHECKPOINT",
)
SEARCHES = {
    "newest studies": "studies",
    "studies of a day": "studies?StudyDate={day}",
    "studies of a week and a modality": "studies?StudyDate={week}-{day}&ModalitiesInStudy=CT",
    "studies of a rare modality": "studies?ModalitiesInStudy=XA",
    "studies of a patient": "studies?PatientID=P777",
    "study by accession number": "studies?AccessionNumber=B7777",
    "studies by name, wildcard": "studies?PatientName=Smit^77*",
    "studies by name that none has": "studies?PatientName=Nobody*",
    "studies by UIDs": "studies?StudyInstanceUID=1.2.5,1.2.500,1.2.5000",
    "studies, page in the middle": "studies?offset=5000",
    "series of a study": "studies/1.2.3000/series",
    "series of a patient": "series?PatientID=P777&Modality=CT",
    "series by UID": "series?SeriesInstanceUID=1.2.3000.2",
    "instances of a study": "studies/1.2.3000/instances?includefield=all",
    "instance by UID": "instances?SOPInstanceUID=1.2.3000.1.2",
}
AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*'
CHUNK = 1 << 20
AT_LEAST = 1.0


def measure(folder: Path, studies: int, count: int, pairs: int) -> None:
    """Measure searches over ``studies`` studies, then ``pairs`` times a study of ``count`` slices."""
    with site(folder / "searched", pacs=None) as one:
        one.start()
        _search(one, studies)
    _compare(folder / "given", count, pairs)


def _search(one: Site, studies: int) -> None:
    with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres", autocommit=True) as database:
        for statement in SEED:
            database.execute(statement.encode(), {"studies": studies} if "%(" in statement else None)
        row = database.execute(
            "SELECT to_char(now() - interval '10 days', 'YYYYMMDD'), to_char(now() - interval '17 days', 'YYYYMMDD')"
        ).fetchone()
    day, week = row or ("", "")
    for name, pattern in SEARCHES.items():
        path = quote(pattern.format(day=day, week=week), safe="/?&=*,-")
        seconds, rows = [], 0
        for _ in range(ASKS):
            begin = time.monotonic()
            content = _get(one.web_port, f"/dicom-web/{path}", "application/dicom+json")
            seconds.append(time.monotonic() - begin)
            rows = len(json.loads(content))
        emit_all(
            f"dicomweb: {name}", "s", seconds, target=TARGET_S, studies=studies, rows=rows, load=os.getloadavg()[0]
        )


def _get(port: int, path: str, accept: str) -> bytes:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=120)
    try:
        connection.request("GET", path, headers={"accept": accept})
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        message = f"{answer.status} for {path}: {content[:200]!r}"
        raise ValueError(message)
    return content


def _drained(port: int, path: str, accept: str) -> tuple[float, int]:
    """Read an answer to its end, and keep nothing: seconds and bytes."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=300)
    buffer = memoryview(bytearray(CHUNK))
    begin, size = time.monotonic(), 0
    try:
        connection.request("GET", path, headers={"accept": accept})
        answer = connection.getresponse()
        while read := answer.readinto(buffer):
            size += read
    finally:
        connection.close()
    return time.monotonic() - begin, size


@contextmanager
def _both(folder: Path, count: int) -> Iterator[tuple[Site, Orthanc, str, int]]:
    """Run both with the same study in them; gives its UID, and its bytes."""
    (batch,) = slices.written(folder / "source", studies=1, each=count, edge=slices.LARGE_EDGE)
    with site(folder / "site", pacs=None) as one, orthanc(folder / "orthanc") as peer:
        one.start()
        dcmsend(one.dicom_port, batch.folder)
        dcmsend(peer.dicom_port, batch.folder, called=peer.aet)
        wait_for(lambda: len(_instances(one, batch.study_uid)) == count, "all slices are recorded")
        wait_for(lambda: len(peer.instances()) == count, "Orthanc has all slices")
        yield one, peer, batch.study_uid, sum(file.stat().st_size for file in batch.files)


def _instances(one: Site, study: str) -> list[object]:
    path = f"/dicom-web/studies/{study}/instances?limit=1000"
    found: list[object] = json.loads(_get(one.web_port, path, "application/dicom+json"))
    return found


def _cpu(one: Site) -> float:
    """Tell the CPU seconds of all of collega so far, which other work on this machine does not change."""
    return sum(map(cpu_s, (*family(one.processes[0].pid), *one.database_processes())))


def _compare(folder: Path, count: int, pairs: int) -> None:
    with _both(folder, count) as (one, peer, study, size):
        ways: dict[str, Callable[[int], tuple[float, int]]] = {
            "study as stored": lambda port: _drained(port, f"/dicom-web/studies/{study}", AS_STORED),
            "metadata of the study": lambda port: _drained(
                port, f"/dicom-web/studies/{study}/metadata", "application/dicom+json"
            ),
        }
        for name, way in ways.items():
            met, spent = [], []
            for _ in range(pairs):
                before = _cpu(one), cpu_s(peer.pid)
                ours = way(one.web_port)
                between = _cpu(one), cpu_s(peer.pid)
                theirs = way(peer.http_port)
                spent.append((between[0] - before[0], cpu_s(peer.pid) - between[1]))
                if name == "study as stored" and min(ours[1], theirs[1]) < size:
                    emit_missing(f"dicomweb: {name}", "s", f"{ours[1]} and {theirs[1]} bytes came, not {size}")
                    return
                met.append(Pair(ours_s=ours[0], theirs_s=theirs[0]))
            emit_all(f"dicomweb: {name}, collega", "s", [pair.ours_s for pair in met], slices=count, bytes=size)
            emit_all(f"dicomweb: {name}, Orthanc's DICOMweb plugin", "s", [pair.theirs_s for pair in met], slices=count)
            found = ratios(met)
            emit_all(f"dicomweb: {name}, CPU of collega", "s", [ours for ours, _ in spent])
            emit_all(f"dicomweb: {name}, CPU of Orthanc", "s", [theirs for _, theirs in spent])
            least = AT_LEAST if name == "study as stored" else None
            title = f"dicomweb ratio: {name}, collega times as fast as Orthanc's DICOMweb plugin"
            emit_ratios(title, found, at_least=least, pairs=found)
        emit("dicomweb: load at the end", "", os.getloadavg()[0])
