"""A real SMTP server for tests: Exim, which delivers into a Maildir and refuses some recipients."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from hub.services.errors import ProgramMissing, StartFailed
from tests.support.dovecot import PASSWORD, USER, mail_user
from tests.support.ports import free_port

_START_S = 20.0
_AUTHENTICATORS = {
    "PLAIN": f"""
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{USER}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
  server_advertise_condition = ${{if def:tls_in_cipher}}
""",
    "LOGIN": f"""
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{USER}}}}}{{eq{{$auth2}}{{{PASSWORD}}}}}}}}}
  server_advertise_condition = ${{if def:tls_in_cipher}}
""",
    "XOAUTH2": f"""
xoauth2:
  driver = plaintext
  public_name = XOAUTH2
  server_prompts = :
  server_condition = ${{if eq{{$auth1}}{{user={USER}\x01auth=Bearer TOKEN\x01\x01}}}}
  server_advertise_condition = ${{if def:tls_in_cipher}}
""",
}
_OTHERS = """
others:
  driver = accept
  condition = ${if !eqi{$local_part@$domain}{%s}}
  transport = elsewhere
"""
_ELSEWHERE = """
elsewhere:
  driver = appendfile
  maildir_format
  directory = %s
  create_directory = false
  envelope_to_add
  user = %s
"""


@dataclass(slots=True)
class Exim:
    """Mail to anybody lands in `inbox`; to `nobody-here@…` it is refused at once, to `later@…` for a while.

    To `bounces-later@…` it is taken, and then reported as undeliverable to its sender.

    With `others` only mail to `ours` lands in `inbox`, all other in that Maildir.

    With a `certificate` it offers STARTTLS. With `mechanisms` (PLAIN, LOGIN, XOAUTH2) only who signed in by
    one of them, over TLS, may send: by the password of `tests.support.dovecot`, or the token of `accept`.
    """

    folder: Path
    inbox: Path
    certificate: Path | None = None
    port: int = field(default_factory=free_port)
    mechanisms: tuple[str, ...] = ()
    others: Path | None = None
    ours: str = "support@example.jp"
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        program = shutil.which("exim4", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise ProgramMissing("no Exim on this machine", "./run test installs it")
        user = mail_user()
        for folder in (self.folder, self.folder / "spool"):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
            if os.getuid() == 0:
                shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
        config = self.folder / "exim.conf"
        config.write_text(self._config())
        arguments = (program, "-C", str(config), "-bdf", "-oX", f"127.0.0.1.{self.port}")
        as_user = user if os.getuid() == 0 else None
        group = pwd.getpwnam(user).pw_gid if as_user else None
        self._process = subprocess.Popen(
            arguments,
            user=as_user,
            group=group,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_S
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = self.folder / "spool" / "main.log"
                raise StartFailed(f"Exim does not answer: {log.read_text()[-2000:] if log.exists() else ''}")
            time.sleep(0.02)

    def accept(self, token: str) -> None:
        """Take this access token from now on, and no other."""
        draft = self.folder / "token.new"
        draft.write_text(token)
        draft.chmod(0o644)
        draft.rename(self.folder / "token")

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _config(self) -> str:
        tls = "tls_advertise_hosts =\n"
        if self.certificate is not None:
            tls = (
                "tls_advertise_hosts = *\n"
                f"tls_certificate = {self.certificate}\ntls_privatekey = {self.certificate}\n"
            )
        user = mail_user()
        known = "".join(_AUTHENTICATORS[each] for each in self.mechanisms)
        sign_in = "  deny !authenticated = *\n       message = 5.7.0 sign in first" if known else ""
        others, elsewhere = "", ""
        if self.others is not None:
            others, elsewhere = _OTHERS % self.ours, _ELSEWHERE % (self.others, user)
        known = known.replace("TOKEN", f"${{readfile{{{self.folder}/token}}}}")
        return f"""
spool_directory = {self.folder}/spool
log_file_path = {self.folder}/spool/%s.log
primary_hostname = mx.example.jp
exim_user = {user}
exim_group = {pwd.getpwnam(user).pw_gid}
trusted_users = {user}
never_users =
host_lookup =
rfc1413_query_timeout = 0s
queue_run_max = 1
message_size_limit = 100M
keep_environment =
acl_smtp_rcpt = check_recipient
acl_smtp_data = accept_all
{tls}
begin acl
check_recipient:
{sign_in}
  deny local_parts = nobody-here
       message = 5.1.1 no such user
  defer local_parts = later
       message = 4.2.0 try again
  accept
accept_all:
  accept
begin routers
bounces:
  driver = redirect
  local_parts = bounces-later
  allow_fail
  data = :fail: no such mailbox here
{others}everything:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {self.inbox}
  create_directory = false
  delivery_date_add
  envelope_to_add
  return_path_add
  user = {user}
{elsewhere}begin retry
* * F,1h,1m
begin authenticators
{known}
"""


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            return connection.recv(4) == b"220 "
    except OSError:
        return False
