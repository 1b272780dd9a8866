"""What every table of ``collega.toml`` is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of ``collega.toml``: closed and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
