"""Train networks and edges, choose blend, threshold and gate, write the model and a report.

``PYTHONPATH=.. python train.py --films DIR --labels CSV --out DIR`` (needs torch, onnx, scikit-learn and scipy, which
nothing else of the project does).
"""

import argparse
import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from edges import edge_values, learn_edges
from export import Blend, Together, export
from films import Films, folds, read_films, read_test_list
from gate import fit_gate
from learn import EPOCHS, learn, logits
from network import Network
from scores import at_threshold, auc_interval, youden
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).resolve().parent
FOLDS = 5
WHOLE = 2
WHOLE_EPOCHS = 60
SEED = 20261121

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Honest:
    """What those who had not seen a film said of it, film by film; and the networks of the folds."""

    of_networks: Values
    of_edges: Values
    networks: list[Network]


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent)
    wanted = parser.parse_args()
    films = read_films(wanted.films, wanted.labels)
    held_out = np.isin(films.studies, list(read_test_list(HERE / "test_list.csv")))
    seen, unseen = films.where(~held_out), films.where(held_out)
    if set(seen.patients) & set(unseen.patients):
        sys.exit("test_list.csv shares patients with the films for training; make it anew")
    honest = cross_validate(seen)
    whole = [learn(seen, SEED + 100 + number, WHOLE_EPOCHS) for number in range(WHOLE)]
    finish(seen, unseen, honest, [*honest.networks, *whole], wanted.out)


def cross_validate(films: Films) -> Honest:
    """Teach one network, and fit edges, per fold of patients."""
    fold = folds(films, FOLDS, SEED)
    of_networks, of_edges = np.zeros(len(films.labels)), np.zeros(len(films.labels))
    networks = []
    for number in range(FOLDS):
        rest, aside = films.where(fold != number), films.where(fold == number)
        networks.append(learn(rest, SEED + number, EPOCHS))
        of_networks[fold == number] = logits(networks[-1], aside.pictures)
        of_edges[fold == number] = edge_values(learn_edges(rest), aside)
        sys.stdout.write(f"fold {number} done\n")
        sys.stdout.flush()
    return Honest(of_networks=of_networks, of_edges=of_edges, networks=networks)


def blend(labels: npt.NDArray[np.int64], honest: Honest) -> Blend:
    """Weigh both by their spread, equally, and scale the sum to a logit (Platt 1999)."""
    spreads = honest.of_networks.std(), honest.of_edges.std()
    sums = honest.of_networks / spreads[0] + honest.of_edges / spreads[1]
    fitted = LogisticRegression(C=1e6).fit(sums[:, None], labels)
    slope, offset = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return Blend(of_networks=slope / float(spreads[0]), of_edges=slope / float(spreads[1]), offset=offset)


def finish(seen: Films, unseen: Films, honest: Honest, networks: list[Network], out: Path) -> None:
    """Write the model, the gate and what was measured; the test list is looked at once, at the end."""
    weights = blend(seen.labels, honest)
    edges = learn_edges(seen)
    export(Together(networks, edges, weights), out / "model.onnx")
    refused = fit_gate(seen.pictures, folds(seen, FOLDS, SEED), out / "gate.npz")
    aside = weights.offset + weights.of_networks * honest.of_networks + weights.of_edges * honest.of_edges
    together = np.mean([logits(network, unseen.pictures) for network in networks], axis=0)
    final = weights.offset + weights.of_networks * together + weights.of_edges * edge_values(edges, unseen)
    threshold = float(1 / (1 + np.exp(-youden(seen.labels, aside))))
    said = {
        "date": datetime.now(UTC).date().isoformat(),
        "seed": SEED,
        "networks": len(networks),
        "films_for_training": len(seen.labels),
        "films_in_test_list": len(unseen.labels),
        "auc_cross_validation": auc_interval(seen.labels, aside),
        "auc_cross_validation_networks_alone": auc_interval(seen.labels, honest.of_networks),
        "auc_cross_validation_edges_alone": auc_interval(seen.labels, honest.of_edges),
        "auc_test_list": auc_interval(unseen.labels, final),
        "blend": asdict(weights),
        "threshold": threshold,
        "at_threshold_cross_validation": at_threshold(seen.labels, aside, threshold),
        "at_threshold_test_list": at_threshold(unseen.labels, final, threshold),
        "gate_refuses_of_training_films": refused,
        "model_sha256": hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest(),
        "gate_sha256": hashlib.sha256((out / "gate.npz").read_bytes()).hexdigest(),
    }
    (HERE / "report.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
