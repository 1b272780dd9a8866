"""Dense bleeds on head CTs without contrast: demonstration, not for clinical use."""

from head_ct_bleed.answer import run

__all__ = ["run"]
