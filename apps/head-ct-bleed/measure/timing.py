"""Where the time of one look at 32 x 256 x 256 voxels goes: ``PYTHONPATH=.. python timing.py``."""

import cProfile
import pstats
import sys
import time

import numpy as np
from head_ct_bleed.look import look

from collega.testing.head_bleeds import Bleed
from collega.testing.head_phantom import draw_head

SLICES, LOOKS, LINES = 32, 5, 14


def main() -> None:
    """Look a few times, by the clock of the processor, then once under the profiler."""
    head = draw_head(0, lesions=[Bleed(volume_ml=12.0)], slices=SLICES)
    values = head.hounsfield.astype(np.float32)
    before = time.process_time()
    for _ in range(LOOKS):
        look(values, head.voxel)
    sys.stdout.write(f"{(time.process_time() - before) / LOOKS:.3f} s CPU a look\n")
    profiler = cProfile.Profile()
    profiler.runcall(look, values, head.voxel)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats("head_ct_bleed", LINES)


if __name__ == "__main__":
    main()
