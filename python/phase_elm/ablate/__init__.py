"""What each constraint is worth: trained without it, judged on held-out columns."""

from phase_elm.ablate.run import AblateConfig, AblateError, ablate
from phase_elm.ablate.table import markdown

__all__ = ["AblateConfig", "AblateError", "ablate", "markdown"]
