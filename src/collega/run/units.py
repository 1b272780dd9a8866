"""Units of laboratory values: other spellings of one unit, and factors that hold for one analyte alone."""

from collections.abc import Mapping, Sequence

from collega.model.code import Code

# How laboratories write it -> UCUM (case counts there: mmol, Mg and mg are different things).
SPELLINGS: Mapping[str, str] = {
    "µmol/l": "umol/L",
    "μmol/l": "umol/L",
    "umol/l": "umol/L",
    "µmol/L": "umol/L",
    "μmol/L": "umol/L",
    "mmol/l": "mmol/L",
    "mg/l": "mg/L",
    "g/l": "g/L",
    "g/dl": "g/dL",
    "mg/dl": "mg/dL",
    "µg/L": "ug/L",
    "μg/L": "ug/L",
    "µg/l": "ug/L",
    "ug/l": "ug/L",
    "ng/ml": "ng/mL",
    "ml/min/1.73m2": "mL/min/{1.73_m2}",
    "mL/min/1.73m2": "mL/min/{1.73_m2}",
    "mL/min/1.73 m2": "mL/min/{1.73_m2}",
    "mL/min/{1.73m2}": "mL/min/{1.73_m2}",
    "10*9/l": "10*9/L",
    "10^9/L": "10*9/L",
    "U/l": "U/L",
}
# Names of analytes by LOINC, whatever the property that the code measures.
ANALYTES: Mapping[str, str] = {
    "2160-0": "creatinine",
    "14682-9": "creatinine",
    "2345-7": "glucose",
    "14749-6": "glucose",
    "718-7": "haemoglobin",
    "59260-0": "haemoglobin",
    "1988-5": "crp",
    "3094-0": "urea nitrogen",
    "17861-6": "calcium",
    "2000-8": "calcium",
    "1975-2": "bilirubin",
    "14631-6": "bilirubin",
    "1751-7": "albumin",
    "2857-1": "psa",
    "35741-8": "psa",
}
# Molar masses in g/mol: creatinine 113.12, glucose 180.16, haemoglobin (one chain) 16 114.5, calcium 40.078,
# bilirubin 584.66; urea nitrogen holds two atoms of nitrogen, 28.01.
FACTORS: Mapping[tuple[str, str, str], float] = {
    ("creatinine", "mg/dL", "umol/L"): 10_000 / 113.12,
    ("creatinine", "mg/L", "umol/L"): 1_000 / 113.12,
    ("creatinine", "mmol/L", "umol/L"): 1_000.0,
    ("glucose", "mg/dL", "mmol/L"): 10 / 180.16,
    ("haemoglobin", "g/dL", "mmol/L"): 10_000 / 16_114.5,
    ("haemoglobin", "g/L", "mmol/L"): 1_000 / 16_114.5,
    ("haemoglobin", "g/dL", "g/L"): 10.0,
    ("crp", "mg/dL", "mg/L"): 10.0,
    ("urea nitrogen", "mg/dL", "mmol/L"): 10 / 28.01,
    ("calcium", "mg/dL", "mmol/L"): 10 / 40.078,
    ("bilirubin", "mg/dL", "umol/L"): 10_000 / 584.66,
    ("albumin", "g/dL", "g/L"): 10.0,
    ("psa", "ng/mL", "ug/L"): 1.0,
}


def converted(value: float, unit: str, wanted: str, codes: Sequence[Code]) -> float | None:
    """Give a value in another unit; None where that is not known for its analyte.

    Parameters
    ----------
    value : float
    unit, wanted : str
        UCUM, or as a laboratory writes it.
    codes : sequence of Code
        What the value may be of; they must all be of one analyte.
    """
    has, asked = SPELLINGS.get(unit.strip(), unit.strip()), SPELLINGS.get(wanted, wanted)
    if has == asked:
        return value
    analytes = {ANALYTES.get(code.value, "") if code.scheme == "LN" else "" for code in codes}
    if len(analytes) != 1:
        return None
    (analyte,) = analytes
    factor = FACTORS.get((analyte, has, asked))
    if factor is not None:
        return value * factor
    back = FACTORS.get((analyte, asked, has))
    return value / back if back is not None else None
