"""``study.json`` as a service outside gets it: built from what left, key by key; what is not named here stays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collega.model.code import Text
from collega.model.inputs import Why
from collega.model.study import InstanceHeader

OLDEST = 90.0  # of so few people it tells who they are: 45 CFR 164.514(b)(2)(i)(C)
KEPT_TEXT = Text(en="{what} not sent outside the hospital", nl="{what} niet buiten het ziekenhuis verzonden")
REPORT = Text(en="earlier report", nl="eerder verslag")


@dataclass(frozen=True, kw_only=True)
class Telling:
    """How a study is told outside.

    Parameters
    ----------
    headers : Mapping
        Of each object that leaves, by its name in the folder.
    days : int
        By so many days its moments move, as those of its images do.
    sends_free_text : bool
    """

    headers: Mapping[str, InstanceHeader]
    days: int
    sends_free_text: bool

    def told(self, inside: Mapping[str, Any]) -> dict[str, Any]:
        """Tell it."""
        images = [self._image(image) for image in inside["images"]]
        first = self.headers[inside["images"][0]["file"]]
        age = inside["patient"]["age_years"]
        outside: dict[str, Any] = {
            "schema": inside["schema"],
            "app": inside["app"],
            "study": {
                "study_instance_uid": first.study_instance_uid,
                "study_date": first.study_date,
                "study_time": first.study_time,
                "study_description": first.study_description,
            },
            "patient": {"age_years": age if age is None else min(age, OLDEST), "sex": inside["patient"]["sex"]},
            "images": images,
            "config": inside["config"],
        }
        readers = {"priors": self._prior, "reports": self._report, "laboratory": self._value, "genetics": self._result}
        for name, reader in readers.items():
            if name in inside:
                outside[name] = [made for item in inside[name] if (made := reader(item))]
        if "missing" in inside:
            outside["missing"] = [*inside["missing"], *self._kept(inside)]
        return outside

    def _image(self, image: Mapping[str, Any]) -> dict[str, Any]:
        header = self.headers[image["file"]]
        own = ("sop_instance_uid", "sop_class_uid", "series_instance_uid", "transfer_syntax_uid")
        return {"file": image["file"]} | {
            name: getattr(header, name) if name in own else header.attributes.get(name)
            for name in image
            if name != "file"
        }

    def _prior(self, prior: Mapping[str, Any]) -> dict[str, Any]:
        images = [self._image(image) for image in prior["images"]]
        header = self.headers[prior["images"][0]["file"]]
        return {
            "folder": prior["folder"],
            "study_instance_uid": header.study_instance_uid,
            "study_date": header.study_date,
            "study_description": header.study_description,
            "months_before": prior["months_before"],
            "images": images,
        }

    def _report(self, report: Mapping[str, Any]) -> dict[str, Any] | None:
        if not self.sends_free_text:
            return None
        return {"at": self._moved(report["at"]), "text": report["text"], "status": report["status"]}

    def _value(self, value: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: value.get(name) for name in ("id", "value", "unit", "comparator", "status")}
        return {**kept, "at": self._moved(value["at"]), "code": self._code(value.get("code"))}

    def _result(self, result: Mapping[str, Any]) -> dict[str, Any]:
        parts = [
            {"code": self._code(part.get("code")), "text": self._words(part.get("text"))}
            for part in result.get("parts", ())
        ]
        kept = {name: result.get(name) for name in ("id", "status")}
        words = {"text": self._words(result.get("text")), "at": self._moved(result["at"])}
        return {**kept, **words, "code": self._code(result.get("code")), "parts": parts}

    def _words(self, text: object) -> object:
        return text if self.sends_free_text else ""

    def _code(self, code: object) -> object:
        """Give a code; its meaning is what somebody typed."""
        if not isinstance(code, Mapping):
            return None
        return {name: code.get(name) for name in ("scheme", "value")} | {"meaning": self._words(code.get("meaning"))}

    def _moved(self, moment: object) -> str | None:
        if not isinstance(moment, str):
            return None
        return (datetime.fromisoformat(moment) + timedelta(days=self.days)).isoformat()

    def _kept(self, inside: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if inside.get("reports") and not self.sends_free_text:
            words = {
                "en": KEPT_TEXT.en.format(what=REPORT.en),
                "nl": KEPT_TEXT.nl.format(what=REPORT.nl),
            }
            yield {"input": "reports", "why": Why.NOT_OUTSIDE, "text": words}
