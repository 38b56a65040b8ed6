"""Settings of the hub: environment variables that begin with `TORITSUGI_`.

    TORITSUGI_HTTP_PORT=8080
    TORITSUGI_REDIS_URL=redis://127.0.0.1:6380/0

The description of a field is what an administrator reads when its variable is wrong.
"""

from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from gateways.account import PREFIX, Secret, WebAddress
from gateways.pace import read_paces
from hub.errors import SettingsInvalid
from hub.objects.keys import read_key

SQLITE, POSTGRESQL = "sqlite+aiosqlite", "postgresql+asyncpg"
_HERE = Path(__file__).parent
_DATABASE_FORMS = f"{SQLITE}:///PATH or {POSTGRESQL}://USER:PASSWORD@HOST/DATABASE"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _redis_address(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("not a Redis address")
    return text


def _database_address(text: str) -> str:
    try:
        driver = make_url(text).drivername
    except ArgumentError:
        driver = ""
    if driver not in (SQLITE, POSTGRESQL):
        raise ValueError("not a database address")
    return text


def _networks(text: str) -> str:
    for each in text.split(","):
        ip_network(each.strip(), strict=False)
    return text


def _folder(text: Path) -> Path:
    return text.expanduser().absolute()


Folder = Annotated[Path, AfterValidator(_folder)]
Port = Annotated[int, Field(ge=1, le=65535, description="a port number from 1 to 65535")]
RedisAddress = Annotated[str, AfterValidator(_redis_address)]
DatabaseAddress = Annotated[str, AfterValidator(_database_address)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.-]+$")]
Networks = Annotated[str, AfterValidator(_networks)]
_FOLLOWS = "default_factory_not_called"
"""Pydantic's word for a default that follows from a field which is wrong itself."""
_NAME = "1 to 64 letters, digits, '.', '_' or '-'"


def _config_dir() -> Path:
    """Return the packaged configuration: inside the installed package, or beside it in the repository."""
    packaged = _HERE / "asterisk-config"
    return packaged if packaged.is_dir() else _HERE.parent / "asterisk-config"


def _database_in_data_dir(validated: dict[str, Any]) -> str:
    return f"{SQLITE}:///{validated['data_dir'] / 'toritsugi.db'}"


def _where_it_listens(validated: dict[str, Any]) -> str:
    return f"http://{validated['http_host']}:{validated['http_port']}"


class BaseHubSettings(BaseSettings):
    """What every command needs: where things lie and how much is logged."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    data_dir: Folder = Field(Path("~/.local/share/toritsugi"), description="a folder that the hub may write")
    config_dir: Folder = Field(default_factory=_config_dir, description="a folder with queues.conf, ivr.conf")
    database_url: DatabaseAddress = Field(
        default_factory=_database_in_data_dir, repr=False, description=_DATABASE_FORMS
    )
    log_level: LogLevel = Field(LogLevel.INFO, description="debug, info, warning or error")
    log_personal: bool = Field(False, description="1 to log numbers and texts unmasked, or 0")


def _key(text: SecretStr) -> SecretStr:
    read_key(text.get_secret_value())
    return text


def _paces(text: str) -> str:
    read_paces(text)
    return text


def _keys(text: SecretStr) -> SecretStr:
    for each in text.get_secret_value().split(","):
        read_key(each)
    return text


class RecordingSettings(BaseHubSettings):
    """Where recordings lie, and the keys to them."""

    recording_dir: Folder = Field(
        Path("/var/spool/asterisk/recording"), description="Asterisk's recording folder"
    )
    recording_key: Annotated[SecretStr, AfterValidator(_key)] | None = Field(
        None, description="32 random bytes in base64"
    )
    recording_old_keys: Annotated[SecretStr, AfterValidator(_keys)] | None = Field(
        None, description="keys in base64, separated by commas"
    )
    recording_plain: bool = Field(False, description="yes to store recordings and files unencrypted, or no")
    recording_store: str = Field(
        "files", pattern=r"^(files|s3://[\w.-]+(/[\w./-]*)?)$", description="files or s3://BUCKET/PREFIX"
    )
    s3_endpoint: WebAddress | None = Field(None, description="an http or https address")
    s3_region: str = Field("us-east-1", min_length=1, description="a region's name")
    s3_access_key: str | None = Field(None, description="the id of a key for the bucket")
    s3_secret_key: Secret | None = Field(None, description="the secret of that key")
    agents_hear_recordings: bool = Field(False, description="yes to let agents hear their own, or no")


_ENGINE = r"[a-z]{2,3}:[\w.:]+(=[^,=]+)?"


class SpeechSettings(BaseHubSettings):
    """Whether callers may speak, and who listens."""

    speech: bool = Field(False, description="yes to let callers speak, or no")
    speech_engines: str = Field(
        "ja:whisper,en:whisper",
        pattern=rf"^{_ENGINE}(,{_ENGINE})*$",
        description="LANGUAGE:ENGINE or LANGUAGE:ENGINE=MODEL with commas: ja:whisper,ko:vosk=/models/ko",
    )
    speech_streams: int = Field(20, ge=1, le=1_000, description="a number of callers, 1 to 1000")
    speech_endpoint: float = Field(0.5, ge=0.2, le=3.0, description="seconds of silence, 0.2 to 3")
    speech_threads: int = Field(2, ge=1, le=64, description="a number of threads, 1 to 64")
    speech_hang: float = Field(1.5, ge=0.5, le=60.0, description="a number of seconds, 0.5 to 60")
    speech_dir: Folder | None = Field(None, description="a folder for models")

    @property
    def models_dir(self) -> Path:
        """The folder of models."""
        return self.speech_dir or self.data_dir / "speech"


class FileSettings(BaseHubSettings):
    """Files that customers and agents send each other. They lie where recordings do, under the same keys."""

    file_mb: int = Field(25, ge=1, le=2048, description="megabytes of a file, 1 to 2048")
    message_files_mb: int = Field(50, ge=1, le=4096, description="megabytes of a message's files, 1 to 4096")
    file_types: str = Field(
        "*/*",
        pattern=r"^\s*[\w*.+-]+/[\w*.+-]+\s*(,\s*[\w*.+-]+/[\w*.+-]+\s*)*$",
        description="media types with commas: image/*,application/pdf",
    )
    file_days: int = Field(365, ge=1, le=36_500, description="a number of days, 1 or more")
    file_link_hours: int = Field(72, ge=1, le=8_760, description="a number of hours, 1 to 8760")
    clamd: str | None = Field(
        None,
        pattern=r"^(/.+|.+:[0-9]{1,5})$",
        description="HOST:PORT or a socket's path: /run/clamav/clamd.ctl",
    )
    clamd_away: Literal["hold", "let_through"] = Field("hold", description="hold or let_through")


class UnderstandingSettings(BaseHubSettings):
    """An outside program that callers are understood by; none by default."""

    nlu_url: WebAddress | None = Field(None, description="an http or https address")
    nlu_token: Secret | None = Field(None, description="the token of that program")
    nlu_timeout_s: float = Field(1.0, gt=0, le=5, description="a number of seconds, at most 5")


_ICE_URI = r"(stuns?|turns?):[^\s,?]+(\?transport=(udp|tcp))?"


class WebRtcSettings(BaseHubSettings):
    """How browsers' media find their way."""

    turn_uris: str = Field(
        "",
        pattern=rf"^({_ICE_URI}(,{_ICE_URI})*)?$",
        description="stun: and turn: addresses with commas: stun:turn.example.jp,turn:turn.example.jp",
    )
    turn_secret: Secret | None = Field(None, description="the secret of the TURN servers")
    turn_only: bool = Field(False, description="yes to let all media of browsers pass through TURN, or no")
    media_address: str = Field(
        "", description="the address of Asterisk's media for browsers, none: all that it has"
    )


class Settings(RecordingSettings, FileSettings, SpeechSettings, UnderstandingSettings, WebRtcSettings):
    """All that the running hub needs."""

    http_host: str = Field("127.0.0.1", min_length=1, description="an address to listen at")
    http_port: Port = 8080
    public_url: WebAddress = Field(
        default_factory=_where_it_listens, description="the http or https address that browsers use"
    )
    web_dir: Folder = Field(_HERE.parent / "web" / "dist", description="the folder of the built agent page")
    redis_url: RedisAddress = Field(
        "redis://127.0.0.1:6380/0", repr=False, description="redis://HOST:PORT/NUMBER"
    )

    node: Name = Field("local", description=_NAME)
    ari_url: WebAddress = Field("http://127.0.0.1:8088/ari", description="http://HOST:PORT/ari")
    ari_user: Name = Field("hub", description=_NAME)
    ari_password: Secret = Field(description="the password of ari.conf")
    ari_app: Name = Field("toritsugi", description=_NAME)
    ami_host: str = Field("127.0.0.1", min_length=1, description="the host of Asterisk's manager interface")
    ami_port: Port = 5038
    ami_user: Name = Field("hub", description=_NAME)
    ami_password: Secret = Field(description="the password of manager.conf")
    secret_key: SecretStr = Field(min_length=32, description="at least 32 random characters")

    callback_endpoint: str = Field(
        "",
        pattern=r"^([^{}]*\{(number|national)\}[^{}]*)?$",
        description="an Asterisk endpoint with {national} or {number} in it: PJSIP/{national}@carrier",
    )
    callback_caller_id: str = Field(
        "", pattern=r"^\+?[0-9]*$", description="the company's number, which customers see who are called"
    )

    block_failures: int = Field(10, ge=2, description="a number of failed requests, 2 or more")
    block_within_s: int = Field(60, ge=1, le=86_400, description="a number of seconds")
    block_s: int = Field(600, ge=1, le=86_400, description="a number of seconds")
    block_never: Networks = Field(
        "127.0.0.1,::1", description="addresses and networks with commas: 127.0.0.1,192.0.2.0/24"
    )

    line_add_friend_url: WebAddress | None = Field(None, description="an http or https address")
    mail_address: str | None = Field(
        None, pattern=r"^[^@\s?&]+@[^@\s?&]+$", description="an e-mail address that customers write to"
    )
    text_paces: Annotated[str, AfterValidator(_paces)] = Field(
        "", description="CHANNEL:PER_SECOND or CHANNEL/ACCOUNT:PER_SECOND with commas: line:50,sms:5"
    )
    text_messages_per_minute: int = Field(
        60, ge=0, le=10_000, description="a number of messages of one sender, 0 for no limit"
    )
    inbox_events_max: int = Field(100_000, ge=1, description="a number of events, 1 or more")
    routing_history_days: int = Field(90, ge=1, le=36_500, description="a number of days, 1 or more")
    deflection_days: int = Field(400, ge=35, le=36_500, description="a number of days, 35 or more")
    audit_days: int = Field(365, ge=1, le=36_500, description="a number of days, 1 or more")
    region: str = Field("JP", pattern=r"^[A-Z]{2}$", description="two capital letters (ISO 3166), as in JP")


S = TypeVar("S", bound=BaseSettings)


def load_settings(kind: type[S]) -> S:
    """Read the environment; raises `SettingsInvalid` with every problem and no value of any variable."""
    try:
        return kind.model_validate({})
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise SettingsInvalid(
            [_problem(kind, each) for each in details if each["type"] != _FOLLOWS]
        ) from None


def _problem(kind: type[BaseSettings], detail: ErrorDetails) -> str:
    if not detail["loc"]:
        return detail["msg"].removeprefix("Value error, ")
    name = str(detail["loc"][0])
    missing = "is missing: " if detail["type"] == "missing" else ""
    return f"{_variable(name)}: {missing}expected {kind.model_fields[name].description}"


def _variable(field: str) -> str:
    return PREFIX + field.upper()
