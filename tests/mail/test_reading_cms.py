"""Opaque S/MIME: a signature with the message inside."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from hub.mail import parse
from hub.mail.reading import cms

INNER = "Content-Type: text/plain; charset=utf-8\r\n\r\nC'est noté.\r\n".encode()


@pytest.fixture(scope="module")
def signed() -> bytes:
    """A SignedData by Nora's own certificate, in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nora Petit")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(INNER).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def mail(data: bytes) -> parse.ParsedMail:
    head = b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n"
    return parse.read(head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data))


def test_the_message_inside_a_signature_is_read(signed: bytes) -> None:
    read = mail(signed)
    assert read.text == "C'est noté."
    assert read.attachments == ()


def test_what_is_no_signature_stays_a_file(signed: bytes) -> None:
    encrypted = signed.replace(cms.SIGNED_DATA, bytes.fromhex("2a864886f70d010703"), 1)
    for data in (encrypted, b"", b"0", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30\x89" + b"\1" * 20):
        assert [one.filename for one in mail(data).attachments] == ["smime.p7m"]


def test_indefinite_lengths_and_pieces_are_put_together() -> None:
    pieces = b"\x24\x80\x04\x03abc\x04\x03def\0\0"
    encapsulated = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010701") + b"\xa0\x80" + pieces + b"\0\0\0\0"
    data = b"\x30\x80\x02\x01\x01\x31\x00" + encapsulated + b"\0\0"
    whole = b"\x30\x80\x06\x09" + cms.SIGNED_DATA + b"\xa0\x80" + data + b"\0\0\0\0"
    assert cms.signed_content(whole) == b"abcdef"


def test_a_signature_cut_anywhere_raises_nothing(signed: bytes) -> None:
    assert all(mail(signed[:length]) for length in range(0, len(signed), 7))
