"""Train the networks, choose the threshold and the gate, write the model and a report.

``PYTHONPATH=.. python train.py --films DIR --labels CSV --out DIR`` (needs torch, onnx and scipy; nothing else of
the project does).
"""

import argparse
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from chest_pneumonia.gate import SAMPLES, shrink
from export import export
from films import Films, folds, read_films, read_test_list
from gate import fit_gate
from learn import EPOCHS, learn, logits
from network import Network
from scores import at_threshold, auc_interval, youden

HERE = Path(__file__).resolve().parent
FOLDS = 5
WHOLE = 4
WHOLE_EPOCHS = 60
SEED = 20261121


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    wanted = parser.parse_args()
    torch.use_deterministic_algorithms(mode=True)
    films = read_films(wanted.films, wanted.labels)
    held_out = np.isin(films.studies, list(read_test_list(HERE / "test_list.csv")))
    seen, unseen = films.where(~held_out), films.where(held_out)
    if set(seen.patients) & set(unseen.patients):
        sys.exit("test_list.csv shares patients with the films for training; make it anew")
    networks, honest = cross_validate(seen, wanted.epochs)
    report(seen, unseen, networks, honest, wanted.out)


def cross_validate(films: Films, epochs: int) -> tuple[list[Network], np.ndarray]:
    """Teach one network per fold; the logits are those of the network that did not see the film."""
    fold = folds(films, FOLDS, SEED)
    honest = np.zeros(len(films.labels))
    networks = []
    for number in range(FOLDS):
        network = learn(films.where(fold != number), SEED + number, epochs)
        aside = films.where(fold == number)
        honest[fold == number] = logits(network, aside.pictures)
        low, middle, high = auc_interval(aside.labels, honest[fold == number])
        sys.stdout.write(f"fold {number}: AUC {middle:.3f} ({low:.3f} to {high:.3f})\n")
        sys.stdout.flush()
        networks.append(network)
    return networks, honest


def report(seen: Films, unseen: Films, networks: list[Network], honest: np.ndarray, out: Path) -> None:
    """Write the model, the gate and what was measured."""
    export(networks, out / "model.onnx")
    limit_share = fit_gate(shrink(seen.pictures), fold=folds(seen, FOLDS, SEED), file=out / "gate.npz")
    together = np.mean([logits(network, unseen.pictures) for network in networks], axis=0)
    threshold = 1 / (1 + np.exp(-youden(seen.labels, honest)))
    said = {
        "date": datetime.now(UTC).date().isoformat(),
        "seed": SEED,
        "films_for_training": len(seen.labels),
        "films_in_test_list": len(unseen.labels),
        "auc_cross_validation": auc_interval(seen.labels, honest),
        "auc_test_list": auc_interval(unseen.labels, together),
        "threshold": threshold,
        "at_threshold_cross_validation": at_threshold(seen.labels, honest, threshold),
        "at_threshold_test_list": at_threshold(unseen.labels, together, threshold),
        "gate_refuses_of_training_films": limit_share,
        "gate_side": SAMPLES,
        "model_sha256": hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest(),
        "gate_sha256": hashlib.sha256((out / "gate.npz").read_bytes()).hexdigest(),
    }
    (HERE / "report.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
