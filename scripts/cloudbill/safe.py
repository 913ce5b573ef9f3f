"""What values may do where they are shown or written: nothing. They are text, and no secrets."""

import json
import re
import unicodedata
from decimal import Decimal

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?%?")
# OWASP, "CSV Injection"; the wide forms are taken for the narrow ones.
FORMULA = ("=", "@", "\t", "\r", "\n", "＝", "＠")
SIGN = ("+", "-", "＋", "－", "−")

HIDDEN = "***"
# Parameters of signed addresses: Azure ("Create a service SAS"), Amazon S3 ("Authenticating
# requests: query parameters"), Google Cloud Storage ("Signed URLs"); then keys and passwords of
# connection strings.
SECRETS = (
    re.compile(
        r"(?i)(?<![a-z0-9])"
        r"(sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid"
        r"|googleaccessid|(?:aws_)?secret_?access_?key|aws_session_token|session_?token"
        r"|access_?token|refresh_?token|id_?token|token|accountkey|account_key|access_?key"
        r"|sharedaccess(?:key|signature)|(?:azure_storage_)?sas_?(?:token|key)|api-?_?key"
        r"|subscription-key|client_?secret|secret|password|passwd|pwd)"
        r"""(["']?\s*(?:=|%3d|(?<=["'])\s*:)\s*["']?)([^\s"'&;,<>|)}\]]+)"""
    ),
    re.compile(r"(?i)\b(bearer|basic)(\s+)([a-z0-9._~+/-]{16,}=*)"),
    re.compile(r"(?i)\b([a-z][a-z0-9+.-]*)(://)([^\s/@:]*:(?![0-9]{1,5}/)[^\s@]+)(?=@)"),
    re.compile(r"(?i)\b(https?)(://)([^\s/@]+)(?=@)"),
    re.compile(r"\b()()((?:AKIA|ASIA)[A-Z0-9]{16})\b"),
    re.compile(r"\b()()(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"),
    re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)()(.*?)(?=-----END|$)", re.DOTALL),
)


def redacted(text: str) -> str:
    """A text without the secrets that locations, addresses and connection strings carry."""
    for secret in SECRETS:
        text = secret.sub(rf"\1\2{HIDDEN}", text)
    return text


def shown(value: object) -> str:
    """A value as one line of text for a terminal or a log, without secrets.

    What would move the cursor, colour, or turn the direction of reading is shown as its code.
    """
    text = "" if value is None else redacted(str(value))
    return text if text.isprintable() else "".join(map(_visible, " ".join(_words(text))))


def lines(text: str) -> str:
    """Lines of text as they may be shown."""
    return "\n".join(map(shown, text.split("\n")))


def _words(text: str) -> list[str]:
    return re.split(r"\s*[\r\n]+\s*", text.strip("\r\n"))


def _visible(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    if char == "\t":
        return " "
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def every_digit(number: Decimal) -> str:
    """Write a decimal without zeros at its end; Decimal.normalize() rounds to 28 digits."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_text(value: object) -> str:
    """JSON for people and programs: readable, and no control character of a terminal as it is."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def csv_cell(value: object) -> object:
    """A value for a CSV that people open in a spreadsheet: text that would be a formula is not.

    Numbers stay what they are.
    """
    if not isinstance(value, str):
        return value
    start = value.lstrip(" ")[:1]
    if start in SIGN and start and NUMBER.fullmatch(value.strip()):
        return value
    return f"'{value}" if start and start in (*FORMULA, *SIGN) else value


def markdown(value: object) -> str:
    """A value as literal text where Markdown is rendered."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=&])", r"\\\1", shown(value))
