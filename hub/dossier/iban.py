"""Pure: bank account numbers, read and shown."""

from __future__ import annotations

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

_FAULTS = {
    "InvalidLength": "Il manque des caractères à cet IBAN, ou il y en a de trop : un IBAN français en a 27.",
    "InvalidChecksumDigits": "Cet IBAN contient une erreur : vérifiez chaque chiffre.",
    "InvalidBBANChecksum": "Cet IBAN contient une erreur : vérifiez chaque chiffre.",
    "InvalidCountryCode": "Les deux premières lettres d’un IBAN sont celles de son pays, par exemple FR.",
    "InvalidStructure": "Cet IBAN n’a pas la forme de ceux de son pays : vérifiez chaque caractère.",
}


def read_iban(typed: str) -> tuple[IBAN | None, str]:
    """An IBAN, or why it is none."""
    if not typed.strip():
        return None, "Indiquez l’IBAN, il figure sur votre RIB."
    try:
        return IBAN(typed, validate_bban=True), ""
    except SchwiftyException as error:
        return None, _FAULTS.get(type(error).__name__, "Cet IBAN n’est pas valable : recopiez celui de votre RIB.")


def masked(iban: str) -> str:
    """ "FR76 •••• •••• 0189": enough to tell one's own."""
    return f"{iban[:4]} •••• •••• {iban[-4:]}"
