"""A simulator: a wave of the readiness questionnaire with the shares that a national survey published.

Nobody said any of this. Shares that were not published are made up, so that every question has answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

WAVE = "simulated"
# Published: almost two thirds within five years, 95 % within ten; half without a vision; 85 % willing; 90 % see
# barriers. Lack of support is named five times as often in secondary care; the two shares are ours.
WHEN = {"now": 0.2, "within_5": 0.4675, "within_10": 0.2825, "later": 0.05}
VISION = {"not_clear": 0.5, "clear": 0.3, "not_known": 0.2}
WILLING = {"4": 0.5, "5": 0.35, "3": 0.08, "2": 0.04, "1": 0.03}
BARRIERS = {"yes": 0.9, "no": 0.1}
SUPPORT = {"secondary": 0.25, "tertiary": 0.05}
FEAR = {
    "secondary": {"1": 0.2, "2": 0.2, "3": 0.2, "4": 0.25, "5": 0.15},
    "tertiary": {"1": 0.35, "2": 0.3, "3": 0.15, "4": 0.12, "5": 0.08},
}
ROLE = {"clinician": 0.6, "researcher": 0.15, "data_scientist": 0.1, "other": 0.15}
OTHER_BARRIERS = {"expertise": 0.7, "infrastructure": 0.5, "data_access": 0.45}
INVEST = {"institutions": 0.7, "companies": 0.5, "government": 0.4, "insurers": 0.25}
TRAINING = {"yes": 0.7, "had": 0.15, "no": 0.15}
ORDERS = {
    "diagnostics|treatment|logistics|administration": 0.55,
    "treatment|diagnostics|administration|logistics": 0.3,
    "administration|logistics|diagnostics|treatment": 0.1,
    "logistics|diagnostics|administration|treatment": 0.05,
}
COLUMNS = (
    *("wave", "role", "care_level", "when", "vision", "willing", "fear", "opportunities", "sees_barriers"),
    *(f"barriers[{name}]" for name in (*OTHER_BARRIERS, "support")),
    *(f"invest[{name}]" for name in INVEST),
    "training",
)


def simulate(people: int, seed: int) -> Iterator[dict[str, str]]:
    """Make one line a person, half of them in each care level; every share is met to the nearest person."""
    random = Random(seed)  # noqa: S311 - no secret
    for level, size in (("secondary", people - people // 2), ("tertiary", people // 2)):
        seeing = _spread(BARRIERS, size, random)
        viewers = seeing.count("yes")
        several = {name: iter(_some(viewers, share, random)) for name, share in OTHER_BARRIERS.items()}
        several["support"] = iter(_some(viewers, SUPPORT[level], random))
        payers = {name: _some(size, share, random) for name, share in INVEST.items()}
        single: Mapping[str, Sequence[str]] = {
            "role": _spread(ROLE, size, random),
            "when": _spread(WHEN, size, random),
            "vision": _spread(VISION, size, random),
            "willing": _spread(WILLING, size, random),
            "fear": _spread(FEAR[level], size, random),
            "opportunities": _spread(ORDERS, size, random),
            "training": _spread(TRAINING, size, random),
        }
        for place in range(size):
            named = {name: next(said) for name, said in several.items()} if seeing[place] == "yes" else {}
            yield {
                "wave": WAVE,
                "care_level": level,
                "sees_barriers": seeing[place],
                **{f"barriers[{name}]": str(int(said)) for name, said in named.items()},
                **{f"invest[{name}]": str(int(said[place])) for name, said in payers.items()},
                **{name: values[place] for name, values in single.items()},
            }


def _spread(shares: Mapping[str, float], size: int, random: Random) -> list[str]:
    """Give each word its share of the places, in random order; what rounding leaves goes to the first."""
    names = list(shares)
    rest = [name for name in names[1:] for _ in range(round(shares[name] * size))]
    words = [*[names[0]] * (size - len(rest)), *rest][:size]
    random.shuffle(words)
    return words


def _some(size: int, share: float, random: Random) -> list[bool]:
    chosen = set(random.sample(range(size), round(size * share)))
    return [place in chosen for place in range(size)]
