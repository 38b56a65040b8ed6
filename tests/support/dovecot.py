"""A real IMAP server for tests: Dovecot with one Maildir, no system users, nothing outside its folder."""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hub.services.errors import ProgramMissing, StartFailed
from tests.support.ports import free_port

USER, PASSWORD = "support", "open sesame"
_START_S = 20.0
_OAUTH = """
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = %s
}
"""


def mail_user() -> str:
    """Return whom mail servers run as: ourselves, or nobody if we are root."""
    return "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name


@dataclass(slots=True)
class Dovecot:
    """`folder` is short (Unix sockets) and may be entered by everybody.

    With a `certificate` it offers IMAPS and STARTTLS. With `tokens` it takes access tokens, whose user it
    is told at that address.
    """

    folder: Path
    certificate: Path | None = None
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    tokens: str = ""
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def maildir(self) -> Path:
        return self.folder / "mail"

    def deliver(self, raw: bytes, folder: str = "") -> None:
        """Put a mail into the mailbox, as a delivery agent does."""
        base = self.maildir / f".{folder}" if folder else self.maildir
        number = time.monotonic_ns()
        draft = base / "tmp" / f"{number}.test,S={len(raw)}"
        draft.write_bytes(raw)
        self._own(draft)
        draft.rename(base / "new" / draft.name)

    def fill(self, mails: int, raw: bytes) -> None:
        """Put many mails into the mailbox at once, each with a number of its own for `%d` in it."""
        entry = pwd.getpwnam(mail_user())
        before, _, after = raw.partition(b"%d")
        for number in range(mails):
            path = f"{self.maildir}/cur/{1_700_000_000 + number}.M{number}.test:2,"
            file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(file, before + str(number).encode() + after)
            if os.getuid() == 0:
                os.fchown(file, entry.pw_uid, entry.pw_gid)
            os.close(file)

    def start(self) -> None:
        """Start it and wait until it answers."""
        program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise ProgramMissing("no Dovecot on this machine", "./run test installs it")
        for name in ("cur", "new", "tmp"):
            (self.maildir / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "run").mkdir(exist_ok=True)
        self.folder.chmod(0o755)
        self.own()
        (self.folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::::\n")
        oauth = f"tokeninfo_url = {self.tokens}?access_token=\nusername_attribute = email\n"
        (self.folder / "oauth2.conf").write_text(oauth)
        config = self.folder / "dovecot.conf"
        config.write_text(self._config())
        self._process = subprocess.Popen(
            (program, "-F", "-c", str(config)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_S
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise StartFailed(f"Dovecot does not answer: {self._log()}")
            time.sleep(0.02)

    def own(self) -> None:
        """Let it have all files in its folder. One that a process was writing as it was killed may go."""
        for path in (self.folder, *self.folder.rglob("*")):
            with suppress(FileNotFoundError):
                self._own(path)

    def stop(self) -> None:
        """End it at once with all its processes; what is in the Maildir stays."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def forget_uids(self) -> None:
        """Let it count its mails anew: another UIDVALIDITY, keywords gone. Only while it does not run."""
        for path in self.maildir.glob("dovecot*"):
            path.unlink()
        for path in (self.maildir / "cur").iterdir():
            path.rename(path.with_name(path.name.partition(":")[0] + ":2,"))

    def _own(self, path: Path) -> None:
        if os.getuid() == 0:
            shutil.chown(path, mail_user(), pwd.getpwnam(mail_user()).pw_gid)

    def _log(self) -> str:
        log = self.folder / "dovecot.log"
        return log.read_text()[-2000:] if log.exists() else "no log"

    def _config(self) -> str:
        user = mail_user()
        entry = pwd.getpwnam(user)
        group = grp.getgrgid(entry.pw_gid).gr_name
        tls = "ssl = no\n"
        if self.certificate is not None:
            tls = f"ssl = yes\nssl_cert = <{self.certificate}\nssl_key = <{self.certificate}\n"
        mechanisms, oauth = "plain login", ""
        if self.tokens:
            mechanisms += " xoauth2 oauthbearer"
            oauth = _OAUTH % (self.folder / "oauth2.conf")
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/run
log_path = {self.folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
last_valid_uid = 0
first_valid_gid = 1
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = {mechanisms}
mail_location = maildir:{self.folder}/mail
mailbox_list_index = no
mail_fsync = never
{tls}
{oauth}
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = static
  args = uid={entry.pw_uid} gid={entry.pw_gid} home={self.folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port if self.certificate else 0}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            return connection.recv(4) == b"* OK"
    except OSError:
        return False
