"""Where an app could help, and the baselines of a site, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from collega.formats.local import day, number
from collega.formats.value_view import amount, percent
from collega.formats.value_words import word
from collega.model.code import Text


def _t(en: str, nl: str) -> Text:
    return Text(en=en, nl=nl)


NEEDS_WORDS: Mapping[str, Text] = {
    "needs": _t("Where could AI help?", "Waar zou AI kunnen helpen?"),
    "board": _t("Value", "Waarde"),
    "needs_lead": _t(
        "Counted from {studies} studies of this house, {since} to {until}, before any app is bought. A long wait: the "
        "tenth study of ten waits more than {wait} minutes. Much reading: more than {hours} hours a year.",
        "Geteld uit {studies} onderzoeken van dit huis, {since} tot en met {until}, voordat er een app is gekocht. "
        "Lang wachten: het tiende van tien onderzoeken wacht meer dan {wait} minuten. Veel leeswerk: meer dan {hours} "
        "uur per jaar.",
    ),
    "no_needs": _t("No study came in these weeks.", "Er kwam in deze weken geen onderzoek."),
    "label_unknown": _t(
        "How often the labels of reports are wrong is not known here: no share of normal reports is shown.",
        "Hoe vaak de labels van verslagen fout zijn is hier niet bekend: er staat geen aandeel normale verslagen.",
    ),
    "exam": _t("Examination", "Onderzoek"),
    "per_year": _t("A year", "Per jaar"),
    "night": _t("Without a radiologist on the spot", "Zonder radioloog ter plaatse"),
    "wait": _t("Nine of ten wait at most (min)", "Negen van de tien wachten hoogstens (min)"),
    "wait_night": _t("The same, not by day (min)", "Idem, niet overdag (min)"),
    "reading": _t("Reading (min)", "Lezen (min)"),
    "hours": _t("Hours a year", "Uren per jaar"),
    "normal": _t("Normal", "Normaal"),
    "verdict": _t("What could help", "Wat kan helpen"),
    "baselines": _t("Measured before an app", "Gemeten voor een app"),
    "no_baselines": _t(
        "No baseline is begun: collega roi baseline start NAME begins one.",
        "Er is geen nulmeting begonnen: collega roi baseline start NAAM begint er een.",
    ),
    "under_way": _t("under way until {until}, {n} studies so far", "loopt tot {until}, {n} onderzoeken tot nu"),
    "frozen": _t("frozen on {on}; {n} studies since", "vastgelegd op {on}; {n} onderzoeken sindsdien"),
    "changed": _t("CHANGED: the file is not what was frozen", "GEWIJZIGD: het bestand is niet wat was vastgelegd"),
    "faulty": _t("cannot be read", "is niet te lezen"),
    "left_out": _t("{n} more are not shown.", "{n} andere staan er niet bij."),
    "figure": _t("Figure", "Cijfer"),
    "before": _t("Before", "Ervoor"),
    "now": _t("Since", "Sindsdien"),
    "difference": _t("Difference (95 % interval)", "Verschil (95%-interval)"),
    "value": _t("Value (95 % interval)", "Waarde (95%-interval)"),
    "needed": _t("Studies needed", "Onderzoeken nodig"),
    "studies": _t("Studies", "Onderzoeken"),
    "outcome": _t("What it says", "Wat het zegt"),
    "days": _t("cases approved", "goedgekeurde casussen"),
    "not_known": _t("not known", "niet bekend"),
}
VERDICTS: Mapping[str, Text] = {
    "wait": _t("long waits: an app that puts studies first", "lang wachten: een app die onderzoeken naar voren haalt"),
    "reading": _t("much reading: an app that shortens it", "veel leeswerk: een app die het verkort"),
    "filter": _t("many, most of them normal: a filter", "veel, de meeste normaal: een filter"),
    "filter_unchecked": _t(
        "perhaps a filter: do a label check first", "misschien een filter: doe eerst een labelcontrole"
    ),
    "no_problem": _t("no problem here", "hier geen probleem"),
    "too_few": _t("too few studies to tell", "te weinig onderzoeken"),
    "unknown": _t(
        "not known: nobody tells when these are opened and signed",
        "niet bekend: niemand zegt wanneer deze worden geopend en getekend",
    ),
    "lower": _t("lower", "lager"),
    "higher": _t("higher", "hoger"),
    "no difference shown": _t("no difference shown", "geen verschil aangetoond"),
    "not enough studies": _t("not enough studies", "te weinig onderzoeken"),
}
KPIS: Mapping[str, Text] = {
    "wait_minutes": _t("wait (min)", "wachten (min)"),
    "wait_minutes_night": _t("wait, not by day (min)", "wachten, niet overdag (min)"),
    "to_signature_minutes": _t("to the signature (min)", "tot de handtekening (min)"),
    "reading_minutes": _t("reading (min)", "lezen (min)"),
    "calls_per_night_study": _t("calls for each study at night", "telefoontjes per onderzoek 's nachts"),
    "days_idea_to_approval": _t("from idea to approval (days)", "van idee tot goedkeuring (dagen)"),
}
HEADS = ("exam", "studies", "per_year", "night", "wait", "wait_night", "reading", "hours", "normal", "verdict")


def needs_view(told: Mapping[str, Any], language: str, zone: ZoneInfo) -> dict[str, Any]:
    """Put what `collega.bootstrap.worth.needs.NeedsDesk` gives into rows."""
    words = {name: text.in_language(language) for name, text in NEEDS_WORDS.items()}
    bounds = told["bounds"]
    lead = words["needs_lead"].format(
        studies=amount(told["studies"], language),
        since=day(told["since"], language),
        until=day(told["until"], language),
        wait=number(bounds["wait_minutes"], language),
        hours=number(bounds["hours_per_year"], language),
    )
    left_out = told["baselines_left_out"]
    return {
        "lead": lead,
        "note": "" if told["label_error_is_known"] else words["label_unknown"],
        "heads": [words[name] for name in HEADS],
        "rows": [_need(one, language) for one in told["needs"]],
        "baselines": [_baseline(one, words, language, zone) for one in told["baselines"]],
        "left_out": words["left_out"].format(n=left_out) if left_out else "",
    }


def _need(one: Mapping[str, Any], language: str) -> tuple[str, ...]:
    hours = one["hours_per_year"]
    return (
        one["exam"],
        number(one["studies"], language, ".0f"),
        number(one["per_year"], language, ".0f"),
        _share(one["night"], language),
        *(_ranged(one[name], language, ".0f") for name in ("wait_p90_min", "wait_night_p90_min")),
        _ranged(one["reading_min"], language, ".1f"),
        "-" if hours is None else amount(hours, language),
        _share(one["normal_corrected"], language),
        "; ".join(word(VERDICTS, str(verdict), language) for verdict in one["verdicts"]),
    )


def _share(one: Mapping[str, Any], language: str) -> str:
    if one["value"] is None:
        return "-"
    value, low, high = ("?" if one[key] is None else percent(one[key], language) for key in ("value", "low", "high"))
    return f"{value} ({low} - {high})"


def _ranged(one: Mapping[str, Any], language: str, form: str = ".4g") -> str:
    if one["value"] is None:
        return "-"
    value = number(one["value"], language, form)
    return value if one["low"] is None and one["high"] is None else f"{value} ({_limits(one, language, form)})"


def _limits(one: Mapping[str, Any], language: str, form: str = ".4g") -> str:
    low, high = ("?" if one[key] is None else number(one[key], language, form) for key in ("low", "high"))
    return f"{low} - {high}"


def _baseline(one: Mapping[str, Any], words: Mapping[str, str], language: str, zone: ZoneInfo) -> dict[str, Any]:
    if one["faults"]:
        return {"name": one["name"], "said": f"{words['faulty']}: {one['faults']}", "heads": [], "rows": []}

    def on(moment: str) -> str:
        return day(datetime.fromisoformat(moment).astimezone(zone), language)

    about = f"{one['name']} ({one['exam']})" if one["exam"] else one["name"]
    if "since" not in one:
        needed = {each["kpi"]: each["studies"] for each in one["wanted"]}
        return {
            "name": about,
            "said": words["under_way"].format(until=on(one["ends"]), n=one["studies"]),
            "heads": [words[name] for name in ("figure", "value", "studies", "needed")],
            "rows": [
                (
                    _kpi(each, language),
                    _ranged(each, language),
                    _count(each, words),
                    str(needed.get(each["kpi"]) or "-"),
                )
                for each in one["so_far"]
            ],
        }
    said = words["frozen"].format(on=on(one["frozen"]), n=one["studies_since"])
    return {
        "name": about,
        "said": said if one["is_unchanged"] else f"{said}. {words['changed']}",
        "heads": [words[name] for name in ("figure", "before", "now", "studies", "difference", "outcome")],
        "rows": [_change(each, words, language) for each in one["since"]],
    }


def _change(one: Mapping[str, Any], words: Mapping[str, str], language: str) -> tuple[str, ...]:
    before, now, difference = (
        "-" if one[key] is None else number(one[key], language, ".4g") for key in ("before", "now", "difference")
    )
    return (
        _kpi(one, language),
        before,
        now,
        _count(one, words),
        difference if one["difference"] is None else f"{difference} ({_limits(one, language)})",
        word(VERDICTS, one["verdict"], language),
    )


def _kpi(one: Mapping[str, Any], language: str) -> str:
    return word(KPIS, one["kpi"], language)


def _count(one: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Say how many were counted; of the way to approval these are cases."""
    return f"{one['n']} {words['days']}" if one["kpi"].startswith("days_") else str(one["n"])
