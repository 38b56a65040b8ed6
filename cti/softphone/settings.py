"""Who a softphone is and where it listens."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """One SIP identity.

    `domain` stands after the `@` of From. `registrar` is a SIP URI; without one the phone never
    registers, as a trunk does not. `bound_address` and `bound_port` (0: any free one) are where its SIP
    messages come from and go to; accounts of the same pair share a socket. A caller who withholds the
    number is `user="anonymous", domain="anonymous.invalid"` and calls with a `Privacy: id` header
    (RFC 3323 §4.1.1.3).
    """

    user: str
    domain: str
    password: str | None = field(default=None, repr=False)
    registrar: str | None = None
    realm: str = "*"
    display_name: str = ""
    bound_address: str = "127.0.0.1"
    bound_port: int = 0
    expires_s: int = 300

    @property
    def identity(self) -> str:
        """The name-addr of From (RFC 3261 §25.1)."""
        uri = f"sip:{self.user}@{self.domain}"
        if not self.display_name:
            return uri
        name = self.display_name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{name}" <{uri}>'
