"""E-mails that nobody has sent: files that a mail program opens as drafts."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from rmmatch.cohort.names import is_email
from rmmatch.desk.letters.rows import Letter
from rmmatch.desk.letters.wording import letter_text

__all__ = ["can_be_written_to", "draft_bytes"]


def can_be_written_to(letter: Letter) -> bool:
    """Whether the reader has an address, and it is one address in plain letters and nothing else.

    Parameters
    ----------
    letter : Letter
    """
    address = letter.fields["email"]
    return address.isascii() and is_email(address)


def draft_bytes(letter: Letter) -> bytes:
    """Return a letter as an e-mail in a file that opens as a draft (``X-Unsent: 1``).

    No sender is named: the mail program fills in who opens it.

    Parameters
    ----------
    letter : Letter
        Of somebody who can be written to.

    Raises
    ------
    ValueError
        A header would hold a line end: nobody can slip another header in.
    """
    fields = letter.fields
    message = EmailMessage(policy=SMTP)
    message["To"] = Address(fields["name"], addr_spec=fields["email"])
    prefix = f"{fields['status']}: " if fields["status"] else ""
    message["Subject"] = f"{prefix}{fields['subject']}"
    message["X-Unsent"] = "1"
    message.set_content(letter_text(letter), charset="utf-8")
    return message.as_bytes()
