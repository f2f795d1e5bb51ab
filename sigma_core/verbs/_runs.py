"""What every history is asked."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Runs:
    """Which runs; all of them where nothing is given."""

    pack_id: str = ""
    model_id: str = ""
    limit: Annotated[int, Field(ge=1, le=10_000)] = 50
