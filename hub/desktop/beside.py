"""What a message may bring that is no text and no file."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LABEL_MAX = 40
URL_MAX = 1_000
PLACE_MAX = 100
STICKER_ID_MAX = 20


class Choice(BaseModel):
    """A button under a message; with `url` it opens a page."""

    model_config = ConfigDict(frozen=True)

    label: Annotated[str, Field(min_length=1, max_length=LABEL_MAX, repr=False)]
    url: Annotated[str, Field(max_length=URL_MAX, pattern=r"^https?://")] | None = None


class Place(BaseModel):
    """A place on the map, in degrees (WGS 84)."""

    model_config = ConfigDict(frozen=True)

    title: Annotated[str, Field(min_length=1, max_length=PLACE_MAX, repr=False)]
    address: Annotated[str, Field(max_length=PLACE_MAX, repr=False)] = ""
    latitude: Annotated[float, Field(ge=-90, le=90, repr=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, repr=False)]


class Sticker(BaseModel):
    """A sticker of those that the channel has, by the provider's ids."""

    model_config = ConfigDict(frozen=True)

    package: Annotated[str, Field(min_length=1, max_length=STICKER_ID_MAX)]
    sticker: Annotated[str, Field(min_length=1, max_length=STICKER_ID_MAX)]
